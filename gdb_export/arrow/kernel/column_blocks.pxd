# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False
"""Writes the fields of a block of record images, column by column.

All images of a block have one format, and lie one after another. For each column the kernel then
decides only once what to do, and its loop over the rows is short. A function returns FALLBACK if a
value is not certain: then the kernel discards the block, and writes its rows field by field.

`check_cell` has ensured that each cell lies within its image, and the caller that MAX_IMAGE bytes
follow the images and that there is room for the block's values.
"""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gdb_export.arrow.kernel.column_fields cimport write_text_of_image
from gdb_export.arrow.kernel.column_targets cimport (
    BITS, DECIMAL_WIDTH, FIXED, VARIABLE, Target,
)
from gdb_export.arrow.kernel.fixed_columns cimport (
    copy_2, copy_4, copy_8, copy_moments, extend_2, extend_4, extend_8,
)
from gdb_export.csv_rows.kernel._compiled cimport (
    BOOLEAN, CHAR, CHARACTERS, DATE, DECODING, DONE, DOUBLE, EMPTY, FALLBACK,
    FIXED as FIXED_DECIMALS, HEX, INTEGER, LENGTH, NULL_BIT, NULL_BYTE, OFFSET, OP, REAL, TIME,
    TIMESTAMP, UTF8, VARCHAR, WRITE_OTHERS, WRITER,
)
from gdb_export.csv_rows.kernel.cell_fields cimport FieldContext, copy_short_texts, string_field
from gdb_export.csv_rows.kernel.text_fields cimport max_field_bytes
from gdb_export.csv_rows.kernel.text_vectors cimport (
    copy_ascii_with_slack, copy_with_slack, trimmed_with_slack,
)
from gdb_export.firebird.pages.byte_views cimport writable_at

cdef extern from *:
    """
    #include <cstdint>
    #include <cstring>
    #ifdef __SSE2__
    #include <emmintrin.h>
    #endif

    enum { BLOCK_ROWS = 32 };

    /* A bit for each of BLOCK_ROWS bytes that contains the flag. */
    static inline uint32_t rows_with_flag(const unsigned char* bytes, unsigned char flag) {
    #ifdef __SSE2__
        const __m128i flags = _mm_set1_epi8((char)flag), zero = _mm_setzero_si128();
        const __m128i low = _mm_and_si128(_mm_loadu_si128((const __m128i*)bytes), flags);
        const __m128i high = _mm_and_si128(_mm_loadu_si128((const __m128i*)(bytes + 16)), flags);
        const uint32_t clear = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(low, zero))
            | (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(high, zero)) << 16;
        return ~clear;
    #else
        uint32_t found = 0;
        for (int i = 0; i < BLOCK_ROWS; i++) found |= (uint32_t)((bytes[i] & flag) != 0) << i;
        return found;
    #endif
    }

    /* The number of set bits. The compiler's builtin would be a function call, because not every
       processor has the instruction. */
    static inline int bits_of(uint32_t word) {
        word -= word >> 1 & 0x55555555u;
        word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
        return (int)(((word + (word >> 4)) & 0x0F0F0F0Fu) * 0x01010101u >> 24);
    }
    """
    enum:
        BLOCK_ROWS
    uint32_t rows_with_flag(const unsigned char* bytes, unsigned char flag) noexcept nogil
    int bits_of(uint32_t word) noexcept nogil

cdef enum:
    # The bytes of images in a block: it stays in the processor's cache
    BLOCK_BYTES = 32768
    # A format with larger images is written row by row
    MIN_BLOCK_ROWS = 4

# `rows` images of `stride` bytes. `flags` holds the byte at `flags_at` of each image: a byte with
# the NULL flags of eight columns
cdef struct Block:
    const unsigned char* images
    Py_ssize_t stride, flags_at
    int rows
    unsigned char[BLOCK_ROWS] flags


