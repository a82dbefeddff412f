# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Data pages in compiled code: slots, record headers and transaction states.

Compiled code handles only simple records: one fragment, committed newest version, lengths and
flags in order. It returns FALLBACK_ITEM for all others, which the reference implementation reads.
Structures: ods.py.
"""

from libc.stdint cimport uint64_t

from gdb_export.firebird.pages.byte_views cimport ByteView, integer_at, subview

cdef enum:
    DATA_PAGE_TYPE = 5
    SLOTS_AT = 24
    HEADER_SIZE = 13
    LONGEST_HEADER = 22
    ZERO_END = 16  # bytes; see records.py
    MIN_LENGTH_OF_ZERO_END = 38
    DELETED = 1
    INCOMPLETE = 8
    DAMAGED = 128
    LONG_TRANSACTION = 1024
    NOT_PACKED = 2048
    SECONDARY = 2 | 4 | 16
    COMMITTED = 3

# The content of a slot: a record, nothing to export, or a case for the reference implementation
cdef enum SlotContent:
    ITEM, NO_ITEM, FALLBACK_ITEM

cdef struct Record:
    uint64_t transaction
    unsigned int flags
    unsigned char format
    ByteView item

# States of consecutive transactions, two bits each; `first` is the number of the first one
cdef struct TransactionStates:
    ByteView bits
    uint64_t first


cdef inline Py_ssize_t slot_count(ByteView page, Py_ssize_t max_slots) except -2 nogil:
    """The number of slots of a data page; -1 if the page has another type or too many slots."""
    cdef Py_ssize_t slots
    if integer_at(page, 0, 1) != DATA_PAGE_TYPE:
        return -1
    slots = <Py_ssize_t>integer_at(page, 22, 2)
    return slots if slots <= max_slots else -1


cdef inline bint belongs_to(
    ByteView page, unsigned int relation, uint64_t sequence
) except -1 nogil:
    """Whether the data page is page `sequence` of the table."""
    return integer_at(page, 16, 4) == sequence and integer_at(page, 20, 2) == relation


cdef inline int find_item(
    ByteView page, Py_ssize_t slots, Py_ssize_t slot, ByteView* item
) except -1 nogil:
    """Set `item` to the bytes of a slot and return its SlotContent."""
    cdef Py_ssize_t entry = SLOTS_AT + 4 * slot
    cdef Py_ssize_t offset = <Py_ssize_t>integer_at(page, entry, 2)
    cdef Py_ssize_t length = <Py_ssize_t>integer_at(page, entry + 2, 2)
    if offset == 0:
        return NO_ITEM
    if offset < SLOTS_AT + 4 * slots or length > page.length - offset or length < HEADER_SIZE:
        return FALLBACK_ITEM
    subview(item, page, offset, length)
    return ITEM


cdef inline int read_record_header(Record* record, unsigned int major) except -1 nogil:
    """Read the header of `record.item`; NO_ITEM for blobs, back versions and fragments."""
    cdef unsigned int flags = <unsigned int>integer_at(record.item, 10, 2)
    if flags & (INCOMPLETE | LONG_TRANSACTION) and record.item.length < LONGEST_HEADER:
        return FALLBACK_ITEM
    if flags & SECONDARY:
        return NO_ITEM
    if flags & (DAMAGED | INCOMPLETE) or (flags & LONG_TRANSACTION and major >= 12):
        return FALLBACK_ITEM
    if not flags & NOT_PACKED and has_zero_end(record.item):
        return FALLBACK_ITEM
    record.flags = flags
    record.transaction = integer_at(record.item, 0, 4)
    record.format = <unsigned char>integer_at(record.item, 12, 1)
    return ITEM


cdef inline bint has_zero_end(ByteView item) except -1 nogil:
    """Whether the last bytes of a packed item are zeros: the reference tells whether it is damaged."""
    cdef Py_ssize_t end = item.length - ZERO_END
    if item.length < MIN_LENGTH_OF_ZERO_END:
        return False
    return integer_at(item, end, 8) == 0 and integer_at(item, end + 8, 8) == 0


cdef inline bint knows_state(TransactionStates* states, uint64_t transaction) noexcept nogil:
    """Whether `states` covers the transaction."""
    return (
        transaction >= states.first
        and transaction - states.first < <uint64_t>(4 * states.bits.length)
    )


cdef inline bint is_committed(TransactionStates* states, uint64_t transaction) except -1 nogil:
    """Whether a transaction that `states` covers is committed."""
    cdef uint64_t index = transaction - states.first
    return integer_at(states.bits, <Py_ssize_t>(index // 4), 1) >> (index % 4 * 2) & 3 == COMMITTED
