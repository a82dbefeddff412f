# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The fast twin of system_rows: the ordinary rows of a system table's data page as dictionaries.

Strategy: a page a call. Of each slot the record is unpacked into one image that is used again,
and the fields that the reader asks for become Python's. A slot whose record is not ordinary (not
committed without a doubt, in fragments, damaged, of another length than the layout) goes to
`helper.row`, the plain twin, in its turn: so each rare feature is written once, and what is
damaged is found and named there.

The rules of csv_rows/_fast.pyx hold here too: an address is taken from a buffer only where it was
compared how many bytes are there, and what comes from the file is compared before it is used.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint64_t
from libc.string cimport memcpy

from job.firebird.record_images cimport unpack

from job.firebird.charsets import decode_name


# How the bytes of a field become a value, see Pick
cpdef enum Kind:
    NAME = 0
    VARYING_NAME = 1
    INTEGER = 2
    BYTES = 3

cdef enum:
    # structures of ods.py
    SLOTS_AT = 24
    HEADER_SIZE = 13
    LONGEST_HEADER = 22
    DELETED = 1
    INCOMPLETE = 8
    DAMAGED = 128
    LONG_TRANSACTION = 1024
    NOT_PACKED = 2048
    SECONDARY = 2 | 4 | 16
    COMMITTED = 3
    # what a slot holds
    NOTHING = 0
    ROW = 1
    FOR_PYTHON = 2
    MOST_PICKS = 64

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
    cdef Pick[MOST_PICKS] picks
    cdef Py_ssize_t count, image_length
    cdef bytearray buffer
    cdef unsigned char[::1] image
    # transaction states of one inventory page, two bits each, from `states_from` on
    cdef const unsigned char[::1] states
    cdef uint64_t states_from

    def __init__(
        self, helper: object, ods: tuple[int, int], committed_below: int, last_transaction: int,
        image_length: int, picks: list[tuple[str, int, int, int, int]],
    ) -> None:
        self.helper = helper
        self.major = ods[0]
        self.has_long_runs = ods >= (13, 1)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.states = b""
        self.image_length = image_length
        self.buffer = bytearray(image_length)
        self.image = self.buffer
        if len(picks) > MOST_PICKS:
            raise ValueError(f"{len(picks)} fields of a row")
        self.names = [pick[0] for pick in picks]
        self.count = len(picks)
        for place, pick in enumerate(picks):
            _, kind, offset, length, number = pick
            check_pick(kind, offset, length, number, image_length)
            self.picks[place] = Pick(kind, offset, length, number >> 3, 1 << (number & 7))

    def rows(self, data: bytes, slots: int) -> list:
        """The rows of a data page of so many slots, in their order."""
        cdef const unsigned char[::1] page = data
        cdef Py_ssize_t slot, most = slots
        cdef int found
        cdef list rows = []
        if page.shape[0] > 65536 or most < 0 or SLOTS_AT + 4 * most > page.shape[0]:
            raise ValueError(f"{slots} slots in a page of {page.shape[0]} bytes")
        for slot in range(most):
            found = self._unpacked(page, slot, most)
            if found == ROW:
                found = self._add_row(rows)
            if found == FOR_PYTHON:
                row = self.helper.row(slot)
                if row is not None:
                    rows.append(row)
        return rows

    cdef int _unpacked(self, const unsigned char[::1] page, Py_ssize_t slot, Py_ssize_t slots) except -1:
        """Unpack the image of the slot's record, if an ordinary row is there."""
        cdef Py_ssize_t entry = SLOTS_AT + 4 * slot, size
        cdef Py_ssize_t offset = page[entry] | page[entry + 1] << 8
        cdef Py_ssize_t length = page[entry + 2] | page[entry + 3] << 8
        cdef unsigned int flags
        cdef uint64_t transaction = 0
        if offset == 0:
            return NOTHING
        if offset < SLOTS_AT + 4 * slots or length > page.shape[0] - offset:
            return FOR_PYTHON
        if length < HEADER_SIZE:
            return FOR_PYTHON
        flags = page[offset + 10] | page[offset + 11] << 8
        if flags & (INCOMPLETE | LONG_TRANSACTION) and length < LONGEST_HEADER:
            return FOR_PYTHON
        if flags & SECONDARY:
            return NOTHING
        if flags & (DAMAGED | INCOMPLETE) or (flags & LONG_TRANSACTION and self.major >= 12):
            return FOR_PYTHON
        memcpy(&transaction, &page[offset], 4)
        if transaction and transaction >= self.committed_below:
            if not self._is_committed(transaction):
                return FOR_PYTHON
        if flags & DELETED:
            return NOTHING
        offset += HEADER_SIZE
        length -= HEADER_SIZE
        if length == 0:
            return FOR_PYTHON
        if self.has_long_runs and flags & NOT_PACKED:
            size = length
            if size == self.image_length:
                memcpy(&self.image[0], &page[offset], size)
        else:
            size = unpack(
                &self.image[0], self.image_length, &page[offset], length, self.has_long_runs
            )
        return ROW if size == self.image_length else FOR_PYTHON

    cdef int _is_committed(self, uint64_t transaction) except -1:
        """Without a doubt; what can't be said here the plain twin can."""
        cdef uint64_t place
        if transaction > self.last_transaction:
            return False
        if not self._knows_state(transaction):
            self.states_from, self.states = self.helper.states(transaction)
            if not self._knows_state(transaction):
                return False
        place = transaction - self.states_from
        return self.states[<Py_ssize_t>(place // 4)] >> <int>(place % 4) * 2 & 3 == COMMITTED

    cdef bint _knows_state(self, uint64_t transaction) noexcept:
        cdef uint64_t known = 4 * <uint64_t>self.states.shape[0]
        return transaction >= self.states_from and transaction - self.states_from < known

    cdef int _add_row(self, list rows) except -1:
        """Append the row of the image; FOR_PYTHON if a field of it is not in order."""
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
                        return FOR_PYTHON
                    field += 2
                if pick.kind == INTEGER:
                    value = integer(field, length)
                elif pick.kind == BYTES:
                    value = field[:length]
                else:
                    value = name(field, length)
            row[self.names[place]] = value
        rows.append(row)
        return ROW


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
