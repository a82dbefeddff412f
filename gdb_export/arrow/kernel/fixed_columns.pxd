# cython: language_level=3
"""Copies a column of fixed width from the record images of a block.

A random NULL among values makes a branch on it unpredictable, so NULLs are masked instead.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gdb_export.arrow.kernel.column_targets cimport UNIX_EPOCH
from gdb_export.csv_rows.kernel._compiled cimport DONE, FALLBACK
from gdb_export.csv_rows.kernel.number_fields cimport FIRST_DAY, LAST_DAY, TICKS_PER_DAY

cdef extern from *:
    """
    #include <cstdint>
    #include <cstring>

    /* Copies a value of each image, zero for NULL; extended to the 16 bytes of a decimal128 if
       IS_DECIMAL. The images are `stride` bytes apart, and `nulls` has a bit for each. */
    template <typename Value, bool IS_DECIMAL>
    static inline void copy_values(
        unsigned char* to, const unsigned char* from, ptrdiff_t stride, int rows, uint32_t nulls
    ) {
        for (int i = 0; i < rows; i++, from += stride, nulls >>= 1) {
            Value value;
            memcpy(&value, from, sizeof value);
            value &= (Value)((int)(nulls & 1) - 1);
            if (IS_DECIMAL) {
                const int64_t halves[2] = {(int64_t)value, (int64_t)value >> 63};
                memcpy(to + 16 * i, halves, 16);
            } else {
                memcpy(to + i * sizeof value, &value, sizeof value);
            }
        }
    }
    """
    void copy_2 "copy_values<int16_t, false>" (
        unsigned char* to, const unsigned char* source, Py_ssize_t stride, int rows, uint32_t nulls
    ) noexcept nogil
    void copy_4 "copy_values<int32_t, false>" (
        unsigned char* to, const unsigned char* source, Py_ssize_t stride, int rows, uint32_t nulls
    ) noexcept nogil
    void copy_8 "copy_values<int64_t, false>" (
        unsigned char* to, const unsigned char* source, Py_ssize_t stride, int rows, uint32_t nulls
    ) noexcept nogil
    void extend_2 "copy_values<int16_t, true>" (
        unsigned char* to, const unsigned char* source, Py_ssize_t stride, int rows, uint32_t nulls
    ) noexcept nogil
    void extend_4 "copy_values<int32_t, true>" (
        unsigned char* to, const unsigned char* source, Py_ssize_t stride, int rows, uint32_t nulls
    ) noexcept nogil
    void extend_8 "copy_values<int64_t, true>" (
        unsigned char* to, const unsigned char* source, Py_ssize_t stride, int rows, uint32_t nulls
    ) noexcept nogil


cdef inline Py_ssize_t copy_moments(
    unsigned char* to, const unsigned char* value, Py_ssize_t stride, int rows, uint32_t nulls,
    bint has_days, bint has_ticks,
) noexcept nogil:
    """Copy dates, times or both; FALLBACK if one is out of range. NULL is written as the first
    moment of 1970. Both flags are to be constants, for each of which this compiles to a loop."""
    cdef int i
    cdef int32_t days = UNIX_EPOCH, is_null
    cdef uint64_t microseconds
    cdef uint32_t ticks = 0
    cdef bint is_valid = True
    for i in range(rows):
        is_null = -<int32_t>(nulls >> i & 1)
        if has_days:
            memcpy(&days, value, 4)
            days = (days & ~is_null) | (UNIX_EPOCH & is_null)
            is_valid &= (days >= FIRST_DAY) & (days <= LAST_DAY)
        if has_ticks:
            memcpy(&ticks, value + (4 if has_days else 0), 4)
            ticks &= <uint32_t>~is_null
            is_valid &= ticks < TICKS_PER_DAY
        value += stride
        # unsigned, since an invalid value may exceed the type
        days = <int32_t>(<uint32_t>days - <uint32_t>UNIX_EPOCH)
        if has_ticks:
            microseconds = (<uint64_t>days * <uint64_t>TICKS_PER_DAY + ticks) * 100
            memcpy(to + 8 * i, &microseconds, 8)
        else:
            memcpy(to + 4 * i, &days, 4)
        days = UNIX_EPOCH
    return DONE if is_valid else FALLBACK
