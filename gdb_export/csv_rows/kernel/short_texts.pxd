# cython: language_level=3
"""Texts of up to 64 bytes, copied in whole vectors without a branch on their length.

Most text columns are that short, and a mispredicted branch takes longer than such a copy. So no
branch depends on the length, and NULL has length 0. UNUSUAL is returned for texts that are left to
text_fields.pxd: texts with a byte that is not ASCII and, for CSV, empty texts and texts with a byte
below '-'. These bytes include all that need quotes (line ends, '"' and ','), and one comparison
finds them.

Whole vectors are read and written: the caller ensures that as many bytes as the number in a
function's name says can be read from the text on and written to its copy.
"""

from libc.stdint cimport uint32_t, uint64_t

cdef extern from *:
    """
    #include <cstddef>
    #include <cstdint>
    #include <cstring>
    #ifdef __SSE2__
    #include <emmintrin.h>
    #endif

    enum { SHORT_TEXT = 64, UNUSUAL = -5 };

    /* Copies 16 bytes. Sets a bit in `spaces` for each space, and a bit in `special` for each byte
       that is not ASCII or, for CSV, is below '-'. The first byte has bit `shift`. */
    template <bool IS_CSV>
    static inline void copy_sixteen(
        unsigned char* to, const unsigned char* text, int shift, uint64_t* spaces, uint64_t* special
    ) {
    #ifdef __SSE2__
        const __m128i vector = _mm_loadu_si128((const __m128i*)text);
        const __m128i first = _mm_set1_epi8(IS_CSV ? '-' : 0);
        _mm_storeu_si128((__m128i*)to, vector);
        *spaces |= (uint64_t)(unsigned)_mm_movemask_epi8(
            _mm_cmpeq_epi8(vector, _mm_set1_epi8(' '))) << shift;
        *special |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(vector, first)) << shift;
    #else
        for (int i = 0; i < 16; i++) {
            *spaces |= (uint64_t)(text[i] == ' ') << (shift + i);
            *special |= (uint64_t)((signed char)text[i] < (IS_CSV ? '-' : 0)) << (shift + i);
        }
        memcpy(to, text, 16);
    #endif
    }

    /* A mask of the lowest `count` bits, for a count of 1 to 64; all bits for 0. */
    static inline uint64_t lowest_bits(int count) { return ~(uint64_t)0 >> ((64 - count) & 63); }

    /* Writes a CHAR of `length` bytes without its padding, at most its first `kept` bytes.
       `present` has all bits set, or none for NULL. Returns the number of bytes, or UNUSUAL. */
    template <int VECTORS, bool IS_CSV>
    static inline ptrdiff_t copy_char(
        unsigned char* to, const unsigned char* text, int length, int kept, uint64_t present
    ) {
        uint64_t spaces = 0, special = 0;
        for (int i = 0; i < VECTORS; i++)
            copy_sixteen<IS_CSV>(to + 16 * i, text + 16 * i, 16 * i, &spaces, &special);
        const uint64_t shown = ~spaces & lowest_bits(kept) & present;
        special &= ~spaces & lowest_bits(length);
        const bool is_unusual = special || (IS_CSV && !shown);
        if (__builtin_expect(present && is_unusual, 0)) return UNUSUAL;
        return (64 - __builtin_clzll(shown | 1)) & -(ptrdiff_t)(shown != 0);
    }

    /* Writes a VARCHAR of up to `capacity` bytes; `field` is its length in two bytes, then the
       text. Returns as copy_char does. */
    template <int VECTORS, bool IS_CSV>
    static inline ptrdiff_t copy_varchar(
        unsigned char* to, const unsigned char* field, int capacity, uint64_t present
    ) {
        const unsigned char* text = field + 2;
        const int length = (field[0] | field[1] << 8) & (int)present;
        uint64_t spaces = 0, special = 0;
        for (int i = 0; i < VECTORS; i++)
            copy_sixteen<IS_CSV>(to + 16 * i, text + 16 * i, 16 * i, &spaces, &special);
        special &= ~spaces & lowest_bits(length) & -(uint64_t)(length != 0);
        const bool is_unusual = special || length > capacity || (IS_CSV && !length);
        if (__builtin_expect(present && is_unusual, 0)) return UNUSUAL;
        return length;
    }

    /* Copies values of a CHAR column, with its lengths, into an Arrow buffer. */
    template <int VECTORS>
    struct CharValue {
        int length, kept;
        ptrdiff_t copy(unsigned char* to, const unsigned char* field, uint64_t present) const {
            return copy_char<VECTORS, false>(to, field, length, kept, present);
        }
    };

    template <int VECTORS>
    struct VarcharValue {
        int capacity;
        ptrdiff_t copy(unsigned char* to, const unsigned char* field, uint64_t present) const {
            return copy_varchar<VECTORS, false>(to, field, capacity, present);
        }
    };

    /* Copies the values of a column one after another, from row `row` on; NULL, a set bit in
       `nulls`, has no bytes. ends[row] is the end of the values before a row, in bytes; the ends of
       the copied values are added. Returns the first UNUSUAL row, or `rows`. */
    template <typename Value>
    static inline int copy_column_of_texts(
        Value value, unsigned char* to, unsigned char* ends, const unsigned char* field,
        ptrdiff_t stride, int row, int rows, uint32_t nulls
    ) {
        int32_t end;
        memcpy(&end, ends + 4 * row, 4);
        for (field += row * stride; row < rows; row++, field += stride) {
            const uint64_t present = (uint64_t)(nulls >> row & 1) - 1;
            const ptrdiff_t width = value.copy(to + end, field, present);
            if (__builtin_expect(width == UNUSUAL, 0)) break;
            end += (int32_t)width;
            memcpy(ends + 4 * (row + 1), &end, 4);
        }
        return row;
    }

    template <int VECTORS>
    static inline int copy_char_column(
        unsigned char* to, unsigned char* ends, const unsigned char* field, ptrdiff_t stride,
        int row, int rows, uint32_t nulls, int length, int kept
    ) {
        const CharValue<VECTORS> value = {length, kept};
        return copy_column_of_texts(value, to, ends, field, stride, row, rows, nulls);
    }

    template <int VECTORS>
    static inline int copy_varchar_column(
        unsigned char* to, unsigned char* ends, const unsigned char* field, ptrdiff_t stride,
        int row, int rows, uint32_t nulls, int capacity
    ) {
        const VarcharValue<VECTORS> value = {capacity};
        return copy_column_of_texts(value, to, ends, field, stride, row, rows, nulls);
    }
    """
    enum:
        SHORT_TEXT, UNUSUAL
    Py_ssize_t char_field_16 "copy_char<1, true>" (
        unsigned char* to, const unsigned char* text, int length, int kept, uint64_t present
    ) noexcept nogil
    Py_ssize_t char_field_32 "copy_char<2, true>" (
        unsigned char* to, const unsigned char* text, int length, int kept, uint64_t present
    ) noexcept nogil
    Py_ssize_t char_field_64 "copy_char<4, true>" (
        unsigned char* to, const unsigned char* text, int length, int kept, uint64_t present
    ) noexcept nogil
    Py_ssize_t varchar_field_16 "copy_varchar<1, true>" (
        unsigned char* to, const unsigned char* field, int capacity, uint64_t present
    ) noexcept nogil
    Py_ssize_t varchar_field_32 "copy_varchar<2, true>" (
        unsigned char* to, const unsigned char* field, int capacity, uint64_t present
    ) noexcept nogil
    Py_ssize_t varchar_field_64 "copy_varchar<4, true>" (
        unsigned char* to, const unsigned char* field, int capacity, uint64_t present
    ) noexcept nogil
    int char_column_16 "copy_char_column<1>" (
        unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride,
        int row, int rows, uint32_t nulls, int length, int kept
    ) noexcept nogil
    int char_column_32 "copy_char_column<2>" (
        unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride,
        int row, int rows, uint32_t nulls, int length, int kept
    ) noexcept nogil
    int char_column_64 "copy_char_column<4>" (
        unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride,
        int row, int rows, uint32_t nulls, int length, int kept
    ) noexcept nogil
    int varchar_column_16 "copy_varchar_column<1>" (
        unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride,
        int row, int rows, uint32_t nulls, int capacity
    ) noexcept nogil
    int varchar_column_32 "copy_varchar_column<2>" (
        unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride,
        int row, int rows, uint32_t nulls, int capacity
    ) noexcept nogil
    int varchar_column_64 "copy_varchar_column<4>" (
        unsigned char* to, unsigned char* ends, const unsigned char* field, Py_ssize_t stride,
        int row, int rows, uint32_t nulls, int capacity
    ) noexcept nogil
