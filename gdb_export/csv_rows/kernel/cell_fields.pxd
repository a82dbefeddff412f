# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Formats fields of a record image as CSV, as their cells instruct.

`check_cell` has ensured that each cell lies within the image, and the caller that there is room
for `max_bytes` of it: so addresses within the image need no further check. IMAGE_SLACK bytes follow
the image in its buffer.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport (
    BLOB, BOOLEAN, CHAR, CHAR_16, CHAR_32, CHAR_64, CHARACTERS, CONSTANT, DATE, DATE_TEXT, DOUBLE,
    FIXED, FALLBACK, HEX, INTEGER, INTEGER_TEXT, LENGTH, EMPTY, NULL_BYTE, OFFSET, OP, REAL, SCALE,
    DECODING, TIME, TIMESTAMP, UTF8, VARCHAR, VARCHAR_16, VARCHAR_32, VARCHAR_64,
    CONTROLS, COUNTS_UTF8, MISREAD, NO_TABLE, OTHER_VALUES, OTHERWISE, REPLACED, TEXT_COUNTS,
    UTF8_VALUES, WRITE_OTHERS, WRITER,
)
from gdb_export.csv_rows.kernel.number_fields cimport (
    FIRST_DAY, LAST_DAY, MAX_FIXED, MAX_INTEGER, MAX_SHORTEST, MAX_DECIMALS,
    TICKS_PER_DAY, write_date, write_fixed, write_integer, write_literal, write_shortest,
    write_time,
)
from gdb_export.csv_rows.kernel.short_texts cimport (
    SHORT_TEXT, UNUSUAL, char_column_16, char_column_32, char_column_64, char_field_16,
    char_field_32, char_field_64, varchar_column_16, varchar_column_32, varchar_column_64,
    varchar_field_16, varchar_field_32, varchar_field_64,
)
from gdb_export.csv_rows.kernel.text_fields cimport (
    IS_CONTROL, IS_REPLACEMENT, NOT_ASCII, copy_plain_with_slack, flagged, max_field_bytes,
    utf8_characters, utf8_prefix, write_hex, write_text, write_text_with_slack,
)
from gdb_export.csv_rows.kernel.text_vectors cimport trimmed_with_slack

cdef enum:
    POWERS = 16

# Character tables (rows of 256 packed characters, the last row for UTF-8); counts of texts,
# TEXT_COUNTS numbers for each column; powers of 10
cdef struct FieldContext:
    const uint32_t* tables
    Py_ssize_t last_table
    int64_t* text_counts
    double[POWERS] powers


cdef inline Py_ssize_t write_common(
    unsigned char* to, const unsigned char* record, const int32_t* cell, uint64_t present
) noexcept nogil:
    """Write a field, or nothing if `present` has no bits: NULL needs no branch. UNUSUAL for a field
    that `write_field` must write. `writer_of` has chosen the WRITER."""
    cdef const unsigned char* field = record + cell[OFFSET]
    cdef int writer = cell[WRITER]
    cdef int64_t value
    if writer == CHAR_16:
        return char_field_16(to, field, cell[LENGTH], kept_bytes(cell), present)
    elif writer == INTEGER_TEXT:
        value = stored_integer(field, cell[LENGTH]) & <int64_t>present
        return write_integer(to, value, cell[SCALE]) & <int64_t>present
    elif writer == VARCHAR_64:
        return varchar_field_64(to, field, cell[LENGTH] - 2, present)
    elif writer == DATE_TEXT:
        return write_day(to, field, present)
    elif writer == VARCHAR_32:
        return varchar_field_32(to, field, cell[LENGTH] - 2, present)
    elif writer == CHAR_32:
        return char_field_32(to, field, cell[LENGTH], kept_bytes(cell), present)
    elif writer == VARCHAR_16:
        return varchar_field_16(to, field, cell[LENGTH] - 2, present)
    elif writer == CHAR_64:
        return char_field_64(to, field, cell[LENGTH], kept_bytes(cell), present)
    return UNUSUAL if present else 0


cdef inline int copy_short_texts(
    unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride, int row,
    int rows, uint32_t nulls, const int32_t* cell
) noexcept nogil:
    """Copy the texts of a column as they are, without the padding of a CHAR, from `row` on.

    Return the first row that is left to `string_field`: its text is not ASCII, or the WRITER of the
    cell is not for short texts. See copy_column_of_texts in short_texts.pxd."""
    cdef int writer = cell[WRITER], length = cell[LENGTH], kept = kept_bytes(cell)
    if writer == CHAR_16:
        return char_column_16(to, ends, field, stride, row, rows, nulls, length, kept)
    elif writer == CHAR_32:
        return char_column_32(to, ends, field, stride, row, rows, nulls, length, kept)
    elif writer == CHAR_64:
        return char_column_64(to, ends, field, stride, row, rows, nulls, length, kept)
    elif writer == VARCHAR_16:
        return varchar_column_16(to, ends, field, stride, row, rows, nulls, length - 2)
    elif writer == VARCHAR_32:
        return varchar_column_32(to, ends, field, stride, row, rows, nulls, length - 2)
    elif writer == VARCHAR_64:
        return varchar_column_64(to, ends, field, stride, row, rows, nulls, length - 2)
    while row < rows and nulls >> row & 1:
        memcpy(ends + 4 * (row + 1), ends + 4 * row, 4)
        row += 1
    return row


