# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Writes single fields of a record image as Arrow stores them."""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memset

from gdb_export.csv_rows.kernel._compiled cimport (
    DATE, DONE, DOUBLE, FALLBACK, FIXED as FIXED_DECIMALS, HEX, INTEGER, REAL, TIME, TIMESTAMP,
)
from gdb_export.csv_rows.kernel.cell_fields cimport (
    FieldContext, count_characters, stored_integer,
)
from gdb_export.csv_rows.kernel.number_fields cimport FIRST_DAY, LAST_DAY, TICKS_PER_DAY
from gdb_export.csv_rows.kernel.text_fields cimport (
    NOT_ASCII, write_unquoted, write_unquoted_with_slack,
)
from gdb_export.csv_rows.kernel.text_vectors cimport copy_ascii
from gdb_export.arrow.kernel.column_targets cimport DECIMAL_WIDTH, UNIX_EPOCH


cdef inline Py_ssize_t write_value_of_text(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, Py_ssize_t table,
    const int32_t* cell, int column, FieldContext* context,
) noexcept nogil:
    """Write text, decoded by a table, or binary data for HEX; count its unusual characters.

    There is room for `max_field_bytes`; returns the bytes written.
    """
    cdef const uint32_t* characters
    cdef uint32_t flags = 0
    cdef Py_ssize_t width
    # binary data and valid UTF-8 (the last table) are copied as they are
    if table == HEX or table == context.last_table:
        memcpy(to, text, length)
        return length
    if copy_ascii(to, text, length):
        return length
    characters = context.tables + 256 * table
    width = write_unquoted(to, text, length, characters, &flags)
    if flags & NOT_ASCII:
        count_characters(text, length, characters, flags, cell, column, context)
    return width


cdef inline Py_ssize_t write_text_of_image(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, Py_ssize_t table,
    const int32_t* cell, int column, FieldContext* context,
) noexcept nogil:
    """write_value_of_text for a text in a record image, which IMAGE_SLACK bytes follow."""
    cdef const uint32_t* characters = context.tables + 256 * table
    cdef uint32_t flags = 0
    cdef Py_ssize_t width
    # valid UTF-8 is copied as it is
    if table == context.last_table:
        memcpy(to, text, length)
        return length
    width = write_unquoted_with_slack(to, text, length, characters, &flags)
    if flags & NOT_ASCII:
        count_characters(text, length, characters, flags, cell, column, context)
    return width


cdef inline Py_ssize_t put_fixed(
    unsigned char* to, Py_ssize_t width, const unsigned char* value, int op, int length
) noexcept nogil:
    """Write a value of fixed width; FALLBACK if it is out of range or of another type."""
    if op == INTEGER:
        return put_integer(to, width, value, length)
    if op == DOUBLE or op == FIXED_DECIMALS or op == REAL:
        if length != width:
            return FALLBACK
        memcpy(to, value, length)
        return DONE
    return put_moment(to, width, value, op)


cdef inline Py_ssize_t put_integer(
    unsigned char* to, Py_ssize_t width, const unsigned char* value, int length
) noexcept nogil:
    """Write an integer as it is, or extended to the 16 bytes of a decimal128."""
    cdef int64_t wide
    if length == width:
        memcpy(to, value, length)
        return DONE
    if width != DECIMAL_WIDTH:
        return FALLBACK
    wide = stored_integer(value, length)
    memcpy(to, &wide, 8)
    memset(to + 8, 0xFF if wide < 0 else 0, 8)
    return DONE


cdef inline Py_ssize_t put_moment(
    unsigned char* to, Py_ssize_t width, const unsigned char* value, int op
) noexcept nogil:
    """Write a date, a time or both."""
    cdef int32_t days
    cdef uint32_t ticks = 0
    cdef int64_t microseconds
    if op == TIME:
        memcpy(&ticks, value, 4)
        days = UNIX_EPOCH
    elif op == DATE or op == TIMESTAMP:
        memcpy(&days, value, 4)
        if op == TIMESTAMP:
            memcpy(&ticks, value + 4, 4)
    else:
        return FALLBACK
    if not FIRST_DAY <= days <= LAST_DAY or ticks >= TICKS_PER_DAY:
        return FALLBACK
    days -= UNIX_EPOCH
    if width != (4 if op == DATE else 8):
        return FALLBACK
    if op == DATE:
        memcpy(to, &days, 4)
    else:
        microseconds = (<int64_t>days * <int64_t>TICKS_PER_DAY + <int64_t>ticks) * <int64_t>100
        memcpy(to, &microseconds, 8)
    return DONE
