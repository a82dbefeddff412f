# cython: language_level=3
"""The state of ColumnKernel."""

from gdb_export.csv_rows.kernel._record_kernel cimport RecordKernel
from gdb_export.firebird.pages.byte_views cimport WritableView

# How a column is stored: Storage in column_layouts.py
cdef enum:
    BITS = 0
    FIXED = 1
    VARIABLE = 2
    NESTED = 3

# The buffers of a column. `values` has bits, fixed values, or 32-bit offsets into `data`; `nulls`
# counts the cleared bits of `validity`
cdef struct Target:
    int storage
    Py_ssize_t width, nulls
    WritableView validity, values, data


cdef class ColumnKernel(RecordKernel):
    cdef object rows_helper
    cdef Target* targets
    cdef list validity_buffers, value_buffers, data_buffers
    cdef list nested  # a list of values for each column of storage NESTED, else None
    cdef list pending  # rows of a page that the reference implementation has done, last first
    cdef Py_ssize_t row, max_rows, max_bytes, batch_bytes, row_bytes

    cdef int _load_column_format(self) except -1
    cdef int _resolve(self, int status) except -1
    cdef int _grow(self, int column, Py_ssize_t count) except -1
    cdef int _append_field(self) except -1
    cdef int _append_content(self, bytes content, int column) except -1
    cdef int _append_row(self, list row) except -1
    cdef int _put(self, int column, object value) except -1
    cdef int _reset(self) except -1
