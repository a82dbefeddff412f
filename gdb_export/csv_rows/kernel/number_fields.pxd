# cython: language_level=3, cdivision=False
"""Writes numbers, dates and times as text; each function returns the bytes written.

The caller ensures that there is room for the documented maximum and that the value is in range:
none of the functions can fail.
"""

from libc.math cimport copysign, fabs
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    #include <charconv>
    #include <cstdint>
    #include <cstring>

    enum { SMALL = 100000000, SMALL_DIGITS = 8 };

    static inline void store_word(unsigned char* to, uint64_t word) { memcpy(to, &word, 8); }

    /* The digits of two values below 10,000, one in each byte, the first in the lowest one. Both
       are divided at once: products with 10486 / 2^20 and 103 / 2^10 are exact quotients here. */
    static inline uint64_t digits_of_halves(uint32_t high, uint32_t low) {
        const uint64_t halves = high | (uint64_t)low << 32;
        const uint64_t hundreds = (halves * 10486 >> 20) & 0x0000007F0000007Fu;
        const uint64_t pairs = hundreds | (halves - 100 * hundreds) << 16;
        const uint64_t tens = (pairs * 103 >> 10) & 0x000F000F000F000Fu;
        return tens | (pairs - 10 * tens) << 8;
    }

    const uint64_t ZEROS = 0x3030303030303030u;

    /* YYYY-MM-DD of the digits YYYYMMDD; writes two words. */
    static inline void store_date(unsigned char* to, uint64_t digits) {
        digits |= ZEROS;
        store_word(to, (digits & 0xFFFFFFFF) | (uint64_t)'-' << 32 | (digits >> 32 & 0xFFFF) << 40
                       | (uint64_t)'-' << 56);
        store_word(to + 8, digits >> 48);
    }

    /* HH:MM:SS of the digits 00HHMMSS. */
    static inline void store_time(unsigned char* to, uint64_t digits) {
        digits |= ZEROS;
        store_word(to, (digits >> 16 & 0xFFFF) | (uint64_t)':' << 16 | (digits >> 32 & 0xFFFF) << 24
                       | (uint64_t)':' << 40 | digits >> 48 << 48);
    }

    /* The four digits of a value below 10,000; writes a word. */
    static inline void store_four(unsigned char* to, uint32_t value) {
        store_word(to, digits_of_halves(value, 0) | ZEROS);
    }

    /* A value below SMALL with fewer decimals than SMALL_DIGITS; without a branch on its digits.
       Writes up to two words. */
    static inline int small_number(unsigned char* to, uint32_t value, int decimals) {
        uint64_t digits = digits_of_halves(value / 10000, value % 10000);
        const int zeros = __builtin_ctzll(digits | (uint64_t)1 << 8 * (7 - decimals)) >> 3;
        const int whole = SMALL_DIGITS - decimals - zeros;
        digits |= ZEROS;
        store_word(to, digits >> 8 * zeros);
        if (!decimals) return whole;
        to[whole] = '.';
        store_word(to + whole + 1, digits >> 8 * (SMALL_DIGITS - decimals));
        return whole + 1 + decimals;
    }

    /* small_number for a value of at least SMALL and below SMALL * SMALL. */
    static inline int medium_number(unsigned char* to, uint64_t value, int decimals) {
        const uint32_t low = (uint32_t)(value % SMALL);
        const uint64_t digits = digits_of_halves(low / 10000, low % 10000) | ZEROS;
        const int whole = small_number(to, (uint32_t)(value / SMALL), 0) + SMALL_DIGITS - decimals;
        store_word(to + whole - SMALL_DIGITS + decimals, digits);
        if (!decimals) return whole;
        to[whole] = '.';
        store_word(to + whole + 1, digits >> 8 * (SMALL_DIGITS - decimals));
        return whole + 1 + decimals;
    }

    /* Writes an integer in decimal digits: at most 20 bytes. */
    static inline int digits_of(unsigned char* to, uint64_t value) {
        char* first = (char*)to;
        return (int)(std::to_chars(first, first + 20, value).ptr - first);
    }

    /* Writes a number as d.ddde+xx with the fewest digits that round-trip: at most 24 bytes. */
    template <typename Float>
    static inline int shortest_of(unsigned char* to, Float value) {
        char* first = (char*)to;
        return (int)(std::to_chars(first, first + 32, value, std::chars_format::scientific).ptr
                     - first);
    }

    /* Writes a number correctly rounded to `decimals`: at most 311 bytes and the decimals. */
    static inline int fixed_of(unsigned char* to, double value, int decimals) {
        char* first = (char*)to;
        return (int)(std::to_chars(first, first + 448, value, std::chars_format::fixed, decimals).ptr
                     - first);
    }
    """
    enum:
        SMALL, SMALL_DIGITS
    void store_date(unsigned char* to, uint64_t digits) noexcept nogil
    void store_time(unsigned char* to, uint64_t digits) noexcept nogil
    void store_four(unsigned char* to, uint32_t value) noexcept nogil
    int medium_number(unsigned char* to, uint64_t value, int decimals) noexcept nogil
    uint64_t digits_of_halves(uint32_t high, uint32_t low) noexcept nogil
    int small_number(unsigned char* to, uint32_t value, int decimals) noexcept nogil
    int digits_of(unsigned char* to, uint64_t value) noexcept nogil
    int shortest_of_real "shortest_of" (unsigned char* to, float value) noexcept nogil
    int shortest_of_double "shortest_of" (unsigned char* to, double value) noexcept nogil
    int fixed_of(unsigned char* to, double value, int decimals) noexcept nogil

cdef enum:
    MAX_DECIMALS = 128  # the scale of a descriptor is a signed byte
    MAX_INTEGER = 24 + MAX_DECIMALS
    MAX_SHORTEST = 40
    MAX_FIXED = 448
    FIRST_DAY = -678575  # 0001-01-01
    LAST_DAY = 2973483  # 9999-12-31
    DAYS_BEFORE_EPOCH = 678881
    TICKS_PER_DAY = 864000000


cdef inline int write_literal(unsigned char* to, const char* text, int length) noexcept nogil:
    memcpy(to, text, length)
    return length


cdef inline int write_integer(unsigned char* to, int64_t value, int decimals) noexcept nogil:
    """Write an exact numeric with `decimals`: at most MAX_INTEGER bytes."""
    cdef unsigned char digits[20]
    cdef int at = value < 0, count, whole
    cdef uint64_t magnitude = 0 - <uint64_t>value if at else <uint64_t>value
    to[0] = c"-"
    if magnitude < SMALL and decimals < SMALL_DIGITS:
        return at + small_number(to + at, <uint32_t>magnitude, decimals)
    if magnitude < <uint64_t>SMALL * SMALL and decimals < SMALL_DIGITS:
        return at + medium_number(to + at, magnitude, decimals)
    if decimals == 0:
        return at + digits_of(to + at, magnitude)
    count = digits_of(digits, magnitude)
    whole = count - decimals
    if whole > 0:
        memcpy(to + at, digits, whole)
        to[at + whole] = c"."
        memcpy(to + at + whole + 1, digits + whole, decimals)
        return at + count + 1
    at += write_literal(to + at, b"0.", 2)
    memset(to + at, c"0", -whole)
    memcpy(to + at - whole, digits, count)
    return at + decimals


cdef inline int write_special(unsigned char* to, double value) noexcept nogil:
    if value != value:
        return write_literal(to, b"NaN", 3)
    return write_literal(to, b"Infinity", 8) if value > 0 else write_literal(to, b"-Infinity", 9)


cdef inline int write_shortest(unsigned char* to, double value, bint is_real) noexcept nogil:
    """Write the shortest decimal that round-trips, as Python's repr: at most MAX_SHORTEST bytes."""
    cdef unsigned char text[32]
    cdef int length, start = 0, mark, exponent = 0, i
    if value - value != 0:
        return write_special(to, value)
    length = shortest_of_real(text, <float>value) if is_real else shortest_of_double(text, value)
    if text[0] == c"-":
        to[0] = c"-"
        start = 1
    mark = start + 1
    while text[mark] != c"e":
        mark += 1
    for i in range(mark + 2, length):
        exponent = exponent * 10 + text[i] - 48
    if text[mark + 1] == c"-":
        exponent = -exponent
    if mark > start + 1:  # overwrite the point with the first digit
        text[start + 1] = text[start]
        return start + write_digits(to + start, text + start + 1, mark - start - 1, exponent)
    return start + write_digits(to + start, text + start, 1, exponent)


