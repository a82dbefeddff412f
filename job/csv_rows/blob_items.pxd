# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Blobs of level 0: ids in record images, and the content that lies in a slot of a data page."""

from libc.stdint cimport uint64_t

from job.firebird.record_images cimport join_segments
from job.firebird.spans cimport Room, Span, bytes_at, number_at, room_at

cdef enum:
    # structures of ods.py
    BLOB_HEADER_SIZE = 28
    BLOB_FLAG = 16
    BLOB_DAMAGED = 128
    STREAM = 32

cdef struct BlobId:
    uint64_t relation
    Py_ssize_t sequence  # of the page among the table's
    Py_ssize_t slot


cdef inline int read_blob_id(
    BlobId* blob, Span field, unsigned int major, Py_ssize_t most_slots
) except -1 nogil:
    """See BlobId.parse; there are slots in a page."""
    cdef uint64_t record = number_at(field, 4, 4)
    if major < 11:
        blob.relation = number_at(field, 0, 4)
    else:
        blob.relation = number_at(field, 0, 2)
        record |= number_at(field, 3, 1) << 32
    blob.sequence = <Py_ssize_t>(record // <uint64_t>most_slots)
    blob.slot = <Py_ssize_t>(record % <uint64_t>most_slots)
    return 0


cdef inline bint is_level_0(Span item) except -1 nogil:
    """Is it the header of a sound blob whose content follows it?"""
    cdef unsigned int flags
    if item.length < BLOB_HEADER_SIZE or number_at(item, 12, 1) != 0:
        return False
    flags = <unsigned int>number_at(item, 10, 2)
    return flags & BLOB_FLAG and not flags & BLOB_DAMAGED


cdef inline bint take_content(Span* content, Span item, Room segments) except -1 nogil:
    """The content of a blob of level 0, its segments joined; False if it is not as long as said."""
    cdef Py_ssize_t length = item.length - BLOB_HEADER_SIZE
    content.first, content.length = item.first, 0
    if length:
        content.first, content.length = bytes_at(item, BLOB_HEADER_SIZE, length), length
    if length and not number_at(item, 10, 2) & STREAM:
        content.length = join_segments(
            room_at(segments, 0, length), length, content.first, length
        )
        content.first = segments.first
    return <uint64_t>content.length == number_at(item, 20, 4)
