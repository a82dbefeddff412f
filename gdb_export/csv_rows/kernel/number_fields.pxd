# cython: language_level=3, cdivision=False
"""Writes numbers, dates and times as text; each function returns the bytes written.

The caller ensures that there is room for the documented maximum and that the value is in range:
none of the functions can fail.
"""

from libc.math cimport copysign, fabs, floor
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from *:
    """
    #include <charconv>
    #include <cstdint>

    /* Decimal digits; at most 20 bytes. */
    static inline int digits_of(unsigned char* to, uint64_t value) {
        char* first = (char*)to;
        return (int)(std::to_chars(first, first + 20, value).ptr - first);
    }

    /* d.ddde+xx with the fewest digits that round-trip; at most 24 bytes. */
    template <typename Float>
    static inline int shortest_of(unsigned char* to, Float value) {
        char* first = (char*)to;
        return (int)(std::to_chars(first, first + 32, value, std::chars_format::scientific).ptr
                     - first);
    }

    /* Correctly rounded to `decimals`; at most 311 bytes and the decimals. */
    static inline int fixed_of(unsigned char* to, double value, int decimals) {
        char* first = (char*)to;
        return (int)(std::to_chars(first, first + 448, value, std::chars_format::fixed, decimals).ptr
                     - first);
    }
    """
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


cdef inline void write_pair(unsigned char* to, uint32_t value) noexcept nogil:
    """Two digits of a value below 100."""
    to[0] = <unsigned char>(48 + value // 10)
    to[1] = <unsigned char>(48 + value % 10)


cdef inline int write_integer(unsigned char* to, int64_t value, int decimals) noexcept nogil:
    """An exact numeric with `decimals`; at most MAX_INTEGER."""
    cdef unsigned char digits[20]
    cdef int at = 0, count, whole
    cdef uint64_t magnitude = <uint64_t>value
    if value < 0:
        to[0] = c"-"
        at = 1
        magnitude = 0 - magnitude
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
    """The shortest decimal that round-trips, as Python's repr; at most MAX_SHORTEST."""
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
    """A double correctly rounded to up to MAX_DECIMALS; at most MAX_FIXED.

    `power` is 10 to the `decimals`, or 0 if that is not exact as a double.
    """
    cdef double scaled = fabs(value) * power, whole, rest
    cdef int at = 0
    if value - value != 0:
        return write_special(to, value)
    if power > 0 and scaled < 1e15:
        whole = floor(scaled)
        rest = scaled - whole
        # the error of the product is below 1/8: far from one half the rounding is certain
        if fabs(rest - 0.5) > 0.25:
            if copysign(1, value) < 0:
                to[0] = c"-"
                at = 1
            return at + write_integer(to + at, <int64_t>whole + (1 if rest > 0.5 else 0), decimals)
    return fixed_of(to, value, decimals)


cdef inline int write_date(unsigned char* to, int32_t days) noexcept nogil:
    """YYYY-MM-DD of a day from FIRST_DAY to LAST_DAY, as civil_date in temporal.py."""
    cdef uint32_t since = <uint32_t>(days + DAYS_BEFORE_EPOCH)
    cdef uint32_t day_of_era = since % 146097
    cdef uint32_t year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    cdef uint32_t day = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    cdef uint32_t shifted_month = (5 * day + 2) // 153
    cdef uint32_t month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    cdef uint32_t year = since // 146097 * 400 + year_of_era + (1 if month <= 2 else 0)
    write_pair(to, year // 100)
    write_pair(to + 2, year % 100)
    to[4] = c"-"
    write_pair(to + 5, month)
    to[7] = c"-"
    write_pair(to + 8, day - (153 * shifted_month + 2) // 5 + 1)
    return 10


cdef inline int write_time(unsigned char* to, uint32_t ticks) noexcept nogil:
    """HH:MM:SS of ticks below TICKS_PER_DAY, with four decimals unless they are zero."""
    cdef uint32_t seconds = ticks // 10000, fraction = ticks % 10000
    write_pair(to, seconds // 3600)
    to[2] = c":"
    write_pair(to + 3, seconds // 60 % 60)
    to[5] = c":"
    write_pair(to + 6, seconds % 60)
    if not fraction:
        return 8
    to[8] = c"."
    write_pair(to + 9, fraction // 100)
    write_pair(to + 11, fraction % 100)
    return 13