cdef inline bint fits_blocks(Target* target, const int32_t* cell) noexcept nogil:
    """Whether `put_column` supports the cell."""
    cdef int op = cell[OP], length = cell[LENGTH]
    if op == EMPTY:
        return target.storage in (BITS, FIXED, VARIABLE)
    if op == CHAR or op == VARCHAR:
        return target.storage == VARIABLE
    if op == BOOLEAN:
        return target.storage == BITS
    if target.storage != FIXED:
        return False
    if op == INTEGER:
        return length == target.width or target.width == DECIMAL_WIDTH
    if op in (REAL, DOUBLE, FIXED_DECIMALS):
        return length == target.width
    if op in (TIME, TIMESTAMP):
        return target.width == 8
    return op == DATE and target.width == 4


cdef inline uint32_t null_rows(Block* block, const int32_t* cell) noexcept nogil:
    """A bit for each row of the block whose field is NULL."""
    cdef int i
    cdef const unsigned char* byte = block.images + cell[NULL_BYTE]
    cdef uint32_t all_rows = 0xFFFFFFFFu >> (BLOCK_ROWS - block.rows)
    if cell[OP] == EMPTY:
        return all_rows
    if block.flags_at != cell[NULL_BYTE]:
        block.flags_at = cell[NULL_BYTE]
        for i in range(block.rows):
            block.flags[i] = byte[i * block.stride]
    return rows_with_flag(block.flags, <unsigned char>cell[NULL_BIT]) & all_rows


cdef inline int set_validity(Target* target, Py_ssize_t row, uint32_t nulls) except -1 nogil:
    """Clear the bits of these rows, counted from `row`."""
    cdef uint64_t word
    cdef unsigned char* at = writable_at(target.validity, row >> 3, 8)
    memcpy(&word, at, 8)
    word &= ~(<uint64_t>nulls << (row & 7))
    memcpy(at, &word, 8)
    target.nulls += bits_of(nulls)
    return 0


cdef inline int discard_column(
    Target* target, Block* block, const int32_t* cell, Py_ssize_t row
) except -1 nogil:
    """Undo what `put_column` has done to bits."""
    cdef uint32_t nulls = null_rows(block, cell)
    cdef uint64_t word
    cdef unsigned char* at = writable_at(target.validity, row >> 3, 8)
    memcpy(&word, at, 8)
    word |= <uint64_t>nulls << (row & 7)
    memcpy(at, &word, 8)
    target.nulls -= bits_of(nulls)
    if target.storage == BITS:
        at = writable_at(target.values, row >> 3, 8)
        memcpy(&word, at, 8)
        word &= ~(<uint64_t>(0xFFFFFFFFu >> (BLOCK_ROWS - block.rows)) << (row & 7))
        memcpy(at, &word, 8)
    return 0


cdef inline Py_ssize_t put_column(
    Target* target, Py_ssize_t row, Block* block, const int32_t* cell, int column,
    FieldContext* context,
) except -1 nogil:
    """Write a column of the block to the rows from `row` on; DONE or FALLBACK."""
    cdef uint32_t nulls = null_rows(block, cell)
    cdef const unsigned char* first = block.images + cell[OFFSET]
    cdef unsigned char* to
    if nulls:
        set_validity(target, row, nulls)
    if target.storage == VARIABLE:
        return put_texts(target, row, block, nulls, cell, column, context)
    if target.storage == BITS:
        return put_booleans(target, row, block, nulls, first)
    to = writable_at(target.values, row * target.width, block.rows * target.width)
    if cell[OP] == DATE:
        return copy_moments(to, first, block.stride, block.rows, nulls, True, False)
    if cell[OP] == TIME:
        return copy_moments(to, first, block.stride, block.rows, nulls, False, True)
    if cell[OP] == TIMESTAMP:
        return copy_moments(to, first, block.stride, block.rows, nulls, True, True)
    if target.width == 2:
        copy_2(to, first, block.stride, block.rows, nulls)
    elif target.width == 4:
        copy_4(to, first, block.stride, block.rows, nulls)
    elif target.width == 8:
        copy_8(to, first, block.stride, block.rows, nulls)
    elif cell[LENGTH] == 2:
        extend_2(to, first, block.stride, block.rows, nulls)
    elif cell[LENGTH] == 4:
        extend_4(to, first, block.stride, block.rows, nulls)
    else:
        extend_8(to, first, block.stride, block.rows, nulls)
    return DONE