cdef inline int write_digits(
    unsigned char* to, const unsigned char* digits, int count, int exponent
) noexcept nogil:
    """Up to 17 `digits` with the point after the first, times 10 to the `exponent`."""
    cdef int at = count, whole = exponent + 1
    if 0 <= exponent < 16:
        if count <= whole:
            memcpy(to, digits, count)
            memset(to + count, c"0", whole - count)
            return whole + write_literal(to + whole, b".0", 2)
        memcpy(to, digits, whole)
        to[whole] = c"."
        memcpy(to + whole + 1, digits + whole, count - whole)
        return count + 1
    if -4 <= exponent < 0:
        at = write_literal(to, b"0.0000", 1 - exponent)
        memcpy(to + at, digits, count)
        return at + count
    to[0] = digits[0]
    if count > 1:
        to[1] = c"."
        memcpy(to + 2, digits + 1, count - 1)
        at += 1
    to[at] = c"e"
    to[at + 1] = c"-" if exponent < 0 else c"+"
    exponent = -exponent if exponent < 0 else exponent
    at += 2
    if exponent < 10:
        to[at] = c"0"
        at += 1
    return at + digits_of(to + at, exponent)


cdef inline int write_fixed(
    unsigned char* to, double value, int decimals, double power
) noexcept nogil:
    """Write a double, correctly rounded to up to MAX_DECIMALS decimals: at most MAX_FIXED bytes.

    `power` is 10 to the `decimals`, or 0 if that is not exact as a double.
    """
    cdef double scaled = fabs(value) * power, rest
    cdef int64_t whole
    cdef int at = copysign(1, value) < 0
    if value - value != 0:
        return write_special(to, value)
    if power > 0 and scaled < 1e15:
        whole = <int64_t>scaled
        rest = scaled - <double>whole
        # the error of the product is below 1/8: far from one half the rounding is certain
        if fabs(rest - 0.5) > 0.25:
            to[0] = c"-"
            return at + write_integer(to + at, whole + (rest > 0.5), decimals)
    return fixed_of(to, value, decimals)


