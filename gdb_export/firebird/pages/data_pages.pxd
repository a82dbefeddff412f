# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Data pages: their slots, the headers of records, and which records are ordinary.

A record is ordinary if it needs nothing but itself: no fragment, no older version, nothing odd
about its lengths and flags. What is not, is Python's.
"""

from libc.stdint cimport uint64_t

from gdb_export.firebird.pages.spans cimport Span, number_at, take_part

cdef enum:
    # structures of ods.py
    DATA_PAGE_TYPE = 5
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

# What is found in a slot
cdef enum Found:
    ITEM, NO_ITEM, ODD_ITEM

cdef struct Record:
    uint64_t transaction
    unsigned int flags
    unsigned char format
    Span item

# Two bits for each transaction, from `first` on
cdef struct States:
    Span bits
    uint64_t first


cdef inline Py_ssize_t slots_of(Span page, Py_ssize_t max_slots) except -2 nogil:
    """How many slots a page has, -1 if it is no data page or says what cannot be."""
    cdef Py_ssize_t slots
    if number_at(page, 0, 1) != DATA_PAGE_TYPE:
        return -1
    slots = <Py_ssize_t>number_at(page, 22, 2)
    return slots if slots <= max_slots else -1


cdef inline bint is_page_of(
    Span page, unsigned int relation, uint64_t sequence
) except -1 nogil:
    return number_at(page, 16, 4) == sequence and number_at(page, 20, 2) == relation


cdef inline int find_item(
    Span page, Py_ssize_t slots, Py_ssize_t slot, Span* item
) except -1 nogil:
    """The bytes of one of the page's slots."""
    cdef Py_ssize_t entry = SLOTS_AT + 4 * slot
    cdef Py_ssize_t offset = <Py_ssize_t>number_at(page, entry, 2)
    cdef Py_ssize_t length = <Py_ssize_t>number_at(page, entry + 2, 2)
    if offset == 0:
        return NO_ITEM
    if offset < SLOTS_AT + 4 * slots or length > page.length - offset or length < HEADER_SIZE:
        return ODD_ITEM
    take_part(item, page, offset, length)
    return ITEM


cdef inline int read_record(Record* record, unsigned int major) except -1 nogil:
    """Read the header of the record's item; no item is what is no row by itself."""
    cdef unsigned int flags = <unsigned int>number_at(record.item, 10, 2)
    if flags & (INCOMPLETE | LONG_TRANSACTION) and record.item.length < LONGEST_HEADER:
        return ODD_ITEM
    if flags & SECONDARY:
        return NO_ITEM
    if flags & (DAMAGED | INCOMPLETE) or (flags & LONG_TRANSACTION and major >= 12):
        return ODD_ITEM
    record.flags = flags
    record.transaction = number_at(record.item, 0, 4)
    record.format = <unsigned char>number_at(record.item, 12, 1)
    return ITEM


cdef inline bint knows_state(States* states, uint64_t transaction) noexcept nogil:
    return (
        transaction >= states.first
        and transaction - states.first < <uint64_t>(4 * states.bits.length)
    )


cdef inline bint is_committed(States* states, uint64_t transaction) except -1 nogil:
    """Of a transaction whose state is known."""
    cdef uint64_t place = transaction - states.first
    return number_at(states.bits, <Py_ssize_t>(place // 4), 1) >> (place % 4 * 2) & 3 == COMMITTED