cdef inline Py_ssize_t put_booleans(
    Target* target, Py_ssize_t row, Block* block, uint32_t nulls, const unsigned char* first
) except -1 nogil:
    cdef int i
    cdef uint64_t word, values = 0
    cdef unsigned char* at = writable_at(target.values, row >> 3, 8)
    for i in range(block.rows):
        values |= <uint64_t>(first[i * block.stride] != 0) << i
    memcpy(&word, at, 8)
    word |= (values & ~<uint64_t>nulls) << (row & 7)
    memcpy(at, &word, 8)
    return DONE


cdef inline Py_ssize_t put_texts(
    Target* target, Py_ssize_t row, Block* block, uint32_t nulls, const int32_t* cell, int column,
    FieldContext* context,
) except -1 nogil:
    """Write texts or binary data; FALLBACK if one of them is not valid."""
    cdef unsigned char* ends = writable_at(target.values, 4 * row, 4 * (block.rows + 1))
    cdef unsigned char* to = NULL
    cdef const unsigned char* record
    cdef Py_ssize_t width
    cdef int32_t end
    cdef int i = 0
    memcpy(&end, ends, 4)
    if cell[OP] != EMPTY:
        to = writable_at(target.data, end, block.rows * max_field_bytes(cell[LENGTH])) - end
    while True:
        i = copy_short_texts(
            to, ends, block.images + cell[OFFSET], block.stride, i, block.rows, nulls, cell
        )
        if i == block.rows:
            return DONE
        memcpy(&end, ends + 4 * i, 4)
        record = block.images + i * block.stride
        width = put_unusual_text(to + end, record, cell, column, context)
        if width < 0:
            return FALLBACK
        i += 1
        end += <int32_t>width
        memcpy(ends + 4 * i, &end, 4)


cdef inline Py_ssize_t put_unusual_text(
    unsigned char* to, const unsigned char* record, const int32_t* cell, int column,
    FieldContext* context,
) noexcept nogil:
    """Write a long text, one with other characters than ASCII, or binary data."""
    cdef Py_ssize_t length = 0, table = 0, width, max_width = cell[LENGTH]
    cdef const unsigned char* text = record + cell[OFFSET]
    cdef bint is_char = cell[OP] == CHAR, is_hex = cell[DECODING] == HEX
    if cell[WRITER] == WRITE_OTHERS:
        if is_char and cell[DECODING] == UTF8:
            max_width = cell[CHARACTERS]
        width = text_length(text, cell, is_char, is_hex)
        if width < 0:
            return FALLBACK
        if not is_char:
            text += 2
        if is_hex:
            copy_with_slack(to, text, width)
            return width
        if width <= max_width and copy_ascii_with_slack(to, text, width):
            return width
    text = string_field(record, cell, column, context, &length, &table)
    if text == NULL:
        return FALLBACK
    return write_text_of_image(to, text, length, table, cell, column, context)


cdef inline Py_ssize_t text_length(
    const unsigned char* text, const int32_t* cell, bint is_char, bint is_hex
) noexcept nogil:
    """The bytes of a VARCHAR, of a CHAR without its padding, or of binary data; FALLBACK if a
    VARCHAR exceeds its field."""
    cdef Py_ssize_t length
    if is_char:
        return cell[LENGTH] if is_hex else trimmed_with_slack(text, cell[LENGTH])
    length = text[0] | text[1] << 8
    return length if length <= cell[LENGTH] - 2 else FALLBACK