cdef inline int write_date(unsigned char* to, int32_t days) noexcept nogil:
    """YYYY-MM-DD of a day from FIRST_DAY to LAST_DAY, as civil_date in temporal.py.

    Writes 16 bytes. The calendar by multiplications: Neri and Schneider, "Euclidean affine
    functions and their application to calendar algorithms", 2022. Their years begin in March.
    """
    cdef uint32_t quarters = 4 * <uint32_t>(days + DAYS_BEFORE_EPOCH) + 3
    cdef uint64_t product = <uint64_t>2939745 * (quarters % 146097 | 3)
    cdef uint32_t day_of_year = <uint32_t>product // 2939745 // 4
    cdef uint32_t shifted = 2141 * day_of_year + 197913
    cdef bint is_next_year = day_of_year >= 306
    cdef uint32_t year = 100 * (quarters // 146097) + <uint32_t>(product >> 32) + is_next_year
    cdef uint32_t month = (shifted >> 16) - 12 * is_next_year
    cdef uint32_t day = (shifted & 0xFFFF) // 2141 + 1
    store_date(to, digits_of_halves(year, 100 * month + day))
    return 10


cdef inline int write_time(unsigned char* to, uint32_t ticks) noexcept nogil:
    """HH:MM:SS of ticks below TICKS_PER_DAY, with four decimals unless they are zero.

    Writes 17 bytes."""
    cdef uint32_t seconds = ticks // 10000, fraction = ticks % 10000
    cdef uint32_t minutes = seconds // 60
    store_time(to, digits_of_halves(minutes // 60, 100 * (minutes % 60) + seconds % 60))
    if not fraction:
        return 8
    to[8] = c"."
    store_four(to + 9, fraction)
    return 13
