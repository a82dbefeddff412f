# cython: language_level=3
"""The state of ColumnKernel."""

from libc.stdint cimport int32_t, int64_t

from gdb_export.arrow.kernel.column_blocks cimport BLOCK_ROWS
from gdb_export.arrow.kernel.column_targets cimport Target
from gdb_export.arrow.kernel.exported_batches cimport ArrowArray
from gdb_export.csv_rows.kernel._row_writer cimport FORMATS
from gdb_export.firebird.pages.byte_views cimport WritableView
from gdb_export.csv_rows.kernel._record_kernel cimport RecordKernel
from gdb_export.firebird.pages.data_pages cimport Record

# A position among the records, from which `advance` continues
cdef struct Position:
    Py_ssize_t page_index, slot, image_length
    int cell
    bint is_in_row
    Record record
    WritableView image


cdef class ColumnKernel(RecordKernel):
    cdef object rows_helper
    cdef Target* targets
    cdef list validity_buffers, value_buffers, data_buffers
    cdef list nested  # a list of values for each column of storage NESTED, else None
    cdef list pending  # rows of a page that the reference implementation has done, last first
    cdef Py_ssize_t row, max_rows, max_bytes, batch_bytes, row_bytes
    # the block: images in `blocks`, all of `block_format`, with their page indexes and slots;
    # `block_limits` has the number of rows in a block of each format, 0 if it is written by rows
    cdef bytearray block_buffer
    cdef WritableView blocks
    cdef int block_rows, block_format
    cdef int[FORMATS] block_limits
    cdef Py_ssize_t[BLOCK_ROWS] block_pages, block_slots
    cdef int64_t[::1] saved_counts  # `text_counts` as they were before the block
    # the rows of a discarded block that are written field by field: from `replayed` to
    # `replay_end`; `resumed` is the position after them, `deferred` the Status that waits for them
    cdef bint is_replaying
    cdef int replayed, replay_end, deferred
    cdef Position resumed
    # the columns that blocks do not have, which are written row by row after the others; if
    # `is_completing`, the replayed rows lack only these, from index `late` on. `block_begin` is the
    # row of the batch at which the block begins; `variable_columns` are its columns of that storage
    cdef int32_t[::1] late_columns, variable_columns
    cdef int late, late_count, variable_count
    cdef bint is_completing
    cdef Py_ssize_t block_begin

    cdef int _export(self, ArrowArray* batch, Py_ssize_t columns) except -1
    cdef int step(self) except -1 nogil
    cdef bint write_block(self) except -1 nogil
    cdef Py_ssize_t put_block(self, int begin, int end) except -2 nogil
    cdef int put_rest_of_block(self) except -1 nogil
    cdef int reserve(self, int column, Py_ssize_t count) except -1 nogil
    cdef int replay(self) except -1 nogil
    cdef Position position(self) noexcept nogil
    cdef int resume(self) noexcept nogil
    cdef int write_fields(self) except -1 nogil
    cdef int write_late_fields(self) except -1 nogil
    cdef int _load_column_format(self) except -1
    cdef int _resolve(self, int status) except -1
    cdef int _grow(self, int column, Py_ssize_t count) except -1
    cdef int _append_field(self) except -1
    cdef int _append_content(self, bytes content, int column) except -1
    cdef int _append_row(self, list row) except -1
    cdef int _put(self, int column, object value) except -1
    cdef int _reset(self) except -1
