# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Formats fields of a record image as CSV, as their cells instruct.

`check_cell` has ensured that each cell lies within the image, and the caller that there is room
for `max_bytes` of it: so addresses within the image need no further check.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport (
    BLOB, BOOLEAN, CHAR, CHARACTERS, CONSTANT, DATE, DOUBLE, FIXED, FALLBACK, HEX, INTEGER,
    LENGTH, EMPTY, OFFSET, OP, REAL, SCALE, DECODING, TIME, TIMESTAMP, UTF8, VARCHAR,
)
from gdb_export.csv_rows.kernel.number_fields cimport (
    FIRST_DAY, LAST_DAY, MAX_FIXED, MAX_INTEGER, MAX_SHORTEST, MAX_DECIMALS,
    TICKS_PER_DAY, write_date, write_fixed, write_integer, write_literal, write_shortest,
    write_time,
)
from gdb_export.csv_rows.kernel.text_fields cimport (
    max_field_bytes, replacements, utf8_characters, utf8_prefix, write_hex, write_text,
)

cdef enum:
    POWERS = 16

# Rows of 256 packed characters, the last of them for UTF-8; the number of replaced characters by
# column; powers of 10
cdef struct FieldContext:
    const uint32_t* tables
    Py_ssize_t last_table
    int64_t* replaced
    double[POWERS] powers


cdef inline Py_ssize_t write_field(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column,
    FieldContext* context,
) noexcept nogil:
    """Write a field that is not NULL; FALLBACK if the kernel cannot format it."""
    cdef int op = cell[OP]
    if op == CHAR or op == VARCHAR:
        return write_string(to, record, cell, column, context)
    if op == INTEGER:
        return write_integer_field(to, record, cell)
    return 0 if op == EMPTY else write_value(to, record, cell, context)


cdef inline Py_ssize_t write_string(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column,
    FieldContext* context,
) noexcept nogil:
    """Write a CHAR or VARCHAR; FALLBACK if its length or its UTF-8 is invalid."""
    cdef const unsigned char* text = record + cell[OFFSET]
    cdef Py_ssize_t length = cell[LENGTH], characters, table = cell[DECODING]
    cdef bint is_char = cell[OP] == CHAR
    if not is_char:
        length = text[0] | text[1] << 8
        text += 2
        if length > cell[LENGTH] - 2:
            return FALLBACK
    if table == HEX:
        return write_hex(to, text, length)
    if table == UTF8:
        table = context.last_table
        characters = utf8_characters(text, length)
        if characters < 0:
            return FALLBACK
        if is_char and characters > cell[CHARACTERS]:
            length = utf8_prefix(text, length, cell[CHARACTERS])
    elif cell[CHARACTERS]:
        context.replaced[column] += replacements(text, length, context.tables + 256 * table)
    if is_char:
        while length and text[length - 1] == c" ":
            length -= 1
    return write_text(to, text, length, context.tables + 256 * table)


cdef inline Py_ssize_t write_content(
    unsigned char* to, const unsigned char* content, Py_ssize_t length, const int32_t* cell,
    int column, FieldContext* context,
) noexcept nogil:
    """Write the content of a blob; FALLBACK if its UTF-8 is invalid."""
    cdef Py_ssize_t table = cell[DECODING]
    if table == HEX:
        return write_hex(to, content, length)
    if table == UTF8:
        table = context.last_table
        if utf8_characters(content, length) < 0:
            return FALLBACK
    elif cell[CHARACTERS]:
        context.replaced[column] += replacements(content, length, context.tables + 256 * table)
    return write_text(to, content, length, context.tables + 256 * table)


cdef inline int write_integer_field(
    unsigned char* to, const unsigned char* record, const int32_t* cell
) noexcept nogil:
    cdef int16_t short_value
    cdef int32_t long_value
    cdef int64_t value
    if cell[LENGTH] == 4:
        memcpy(&long_value, record + cell[OFFSET], 4)
        value = long_value
    elif cell[LENGTH] == 2:
        memcpy(&short_value, record + cell[OFFSET], 2)
        value = short_value
    else:
        memcpy(&value, record + cell[OFFSET], 8)
    return write_integer(to, value, cell[SCALE])


cdef inline int write_value(
    unsigned char* to, const unsigned char* record, const int32_t* cell, FieldContext* context
) noexcept nogil:
    """Write another number, a date or time; FALLBACK if it is out of range."""
    cdef int op = cell[OP], scale = cell[SCALE]
    cdef double value
    cdef float real
    record += cell[OFFSET]
    if op == DOUBLE or op == FIXED:
        memcpy(&value, record, 8)
        if op == DOUBLE:
            return write_shortest(to, value, False)
        return write_fixed(to, value, scale, context.powers[scale] if scale < POWERS else 0)
    if op == BOOLEAN:
        return write_literal(to, b"true", 4) if record[0] else write_literal(to, b"false", 5)
    if op == REAL:
        memcpy(&real, record, 4)
        return write_shortest(to, real, True)
    return write_moment(to, record, op)


cdef inline int write_moment(
    unsigned char* to, const unsigned char* value, int op
) noexcept nogil:
    """Write a date, a time or both; FALLBACK for another operation or out of range."""
    cdef int width
    cdef int32_t days
    cdef uint32_t ticks
    if op == TIME:
        memcpy(&ticks, value, 4)
        return write_time(to, ticks) if ticks < TICKS_PER_DAY else FALLBACK
    if op != DATE and op != TIMESTAMP:
        return FALLBACK
    memcpy(&days, value, 4)
    if not FIRST_DAY <= days <= LAST_DAY:
        return FALLBACK
    width = write_date(to, days)
    if op == DATE:
        return width
    memcpy(&ticks, value + 4, 4)
    if ticks >= TICKS_PER_DAY:
        return FALLBACK
    to[width] = c" "
    return width + 1 + write_time(to + width + 1, ticks)


cdef inline Py_ssize_t max_bytes(list cell) except -1:
    """The maximal size of a cell's field and its comma; a blob requests its own room."""
    op = cell[OP]
    if op == CHAR or op == VARCHAR or op == CONSTANT:
        return 1 + max_field_bytes(cell[LENGTH])
    if op == INTEGER:
        return 1 + MAX_INTEGER
    return 1 + (MAX_FIXED if op == FIXED else MAX_SHORTEST)


cdef inline int check_cell(list cell, int image_length, int constants, int tables) except -1:
    """Raise ValueError unless a cell lies within its image, constants and tables."""
    widths = {REAL: 4, DOUBLE: 8, FIXED: 8, DATE: 4, TIME: 4, TIMESTAMP: 8, BOOLEAN: 1, BLOB: 8}
    op, offset, length, scale, null_byte, _, decoding, _, _ = cell
    end = constants if op == CONSTANT else image_length
    is_inside = 0 <= offset <= end and 0 <= length <= end - offset
    is_wide = length == widths.get(op, length) and (op != VARCHAR or length >= 2)
    is_number = op != INTEGER or length in (2, 4, 8)
    is_known = UTF8 <= decoding < tables and 0 <= scale <= MAX_DECIMALS
    if not (is_inside and is_wide and is_number and is_known and 0 <= null_byte < image_length):
        raise ValueError(f"the cell {cell} exceeds its image, constants or tables")
    return 0
