# cython: language_level=3
"""The state of RecordKernel."""

from gdb_export.csv_rows.kernel._row_writer cimport RowWriter


cdef class RecordKernel(RowWriter):
    cdef object fields, pages
    cdef Py_ssize_t columns
    cdef list cell_rows
    cdef bytes image_bytes
    # buffers that views refer to
    cdef bytearray image_buffer, segment_buffer
    cdef bytes data_bytes, following_bytes, stream_bytes, constant_bytes, state_bytes

    cdef int _begin(self, bytes data) except -1
    cdef int append_slot(self) except -1
    cdef bytes image_of_row(self)
    cdef int fetch_following(self) except -1
    cdef int load_states(self) except -1
    cdef int load_format(self) except -1
    cdef int spend(self) except -1
    cdef int refresh_blob_allowance(self) except -1
    cdef int report_counts(self) except -1
