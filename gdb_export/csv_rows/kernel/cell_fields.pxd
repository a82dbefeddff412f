# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Fields of a record image as CSV, each as its cell says.

`check_cell` has seen to it that each cell stays within the image, and there is room for what
`max_bytes` says of it: so an address within the image is taken without a further check.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport (
    BLOB, BOOLEAN, CHAR, CHARACTERS, CONSTANT, DATE, DOUBLE, FIXED, FALLBACK, HEX, INTEGER,
    LENGTH, NOTHING, OFFSET, OP, REAL, SCALE, TEXT, TIME, TIMESTAMP, UTF8, VARCHAR,
)
from gdb_export.csv_rows.kernel.number_fields cimport (
    FIRST_DAY, LAST_DAY, LONGEST_FIXED, LONGEST_INTEGER, LONGEST_SHORTEST, MAX_DECIMALS,
    TICKS_PER_DAY, write_date, write_fixed, write_integer, write_literal, write_shortest,
    write_time,
)
from gdb_export.csv_rows.kernel.text_fields cimport (
    longest_field, replacements, utf8_characters, utf8_prefix, write_hex, write_text,
)

cdef enum:
    POWERS = 16

# Tables of 256 characters, the last of them for UTF-8; the characters that had to be replaced,
# by column; powers of 10 that are exact
cdef struct Texts:
    const uint32_t* tables
    Py_ssize_t last_table
    int64_t* replaced
    double[POWERS] powers


cdef inline Py_ssize_t put_field(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column, Texts* texts
) noexcept nogil:
    """Any field that is in the record; FALLBACK if it is not in order or not written here."""
    cdef int op = cell[OP]
    if op == CHAR or op == VARCHAR:
        return put_string(to, record, cell, column, texts)
    if op == INTEGER:
        return put_integer(to, record, cell)
    return 0 if op == NOTHING else put_value(to, record, cell, texts)


cdef inline Py_ssize_t put_string(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column, Texts* texts
) noexcept nogil:
    """A CHAR or VARCHAR; FALLBACK if it is not in order."""
    cdef const unsigned char* text = record + cell[OFFSET]
    cdef Py_ssize_t length = cell[LENGTH], characters, table = cell[TEXT]
    cdef bint is_char = cell[OP] == CHAR
    if not is_char:
        length = text[0] | text[1] << 8
        text += 2
        if length > cell[LENGTH] - 2:
            return FALLBACK
    if table == HEX:
        return write_hex(to, text, length)
    if table == UTF8:
        table = texts.last_table
        characters = utf8_characters(text, length)
        if characters < 0:
            return FALLBACK
        if is_char and characters > cell[CHARACTERS]:
            length = utf8_prefix(text, length, cell[CHARACTERS])
    elif cell[CHARACTERS]:
        texts.replaced[column] += replacements(text, length, texts.tables + 256 * table)
    if is_char:
        while length and text[length - 1] == c" ":
            length -= 1
    return write_text(to, text, length, texts.tables + 256 * table)


cdef inline Py_ssize_t put_content(
    unsigned char* to, const unsigned char* content, Py_ssize_t length, const int32_t* cell,
    int column, Texts* texts,
) noexcept nogil:
    """The content of a blob; FALLBACK if it is not valid UTF-8."""
    cdef Py_ssize_t table = cell[TEXT]
    if table == HEX:
        return write_hex(to, content, length)
    if table == UTF8:
        table = texts.last_table
        if utf8_characters(content, length) < 0:
            return FALLBACK
    elif cell[CHARACTERS]:
        texts.replaced[column] += replacements(content, length, texts.tables + 256 * table)
    return write_text(to, content, length, texts.tables + 256 * table)


cdef inline int put_integer(
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


cdef inline int put_value(
    unsigned char* to, const unsigned char* record, const int32_t* cell, Texts* texts
) noexcept nogil:
    """Another number, a date or time; FALLBACK if it is outside of what is written here."""
    cdef int op = cell[OP], scale = cell[SCALE]
    cdef double number
    cdef float real
    record += cell[OFFSET]
    if op == DOUBLE or op == FIXED:
        memcpy(&number, record, 8)
        if op == DOUBLE:
            return write_shortest(to, number, False)
        return write_fixed(to, number, scale, texts.powers[scale] if scale < POWERS else 0)
    if op == BOOLEAN:
        return write_literal(to, b"true", 4) if record[0] else write_literal(to, b"false", 5)
    if op == REAL:
        memcpy(&real, record, 4)
        return write_shortest(to, real, True)
    return put_moment(to, record, op)


cdef inline int put_moment(
    unsigned char* to, const unsigned char* value, int op
) noexcept nogil:
    """A date, a time or both; FALLBACK if it is no such thing or impossible."""
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
    """The most bytes of a cell's field, with a comma before it; a blob asks for its own room."""
    op = cell[OP]
    if op == CHAR or op == VARCHAR or op == CONSTANT:
        return 1 + longest_field(cell[LENGTH])
    if op == INTEGER:
        return 1 + LONGEST_INTEGER
    return 1 + (LONGEST_FIXED if op == FIXED else LONGEST_SHORTEST)


cdef inline int check_cell(list cell, int image_length, int constants, int tables) except -1:
    """Raise ValueError unless a cell stays within its image, its constants and its tables."""
    widths = {REAL: 4, DOUBLE: 8, FIXED: 8, DATE: 4, TIME: 4, TIMESTAMP: 8, BOOLEAN: 1, BLOB: 8}
    op, offset, length, scale, null_byte, _, text, _, _ = cell
    end = constants if op == CONSTANT else image_length
    is_inside = 0 <= offset <= end and 0 <= length <= end - offset
    is_wide = length == widths.get(op, length) and (op != VARCHAR or length >= 2)
    is_number = op != INTEGER or length in (2, 4, 8)
    is_known = UTF8 <= text < tables and 0 <= scale <= MAX_DECIMALS
    if not (is_inside and is_wide and is_number and is_known and 0 <= null_byte < image_length):
        raise ValueError(f"a cell that does not fit its format: {cell}")
    return 0
