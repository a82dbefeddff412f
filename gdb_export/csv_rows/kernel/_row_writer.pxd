# cython: language_level=3
"""The state of what writes rows; whoever sets a span keeps the buffer that it is taken from."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from gdb_export.csv_rows.kernel.cell_fields cimport Texts
from gdb_export.firebird.pages.data_pages cimport Record, TransactionStates
from gdb_export.firebird.pages.byte_views cimport WritableView, ByteView

cdef enum:
    UNKNOWN = -1  # a format that was not met yet; FOR_PYTHON: the plain twin must write it
    FORMATS = 256
    LONGEST_END = 3  # "" and the line feed
    PIECE = 1 << 18
    MAX_IMAGE = 2 * 65536
    BEHIND = 64  # pages behind the chunk that may hold blobs of its last rows
    BEHIND_AT_ONCE = 16
    MAX_SEGMENTS = 1 << 18  # bytes of pages, of a blob that is not Python's

# The cells of a format, its images, and the room that its longest row takes
cdef struct RowFormat:
    int first, last, image_length, room


cdef class RowWriter:
    cdef Py_ssize_t page_size, max_slots
    cdef unsigned int relation, major
    cdef bint has_long_runs
    cdef uint64_t committed_below, last_transaction
    cdef TransactionStates states
    # formats by number; their cells one after another, and the texts that cells need
    cdef RowFormat[FORMATS] formats
    cdef const int32_t[:, ::1] cells
    cdef ByteView constants
    cdef const uint32_t[:, ::1] tables
    cdef int64_t[::1] replaced
    cdef Texts texts
    # the chunk: its pages, their sequences, and where in the bytes they lie: as they come, by
    # sequence from the first, and in runs as page_runs.py has them; by sequence those behind it
    cdef ByteView data, behind
    cdef const uint32_t[::1] sequences
    cdef const int64_t[::1] offsets
    cdef int64_t[::1] offset_of
    cdef const int64_t[:, ::1] extents
    cdef int64_t[::1] behind_offset_of
    cdef bint has_images
    # where it is
    cdef Py_ssize_t place, slot, slots, image_length, line_at, needed
    cdef bint is_in_page, is_in_row, has_comma, has_image_bytes
    cdef int cell
    cdef Record record
    # buffers
    cdef WritableView image, segments, out
    cdef Py_ssize_t at
    # counted
    cdef Py_ssize_t rows, blob_bytes, blob_allowance

    cdef int advance(self) except -1 nogil
    cdef Py_ssize_t put_blob(
        self, Py_ssize_t at, const unsigned char* record, const int32_t* cell, int column
    ) except -1 nogil