cdef inline int kept_bytes(const int32_t* cell) noexcept nogil:
    """The number of characters to which a CHAR is cut."""
    return cell[CHARACTERS] if cell[DECODING] == UTF8 else cell[LENGTH]


cdef inline Py_ssize_t write_day(
    unsigned char* to, const unsigned char* field, uint64_t present
) noexcept nogil:
    """Write a date; UNUSUAL if it is out of range."""
    cdef int32_t days
    memcpy(&days, field, 4)
    days &= <int32_t>present
    if not FIRST_DAY <= days <= LAST_DAY:
        return UNUSUAL
    return write_date(to, days) & <int64_t>present


cdef inline int writer_of(const int32_t* cell) noexcept nogil:
    """The Writer of a checked cell.

    `max_bytes` of the cell, and an image with IMAGE_SLACK bytes after it, have room for the vectors
    of the chosen copy.
    """
    cdef int op = cell[OP], length = cell[LENGTH]
    if op == INTEGER:
        return INTEGER_TEXT
    if op == DATE:
        return DATE_TEXT
    if cell[DECODING] == HEX:
        return WRITE_OTHERS
    if op == CHAR and length and kept_bytes(cell) and length <= SHORT_TEXT:
        return CHAR_16 if length <= 16 else CHAR_32 if length <= 32 else CHAR_64
    if op == VARCHAR and length - 2 <= SHORT_TEXT:
        return VARCHAR_16 if length <= 18 else VARCHAR_32 if length <= 34 else VARCHAR_64
    return WRITE_OTHERS


cdef inline Py_ssize_t write_field(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column,
    FieldContext* context,
) noexcept nogil:
    """Write a field that is not NULL; FALLBACK if the kernel cannot format it."""
    cdef int op = cell[OP]
    if op == CHAR or op == VARCHAR:
        return write_string(to, record, cell, column, context)
    return 0 if op == EMPTY else write_value(to, record, cell, context)


cdef inline const unsigned char* string_field(
    const unsigned char* record, const int32_t* cell, int column, FieldContext* context,
    Py_ssize_t* found_length, Py_ssize_t* found_table,
) noexcept nogil:
    """Find the bytes of a CHAR without its padding, or of a VARCHAR; return their address.

    `found_length` receives their number, `found_table` the table that decodes them, or HEX. The
    address is NULL if the length or the UTF-8 is invalid, unless the cell has another table for
    invalid UTF-8."""
    cdef const unsigned char* text = record + cell[OFFSET]
    cdef Py_ssize_t length = cell[LENGTH], characters, table = cell[DECODING]
    cdef bint is_char = cell[OP] == CHAR
    if not is_char:
        length = text[0] | text[1] << 8
        text += 2
        if length > cell[LENGTH] - 2:
            return NULL
    if table == UTF8:
        characters = utf8_characters(text, length)
        table = utf8_table(characters, length, cell, column, context)
        if table < 0:
            return NULL
        if is_char and characters > cell[CHARACTERS]:
            length = utf8_prefix(text, length, cell[CHARACTERS])
    if is_char and table != HEX:
        length = trimmed_with_slack(text, length)
    found_length[0], found_table[0] = length, table
    return text


cdef inline Py_ssize_t write_string(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column,
    FieldContext* context,
) noexcept nogil:
    """Write a CHAR or VARCHAR; FALLBACK if its length is invalid, or if its UTF-8 is invalid and
    the cell has no other table."""
    cdef Py_ssize_t length = 0, table = 0, width
    cdef const uint32_t* characters
    cdef uint32_t flags
    cdef const unsigned char* text = string_field(record, cell, column, context, &length, &table)
    if text == NULL:
        return FALLBACK
    if table == HEX:
        return write_hex(to, text, length)
    # all tables have ASCII in common, and count none of it
    if cell[WRITER] == WRITE_OTHERS and length and copy_plain_with_slack(to, text, length):
        return length
    characters = context.tables + 256 * table
    width = write_text_with_slack(to, text, length, characters, &flags)
    if flags & NOT_ASCII:
        count_characters(text, length, characters, flags, cell, column, context)
    return width


cdef inline Py_ssize_t write_content(
    unsigned char* to, const unsigned char* content, Py_ssize_t length, const int32_t* cell,
    int column, FieldContext* context,
) noexcept nogil:
    """Write the content of a blob; FALLBACK if its UTF-8 is invalid and the cell has no other
    table."""
    cdef Py_ssize_t table = cell[DECODING]
    if table == HEX:
        return write_hex(to, content, length)
    if table == UTF8:
        table = utf8_table(utf8_characters(content, length), length, cell, column, context)
        if table < 0:
            return FALLBACK
    return write_characters(to, content, length, table, cell, column, context)


