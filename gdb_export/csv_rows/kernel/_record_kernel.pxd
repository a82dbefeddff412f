# cython: language_level=3
"""The state of RecordKernel."""

from libc.stdint cimport int32_t

from gdb_export.csv_rows.kernel._row_writer cimport RowWriter


cdef class RecordKernel(RowWriter):
    cdef object fields, pages
    cdef Py_ssize_t columns
    # cells and constants of the loaded formats, one after another; the buffers have room for more
    cdef int32_t[:, ::1] cell_buffer
    cdef bytearray constant_buffer
    cdef Py_ssize_t cell_count, constant_count, max_cells
    cdef bytes image_bytes
    # buffers that views refer to
    cdef bytearray image_buffer, segment_buffer
    cdef bytes data_bytes, following_bytes, stream_bytes, state_bytes

    cdef int _begin(self, bytes data) except -1
    cdef int append_slot(self) except -1
    cdef bytes image_of_row(self)
    cdef int fetch_following(self) except -1
    cdef int load_states(self) except -1
    cdef int load_format(self) except -1
    cdef int _make_room_for_cells(self, Py_ssize_t constants) except -1
    cdef int spend(self) except -1
    cdef int refresh_blob_allowance(self) except -1
    cdef int report_counts(self) except -1
