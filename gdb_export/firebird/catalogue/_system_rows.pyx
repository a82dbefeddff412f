# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The fast twin of system_rows: the ordinary rows of a system table's data page as dictionaries.

Strategy: a page a call. Of each slot the record is unpacked into one image that is used again,
and the fields that the reader asks for become Python's. A slot whose record is not ordinary (not
committed without a doubt, in fragments, damaged, of another length than the layout) goes to
`helper.row`, the plain twin, in its turn: so each rare feature is written once, and what is
damaged is found and named there.

The rules of csv_rows/_compiled.pyx hold here too: an address is taken from a buffer only where it was
compared how many bytes are there, and what comes from the file is compared before it is used.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint64_t
from libc.string cimport memcpy

from gdb_export.firebird.pages.data_pages cimport (
    DELETED, FALLBACK_ITEM, HEADER_SIZE, ITEM, NO_ITEM, NOT_PACKED, SLOTS_AT, Record,
    TransactionStates, find_item, is_committed, knows_state, read_record_header,
)
from gdb_export.firebird.records.record_images cimport unpack
from gdb_export.firebird.pages.byte_views cimport ByteView, subview, view_bytes

from gdb_export.firebird.core.charsets import decode_name


# How the bytes of a field become a value, see Pick
cpdef enum Kind:
    NAME = 0
    VARYING_NAME = 1
    INTEGER = 2
    BYTES = 3

cdef enum:
    MAX_PICKS = 64

cdef struct Pick:
    int kind
    Py_ssize_t offset, length, null_byte
    int null_bit


cdef class RowPicker:
    """Picks fields of one system table's rows. `helper` does in Python what is not ordinary."""

    cdef object helper
    cdef unsigned int major
    cdef bint has_long_runs
    cdef uint64_t committed_below, last_transaction
    cdef list names
    cdef Pick[MAX_PICKS] picks
    cdef Py_ssize_t count, image_length
    cdef bytearray buffer
    cdef unsigned char[::1] image
    # of one inventory page; the bytes are held while their span is used
    cdef const unsigned char[::1] state_bits
    cdef TransactionStates states

    def __init__(
        self, helper: object, ods: tuple[int, int], committed_below: int, last_transaction: int,
        image_length: int, picks: list[tuple[str, int, int, int, int]],
    ) -> None:
        self.helper = helper
        self.major = ods[0]
        self.has_long_runs = ods >= (13, 1)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.states = TransactionStates(ByteView(NULL, 0), 0)
        self.image_length = image_length
        self.buffer = bytearray(image_length)
        self.image = self.buffer
        if len(picks) > MAX_PICKS:
            raise ValueError(f"{len(picks)} fields of a row")
        self.names = [pick[0] for pick in picks]
        self.count = len(picks)
        for place, pick in enumerate(picks):
            _, kind, offset, length, number = pick
            check_pick(kind, offset, length, number, image_length)
            self.picks[place] = Pick(kind, offset, length, number >> 3, 1 << (number & 7))

    def rows(self, data: bytes, slots: int) -> list:
        """The rows of a data page of so many slots, in their order."""
        cdef const unsigned char[::1] buffer = data
        cdef ByteView page
        cdef Py_ssize_t slot, most = slots
        cdef int found
        cdef list rows = []
        view_bytes(&page, buffer)
        if page.length > 65536 or most < 0 or SLOTS_AT + 4 * most > page.length:
            raise ValueError(f"{slots} slots in a page of {page.length} bytes")
        for slot in range(most):
            found = self._unpacked(page, slot, most)
            if found == ITEM:
                found = self._add_row(rows)
            if found == FALLBACK_ITEM:
                row = self.helper.row(slot)
                if row is not None:
                    rows.append(row)
        return rows

    cdef int _unpacked(self, ByteView page, Py_ssize_t slot, Py_ssize_t slots) except -1:
        """Unpack the image of the slot's record: ITEM if an ordinary row is there."""
        cdef Record record
        cdef ByteView packed
        cdef Py_ssize_t size
        cdef int found = find_item(page, slots, slot, &record.item)
        if found == ITEM:
            found = read_record_header(&record, self.major)
        if found != ITEM:
            return found
        if record.transaction >= self.committed_below and record.transaction:
            if not self._is_committed(record.transaction):
                return FALLBACK_ITEM
        if record.flags & DELETED:
            return NO_ITEM
        if record.item.length == HEADER_SIZE:
            return FALLBACK_ITEM
        subview(&packed, record.item, HEADER_SIZE, record.item.length - HEADER_SIZE)
        if self.has_long_runs and record.flags & NOT_PACKED:
            size = packed.length
            if size == self.image_length:
                memcpy(&self.image[0], packed.first, size)
        else:
            size = unpack(
                &self.image[0], self.image_length, packed.first, packed.length, self.has_long_runs
            )
        return ITEM if size == self.image_length else FALLBACK_ITEM

    cdef bint _is_committed(self, uint64_t transaction) except -1:
        """Without a doubt; what can't be said here the plain twin can."""
        if transaction > self.last_transaction:
            return False
        if not knows_state(&self.states, transaction):
            self.states.first, self.state_bits = self.helper.states(transaction)
            view_bytes(&self.states.bits, self.state_bits)
            if not knows_state(&self.states, transaction):
                return False
        return is_committed(&self.states, transaction)

    cdef int _add_row(self, list rows) except -1:
        """Append the row of the image; FALLBACK_ITEM if a field of it is not in order."""
        cdef Py_ssize_t place, length
        cdef const unsigned char* field
        cdef Pick pick
        cdef dict row = {}
        for place in range(self.count):
            pick = self.picks[place]
            value = None
            if not self.image[pick.null_byte] & pick.null_bit:
                # check_pick has compared the field with the image, which is as long
                field = &self.image[0] + pick.offset
                length = pick.length
                if pick.kind == VARYING_NAME:
                    length = field[0] | field[1] << 8
                    if length > pick.length - 2:
                        return FALLBACK_ITEM
                    field += 2
                if pick.kind == INTEGER:
                    value = integer(field, length)
                elif pick.kind == BYTES:
                    value = field[:length]
                else:
                    value = name(field, length)
            row[self.names[place]] = value
        rows.append(row)
        return ITEM


cdef object integer(const unsigned char* field, Py_ssize_t length):
    cdef int16_t short_value
    cdef int32_t long_value
    cdef int64_t value
    if length == 2:
        memcpy(&short_value, field, 2)
        return short_value
    if length == 4:
        memcpy(&long_value, field, 4)
        return long_value
    memcpy(&value, field, 8)
    return value


cdef object name(const unsigned char* field, Py_ssize_t length):
    """As decode_name gives it."""
    cdef Py_ssize_t place
    while length and (field[length - 1] == c" " or field[length - 1] == 0):
        length -= 1
    for place in range(length):
        if field[place] >= 128:
            return decode_name(field[:length])
    return field[:length].decode("ascii")


def check_pick(kind: int, offset: int, length: int, number: int, image_length: int) -> None:
    """Raise ValueError unless field `number` stays within images of that length."""
    is_inside = 0 <= offset <= image_length and 0 <= length <= image_length - offset
    is_wide = length in (2, 4, 8) if kind == INTEGER else length >= 2 or kind != VARYING_NAME
    if not (is_inside and is_wide and 0 <= number < 8 * image_length):
        raise ValueError(f"a field of {length} bytes at {offset} of {image_length}")