cdef inline Py_ssize_t utf8_table(
    Py_ssize_t characters, Py_ssize_t length, const int32_t* cell, int column,
    FieldContext* context,
) noexcept nogil:
    """Count a text that is decoded as UTF-8, and return its table: NO_TABLE if it is invalid and
    the cell has no other table. `characters` is their number, -1 for invalid UTF-8."""
    cdef int64_t* counts = context.text_counts + TEXT_COUNTS * column
    if characters >= 0:
        if cell[COUNTS_UTF8] and characters < length:
            counts[UTF8_VALUES] += 1
        return context.last_table
    if cell[OTHERWISE] != NO_TABLE:
        counts[OTHER_VALUES] += 1
    return cell[OTHERWISE]


cdef inline Py_ssize_t write_characters(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, Py_ssize_t table,
    const int32_t* cell, int column, FieldContext* context,
) noexcept nogil:
    """Write a text by a character table, and count its suspicious characters."""
    cdef const uint32_t* characters = context.tables + 256 * table
    cdef uint32_t flags
    cdef Py_ssize_t width = write_text(to, text, length, characters, &flags)
    if flags & NOT_ASCII:
        count_characters(text, length, characters, flags, cell, column, context)
    return width


cdef inline void count_characters(
    const unsigned char* text, Py_ssize_t length, const uint32_t* characters, uint32_t flags,
    const int32_t* cell, int column, FieldContext* context,
) noexcept nogil:
    cdef int64_t* counts = context.text_counts + TEXT_COUNTS * column
    if flags & IS_REPLACEMENT:
        counts[REPLACED] += flagged(text, length, characters, IS_REPLACEMENT)
    if flags & IS_CONTROL:
        counts[CONTROLS] += flagged(text, length, characters, IS_CONTROL)
    if cell[COUNTS_UTF8] and cell[DECODING] != UTF8 and utf8_characters(text, length) >= 0:
        counts[MISREAD] += 1


cdef inline int64_t stored_integer(const unsigned char* field, int length) noexcept nogil:
    """A signed integer of 2, 4 or 8 bytes."""
    cdef int16_t short_value
    cdef int32_t long_value
    cdef int64_t value
    if length == 4:
        memcpy(&long_value, field, 4)
        return long_value
    if length == 2:
        memcpy(&short_value, field, 2)
        return short_value
    memcpy(&value, field, 8)
    return value


cdef inline int write_value(
    unsigned char* to, const unsigned char* record, const int32_t* cell, FieldContext* context
) noexcept nogil:
    """Write a floating-point number, a boolean, a date or a time; FALLBACK if out of range."""
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


cdef inline int max_bytes(const int32_t* cell) noexcept nogil:
    """The maximal size of a checked cell's field and its comma; a blob requests its own room."""
    cdef int op = cell[OP]
    if op == CHAR or op == VARCHAR or op == CONSTANT:
        return <int>(1 + max_field_bytes(cell[LENGTH]))
    if op == INTEGER:
        return 1 + MAX_INTEGER
    return 1 + (MAX_FIXED if op == FIXED else MAX_SHORTEST)


cdef inline int stored_width(const int32_t* cell) noexcept nogil:
    """The number of bytes that the operation of a cell reads; 0 if it reads LENGTH bytes."""
    cdef int op = cell[OP]
    if op == REAL or op == DATE or op == TIME:
        return 4
    if op == DOUBLE or op == FIXED or op == TIMESTAMP or op == BLOB:
        return 8
    return 1 if op == BOOLEAN else 0


cdef inline int check_cell(
    const int32_t* cell, int image_length, int constants, Py_ssize_t tables
) except -1:
    """Raise ValueError unless a cell lies within its image, constants and tables."""
    cdef int op = cell[OP], offset = cell[OFFSET], length = cell[LENGTH], width = stored_width(cell)
    cdef int end = constants if op == CONSTANT else image_length
    cdef bint is_inside = 0 <= offset <= end and 0 <= length <= end - offset
    cdef bint is_wide = (width == 0 or length == width) and (op != VARCHAR or length >= 2)
    cdef bint is_number = op != INTEGER or length == 2 or length == 4 or length == 8
    cdef bint is_known = UTF8 <= cell[DECODING] < tables and NO_TABLE <= cell[OTHERWISE] < tables
    is_known = is_known and 0 <= cell[SCALE] <= MAX_DECIMALS
    if not (is_inside and is_wide and is_number and is_known):
        raise ValueError("a cell exceeds its image, constants or tables")
    if not 0 <= cell[NULL_BYTE] < image_length:
        raise ValueError("the null bit of a cell lies outside of its image")
    return 0
