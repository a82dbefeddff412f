# cython: language_level=3
"""The state of RowWriter. Code that sets a view keeps its buffer alive."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from gdb_export.csv_rows.kernel.blob_items cimport BlobHeaderLayout
from gdb_export.csv_rows.kernel.cell_fields cimport FieldContext
from gdb_export.firebird.pages.data_pages cimport Record, TransactionStates
from gdb_export.firebird.pages.byte_views cimport WritableView, ByteView

cdef enum:
    UNKNOWN = -1  # a format that is not loaded; FALLBACK: the reference implementation formats it
    FORMATS = 256
    MAX_CELLS = 1 << 20  # of all loaded formats of a table: 50 MB
    MAX_ROOM = 1 << 30  # for one row; a format with longer rows is left to the reference
    MAX_END = 3  # "" and the line feed
    OUTPUT_BYTES = 1 << 18
    MAX_IMAGE = 2 * 65536
    MAX_FOLLOWING = 64  # pages after the batch that may hold blobs of its last rows
    FOLLOWING_PER_CALL = 16
    MAX_SEGMENTS = 1 << 18  # bytes of the pages of a blob; larger ones are left to the reference

# A format: its cells from `first` to `last`, the length of its images, the size of its longest row
cdef struct RowFormat:
    int first, last, image_length, room


cdef class RowWriter:
    cdef Py_ssize_t page_size, max_slots, blob_divisor
    cdef unsigned int relation, major
    cdef bint has_long_runs
    cdef BlobHeaderLayout blob_header
    cdef uint64_t committed_below, last_transaction
    cdef TransactionStates states
    # formats by number; their cells one after another, constants and character tables
    cdef RowFormat[FORMATS] formats
    cdef const int32_t[:, ::1] cells
    cdef ByteView constants
    cdef const uint32_t[:, ::1] character_tables
    cdef int64_t[::1] text_counts
    cdef FieldContext context
    # the batch: its bytes, and the sequences of its pages; the offsets of the pages in batch order
    # and by sequence; runs of pages, see PageBatch; the table's following pages by sequence
    cdef ByteView data, following
    cdef const uint32_t[::1] sequences
    cdef const int64_t[::1] offsets
    cdef int64_t[::1] offset_by_sequence
    cdef const int64_t[:, ::1] extents
    cdef int64_t[::1] following_offsets
    cdef bint has_images
    # the bytes of the backup that hold the rows of the images and their blobs, and their offset
    cdef ByteView stream
    cdef uint64_t stream_begin
    # the position
    cdef Py_ssize_t page_index, slot, slots, image_length, line_start, needed
    cdef bint is_in_page, is_in_row, has_image_bytes
    cdef int cell
    cdef Record record
    # buffers
    cdef WritableView image, segments, output
    cdef Py_ssize_t written  # bytes of the output
    # counts
    cdef Py_ssize_t rows, blob_bytes, blob_allowance
    cdef Py_ssize_t blob_cost  # of the last blob that was found

    cdef int advance(self) except -1 nogil
    cdef int write_record(self) except -1 nogil
    cdef Py_ssize_t find_blob(
        self, const unsigned char* record, const int32_t* cell, ByteView* content
    ) except -1 nogil
    cdef Py_ssize_t write_blob(
        self, Py_ssize_t at, const unsigned char* record, const int32_t* cell, int column
    ) except -1 nogil
