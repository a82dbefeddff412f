# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Blobs of a backup: records that follow their row, in the bytes that hold the rows.

A record is its type, attributes (number, length, value) up to that of the data, and segments, each
after its length. Knowledge: data_records.py, which reads the blobs that this leaves to it.
"""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport DONE, FALLBACK
from gdb_export.csv_rows.kernel._row_writer cimport MAX_SEGMENTS, RowWriter
from gdb_export.firebird.pages.byte_views cimport (
    ByteView, bytes_at, integer_at, subview, writable_at,
)

cdef enum:
    BLOB_RECORD = 7
    BLOB_SEGMENTS = 5
    BLOB_DATA = 7
    KNOWN_ATTRIBUTES = 0x7E0FE  # bit set: 1 to 7 and 13 to 18
    LAST_ATTRIBUTE = 18


cdef inline Py_ssize_t backup_blob(
    RowWriter self, uint64_t offset, ByteView* content
) except -1 nogil:
    """Set `content` to that of the blob whose record is at an offset of the backup; FALLBACK if
    `stream` does not hold all of it, or if it is long and has several segments."""
    cdef Py_ssize_t at, segments = 0
    if offset < self.stream_begin or offset - self.stream_begin >= <uint64_t>self.stream.length:
        return FALLBACK
    at = <Py_ssize_t>(offset - self.stream_begin)
    if integer_at(self.stream, at, 1) != BLOB_RECORD:
        return FALLBACK
    at = begin_of_segments(self.stream, at + 1, &segments)
    if at < 0:
        return FALLBACK
    return join_backup_segments(self, at, segments, content)


cdef inline Py_ssize_t begin_of_segments(
    ByteView stream, Py_ssize_t at, Py_ssize_t* segments
) except? -2 nogil:
    """The offset of the first segment, and the number of segments; -1 for unusual attributes."""
    cdef Py_ssize_t attribute, length
    while stream.length - at >= 2:
        attribute = <Py_ssize_t>integer_at(stream, at, 1)
        at += 1
        if attribute == BLOB_DATA:
            return at
        length = <Py_ssize_t>integer_at(stream, at, 1)
        at += 1
        if attribute > LAST_ATTRIBUTE or not KNOWN_ATTRIBUTES >> attribute & 1:
            return -1
        if length > 8 or length > stream.length - at:
            return -1
        if attribute == BLOB_SEGMENTS:
            if length != 4:
                return -1
            segments[0] = <Py_ssize_t>integer_at(stream, at, 4)
        at += length
    return -1


cdef inline Py_ssize_t join_backup_segments(
    RowWriter self, Py_ssize_t at, Py_ssize_t segments, ByteView* content
) except -1 nogil:
    """Set `content` to the joined segments; a single one is not copied."""
    cdef Py_ssize_t length, to = 0
    cdef bint is_single = segments == 1
    content.first, content.length = self.segments.first, 0
    while segments:
        if self.stream.length - at < 2:
            return FALLBACK
        length = <Py_ssize_t>integer_at(self.stream, at, 2)
        at += 2
        if length > self.stream.length - at:
            return FALLBACK
        if is_single and length:
            subview(content, self.stream, at, length)
            return DONE
        if length:
            if length > MAX_SEGMENTS - to:
                return FALLBACK
            memcpy(writable_at(self.segments, to, length), bytes_at(self.stream, at, length), length)
        to += length
        at += length
        segments -= 1
    content.length = to
    return DONE
