# cython: language_level=3
"""The buffers that the kernel of columns writes to."""

from libc.stdint cimport int32_t
from libc.string cimport memcpy, memset

from gdb_export.firebird.pages.byte_views cimport WritableView, writable_at

# How a column is stored: Storage in column_layouts.py
cdef enum:
    BITS = 0
    FIXED = 1
    VARIABLE = 2
    NESTED = 3

cdef enum:
    DECIMAL_WIDTH = 16
    UNIX_EPOCH = 40587  # 1970-01-01 as a day of Firebird

# The buffers of a column. `values` has bits, fixed values, or 32-bit offsets into `data`; `nulls`
# counts the cleared bits of `validity`
cdef struct Target:
    int storage
    Py_ssize_t width, nulls
    WritableView validity, values, data


cdef inline Py_ssize_t offset_of(Target* target, Py_ssize_t row) except -1 nogil:
    """The end of the values before a row."""
    cdef int32_t offset
    memcpy(&offset, writable_at(target.values, 4 * row, 4), 4)
    return offset


cdef inline int put_null(Target* target, Py_ssize_t row) except -1 nogil:
    cdef unsigned char* byte = writable_at(target.validity, row >> 3, 1)
    byte[0] &= ~<unsigned char>(1 << (row & 7))
    target.nulls += 1
    if target.storage == FIXED:
        memset(writable_at(target.values, row * target.width, target.width), 0, target.width)
    elif target.storage == VARIABLE:
        memcpy(
            writable_at(target.values, 4 * (row + 1), 4), writable_at(target.values, 4 * row, 4), 4
        )
    return 0


cdef inline int put_bit(Target* target, Py_ssize_t row, bint value) except -1 nogil:
    cdef unsigned char* byte = writable_at(target.values, row >> 3, 1)
    if value:
        byte[0] |= <unsigned char>(1 << (row & 7))
    return 0
