# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Blobs: their ids in record images, headers in slots of data pages, and content.

The content of level 0 follows the header in its slot; for level 1 the header lists the pages of
the content.
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
    Py_ssize_t sequence  # of the data page in the table
    Py_ssize_t slot


cdef inline int read_blob_id(
    BlobId* blob, ByteView field, unsigned int major, Py_ssize_t divisor
) except -1 nogil:
    """Parse a blob id, see BlobId.parse; `divisor` is not 0."""
    cdef uint64_t record = integer_at(field, 4, 4)
    if major < 11:
        blob.relation = integer_at(field, 0, 4)
    else:
        blob.relation = integer_at(field, 0, 2)
        record |= integer_at(field, 3, 1) << 32
    blob.sequence = <Py_ssize_t>(record // <uint64_t>divisor)
    blob.slot = <Py_ssize_t>(record % <uint64_t>divisor)
    return 0


# BlobHeaderLayout of ods.py
cdef struct BlobHeaderLayout:
    Py_ssize_t level, length
    int length_bytes


cdef inline int level_of(ByteView item, BlobHeaderLayout layout) except -2 nogil:
    """The level in the header of a sound blob, -1 for any other item."""
    cdef unsigned int flags
    if item.length < BLOB_HEADER_SIZE:
        return -1
    flags = <unsigned int>integer_at(item, 10, 2)
    if not flags & BLOB_FLAG or flags & BLOB_DAMAGED:
        return -1
    return <int>integer_at(item, layout.level, 1)


cdef inline Py_ssize_t take_rest(ByteView* rest, ByteView item) except -1 nogil:
    """Set `rest`, unless it is NULL, to the bytes after a blob's header; return their count."""
    cdef Py_ssize_t length = item.length - BLOB_HEADER_SIZE
    if rest != NULL:
        rest.first, rest.length = item.first, length
        if length:
            rest.first = bytes_at(item, BLOB_HEADER_SIZE, length)
    return length


cdef inline Py_ssize_t page_count(ByteView item) except -2 nogil:
    """The number of pages of a blob of level 1, -1 if its header lists another number."""
    cdef Py_ssize_t listed = (item.length - BLOB_HEADER_SIZE) // 4
    return listed if integer_at(item, 4, 4) + 1 == <uint64_t>listed else -1


cdef inline uint64_t page_at(
    ByteView item, Py_ssize_t sequence
) except? 0xA5A5A5A5A5A5A5A5 nogil:
    """The number of the page with that sequence in the blob."""
    return integer_at(item, BLOB_HEADER_SIZE + 4 * sequence, 4)


cdef inline Py_ssize_t used_of_page(
    ByteView page, ByteView item, Py_ssize_t sequence
) except -2 nogil:
    """The bytes of a blob on a page, -1 if it is not the page of that sequence in the blob."""
    cdef Py_ssize_t used = <Py_ssize_t>integer_at(page, 24, 2)
    if integer_at(page, 0, 1) != BLOB_PAGE_TYPE or integer_at(page, 1, 1) & BLOB_POINTERS:
        return -1
    if integer_at(page, 16, 4) != integer_at(item, 0, 4):
        return -1
    if integer_at(page, 20, 4) != <uint64_t>sequence:
        return -1
    return used if used <= page.length - BLOB_PAGE_DATA else -1


cdef inline bint take_content(
    ByteView* content, ByteView item, BlobHeaderLayout layout, WritableView segments
) except -1 nogil:
    """Join the segments of a blob's bytes; False unless the content has the header's length."""
    cdef Py_ssize_t length = content.length
    if length and not integer_at(item, 10, 2) & STREAM:
        if length >= 2 and <Py_ssize_t>integer_at(content[0], 0, 2) == length - 2:
            content.first, content.length = content.first + 2, length - 2
        else:
            content.length = join_segments(
                writable_at(segments, 0, length), length, content.first, length
            )
            content.first = segments.first
    if content.length < 0:
        return False
    return <uint64_t>content.length == integer_at(item, layout.length, layout.length_bytes)
