# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Blobs: ids in record images, headers in slots of data pages, and their content.

Of level 0 the content follows the header in its slot, of level 1 it is on pages that are listed
there.
"""

from libc.stdint cimport uint64_t

from gdb_export.firebird.records.record_images cimport join_segments
from gdb_export.firebird.pages.byte_views cimport (
    ByteView, WritableView, bytes_at, integer_at, writable_at,
)

cdef enum:
    # structures of ods.py
    BLOB_HEADER_SIZE = 28
    BLOB_PAGE_TYPE = 8
    BLOB_PAGE_DATA = 28
    BLOB_POINTERS = 1
    BLOB_FLAG = 16
    BLOB_DAMAGED = 128
    STREAM = 32

cdef struct BlobId:
    uint64_t relation
    Py_ssize_t sequence  # of the page among the table's
    Py_ssize_t slot


cdef inline int read_blob_id(
    BlobId* blob, ByteView field, unsigned int major, Py_ssize_t max_slots
) except -1 nogil:
    """See BlobId.parse; there are slots in a page."""
    cdef uint64_t record = integer_at(field, 4, 4)
    if major < 11:
        blob.relation = integer_at(field, 0, 4)
    else:
        blob.relation = integer_at(field, 0, 2)
        record |= integer_at(field, 3, 1) << 32
    blob.sequence = <Py_ssize_t>(record // <uint64_t>max_slots)
    blob.slot = <Py_ssize_t>(record % <uint64_t>max_slots)
    return 0


cdef inline int level_of(ByteView item) except -2 nogil:
    """The level of a sound blob by its header, -1 of anything else."""
    cdef unsigned int flags
    if item.length < BLOB_HEADER_SIZE:
        return -1
    flags = <unsigned int>integer_at(item, 10, 2)
    return <int>integer_at(item, 12, 1) if flags & BLOB_FLAG and not flags & BLOB_DAMAGED else -1


cdef inline Py_ssize_t take_rest(ByteView* rest, ByteView item) except -1 nogil:
    """What follows a blob's header, and how long it is."""
    cdef Py_ssize_t length = item.length - BLOB_HEADER_SIZE
    if rest != NULL:
        rest.first, rest.length = item.first, length
        if length:
            rest.first = bytes_at(item, BLOB_HEADER_SIZE, length)
    return length


cdef inline Py_ssize_t page_count(ByteView item) except -2 nogil:
    """How many pages a blob of level 1 has, -1 if its header lists more or fewer."""
    cdef Py_ssize_t listed = (item.length - BLOB_HEADER_SIZE) // 4
    return listed if integer_at(item, 4, 4) + 1 == <uint64_t>listed else -1


cdef inline uint64_t page_at(
    ByteView item, Py_ssize_t sequence
) except? 0xA5A5A5A5A5A5A5A5 nogil:
    """The number of one of the pages of a blob."""
    return integer_at(item, BLOB_HEADER_SIZE + 4 * sequence, 4)


cdef inline Py_ssize_t used_of_page(
    ByteView page, ByteView item, Py_ssize_t sequence
) except -2 nogil:
    """How many bytes of a blob are on that page of it; -1 if it is no such page."""
    cdef Py_ssize_t used = <Py_ssize_t>integer_at(page, 24, 2)
    if integer_at(page, 0, 1) != BLOB_PAGE_TYPE or integer_at(page, 1, 1) & BLOB_POINTERS:
        return -1
    if integer_at(page, 16, 4) != integer_at(item, 0, 4):
        return -1
    if integer_at(page, 20, 4) != <uint64_t>sequence:
        return -1
    return used if used <= page.length - BLOB_PAGE_DATA else -1


cdef inline bint take_content(
    ByteView* content, ByteView item, WritableView segments
) except -1 nogil:
    """Make the content of a blob of what its slot or its pages hold, the segments joined; False
    if it is not as long as said."""
    cdef Py_ssize_t length = content.length
    if length and not integer_at(item, 10, 2) & STREAM:
        if length >= 2 and <Py_ssize_t>integer_at(content[0], 0, 2) == length - 2:
            content.first, content.length = content.first + 2, length - 2
        else:
            content.length = join_segments(
                writable_at(segments, 0, length), length, content.first, length
            )
            content.first = segments.first
    return <uint64_t>content.length == integer_at(item, 20, 4)
