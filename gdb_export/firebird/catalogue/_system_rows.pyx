# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The kernel of the compiled system rows: reads the ordinary rows of a data page.

Each call reads one page. The kernel unpacks each record into the same image buffer and converts the
used fields to Python values. It passes every other record (not certainly committed, in fragments,
damaged, or of another length than the layout) to the reference implementation, in slot order. The
reference implementation alone handles rare features and reports damage.

The rules of csv_rows/kernel/_compiled.pyx apply: an address is taken from a buffer only after a
check that enough bytes follow it, and values from the file are checked before they are used.
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


# How the bytes of a field become a value
cpdef enum FieldType:
    NAME = 0
    VARYING_NAME = 1
    INTEGER = 2
    BYTES = 3

cdef enum:
    MAX_PICKS = 64

# A field that is read: `null_bit` is a mask of the byte `null_byte` of the image
cdef struct Pick:
    int field_type
    Py_ssize_t offset, length, null_byte
    int null_bit


cdef class RowPicker:
    """Reads some fields of the rows of one system table."""

    cdef unsigned int major
    cdef bint has_long_runs
    cdef uint64_t committed_below, last_transaction
    cdef list names
    cdef Pick[MAX_PICKS] picks
    cdef Py_ssize_t count, image_length
    cdef bytearray buffer
    cdef unsigned char[::1] image
    # states of one inventory page; `state_bits` keeps the bytes alive that `states` points to
    cdef const unsigned char[::1] state_bits
    cdef TransactionStates states

    def __init__(
        self, ods: tuple[int, int], committed_below: int, last_transaction: int,
        image_length: int, picks: list[tuple[str, int, int, int, int]],
    ) -> None:
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
        for index, pick in enumerate(picks):
            _, field_type, offset, length, field_id = pick
            check_pick(field_type, offset, length, field_id, image_length)
            self.picks[index] = Pick(
                field_type, offset, length, field_id >> 3, 1 << (field_id & 7)
            )

    def rows(self, data: bytes, slots: int, fallback_row: object, inventory_states: object) -> list:
        """The rows of a data page in slot order.

        `fallback_row(slot)` returns the row of a slot that the kernel does not handle, or None;
        `inventory_states(transaction)` returns the first transaction of an inventory page and the
        page's state bits.
        """
        cdef const unsigned char[::1] buffer = data
        cdef ByteView page
        cdef Py_ssize_t slot, count = slots
        cdef int found
        cdef list rows = []
        view_bytes(&page, buffer)
        if page.length > 65536 or count < 0 or SLOTS_AT + 4 * count > page.length:
            raise ValueError(f"{slots} slots in a page of {page.length} bytes")
        for slot in range(count):
            found = self._unpack_record(page, slot, count, inventory_states)
            if found == ITEM:
                found = self._add_row(rows)
            if found == FALLBACK_ITEM:
                row = fallback_row(slot)
                if row is not None:
                    rows.append(row)
        return rows

    cdef int _unpack_record(
        self, ByteView page, Py_ssize_t slot, Py_ssize_t slots, object inventory_states
    ) except -1:
        """Unpack the slot's record into the image; ITEM if the image holds a row."""
        cdef Record record
        cdef ByteView packed
        cdef Py_ssize_t size
        cdef int found = find_item(page, slots, slot, &record.item)
        if found == ITEM:
            found = read_record_header(&record, self.major)
        if found != ITEM:
            return found
        if record.transaction >= self.committed_below and record.transaction:
            if not self._is_committed(record.transaction, inventory_states):
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
                &self.image[0], self.image_length, packed.first, packed.length, packed.length,
                self.has_long_runs,
            )
        return ITEM if size == self.image_length else FALLBACK_ITEM

    cdef bint _is_committed(self, uint64_t transaction, object inventory_states) except -1:
        """True if the transaction is certainly committed."""
        if transaction > self.last_transaction:
            return False
        if not knows_state(&self.states, transaction):
            self.states.first, self.state_bits = inventory_states(transaction)
            view_bytes(&self.states.bits, self.state_bits)
            if not knows_state(&self.states, transaction):
                return False
        return is_committed(&self.states, transaction)

    cdef int _add_row(self, list rows) except -1:
        """Append the row of the image; FALLBACK_ITEM if one of its fields is damaged."""
        cdef Py_ssize_t index, length
        cdef const unsigned char* field
        cdef Pick pick
        cdef dict row = {}
        for index in range(self.count):
            pick = self.picks[index]
            value = None
            if not self.image[pick.null_byte] & pick.null_bit:
                # check_pick has checked that the image contains the field
                field = &self.image[0] + pick.offset
                length = pick.length
                if pick.field_type == VARYING_NAME:
                    length = field[0] | field[1] << 8
                    if length > pick.length - 2:
                        return FALLBACK_ITEM
                    field += 2
                if pick.field_type == INTEGER:
                    value = integer(field, length)
                elif pick.field_type == BYTES:
                    value = field[:length]
                else:
                    value = name(field, length)
            row[self.names[index]] = value
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
    """Decode a name, as decode_name does; quicker for ASCII."""
    cdef Py_ssize_t index
    while length and (field[length - 1] == c" " or field[length - 1] == 0):
        length -= 1
    for index in range(length):
        if field[index] >= 128:
            return decode_name(field[:length])
    return field[:length].decode("ascii")


def check_pick(
    field_type: int, offset: int, length: int, field_id: int, image_length: int
) -> None:
    """Raise ValueError unless an image of that length contains the field and its null bit."""
    is_inside = 0 <= offset <= image_length and 0 <= length <= image_length - offset
    if field_type == INTEGER:
        has_length = length in (2, 4, 8)
    else:
        has_length = length >= 2 or field_type != VARYING_NAME
    if not (is_inside and has_length and 0 <= field_id < 8 * image_length):
        raise ValueError(f"a field of {length} bytes at {offset} of {image_length}")
