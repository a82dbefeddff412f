# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The fast twin: ordinary rows of data pages to CSV bytes in one pass, without the GIL.

Strategy: `_advance` writes row after row into one output buffer. Whatever is not ordinary (a page
of another table, a version that is not committed, a fragment, a format or value that is not
handled here) stops it with a Status; `_help` lets Python do just that page, row or field, and it
goes on behind it. So each rare feature is written once, in plain.py, and what is damaged is found
and named there: here it is only seen that something is not in order.

Rules, since every byte comes from a file that may be hostile:
- typed memoryviews with bounds checks everywhere; addresses are taken only in `copy`, `bits` and
  the primitives that write numbers and look through text, each behind a comparison of its range;
- a length or offset from the file is compared before it is used, as `n > limit - position`;
- no function that can fail is `noexcept`; nothing is allocated without the GIL;
- the domain of a value is checked before it is formatted (days, ticks, lengths);
- there is room for the longest possible row before a row begins, and a blob asks for its own;
- of visibility nothing is decided here but that a committed version without a doubt is seen.
"""

from array import array

from libc.math cimport fabs, floor
from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove, memset

from job.firebird.errors import Damage

cdef extern from *:
    """
    #include <charconv>
    #include <cstring>
    #include <cstdint>

    /* Bytes at the start that are ASCII and need no quotes: not , " CR LF. */
    static inline size_t plain_prefix(const unsigned char* text, size_t length) {
        static const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
        size_t at = 0;
        for (; length - at >= 8; at += 8) {
            uint64_t word;
            memcpy(&word, text + at, 8);
            uint64_t quote = word ^ ones * '"', comma = word ^ ones * ',';
            uint64_t cr = word ^ ones * '\\r', lf = word ^ ones * '\\n';
            uint64_t found = (quote - ones) & ~quote;
            found |= (comma - ones) & ~comma;
            found |= (cr - ones) & ~cr;
            found |= (lf - ones) & ~lf;
            if ((found | word) & highs) break;
        }
        for (; at < length; at++) {
            unsigned char byte = text[at];
            if (byte >= 0x80 || byte == '"' || byte == ',' || byte == '\\r' || byte == '\\n') break;
        }
        return at;
    }

    static inline long to_text(char* first, char* last, uint64_t value) {
        auto end = std::to_chars(first, last, value);
        return end.ec == std::errc() ? end.ptr - first : -1;
    }

    template <typename Float>
    static inline long to_scientific(char* first, char* last, Float value) {
        auto end = std::to_chars(first, last, value, std::chars_format::scientific);
        return end.ec == std::errc() ? end.ptr - first : -1;
    }

    static inline long to_fixed(char* first, char* last, double value, int decimals) {
        auto end = std::to_chars(first, last, value, std::chars_format::fixed, decimals);
        return end.ec == std::errc() ? end.ptr - first : -1;
    }
    """
    size_t plain_prefix(const unsigned char* text, size_t length) nogil
    long to_text(char* first, char* last, uint64_t value) nogil
    long to_scientific(char* first, char* last, float value) nogil
    long to_scientific_double "to_scientific" (char* first, char* last, double value) nogil
    long to_fixed(char* first, char* last, double value, int decimals) nogil


# What a cell does, as fast.py compiles it from a column and its descriptor in a format
cpdef enum Op:
    PYTHON = 0  # by the plain twin's cell
    NOTHING = 1
    INTEGER = 2
    REAL = 3
    DOUBLE = 4
    FIXED = 5
    DATE = 6
    TIME = 7
    TIMESTAMP = 8
    BOOLEAN = 9
    CHAR = 10
    VARCHAR = 11
    BLOB = 12
    CONSTANT = 13  # `LENGTH` bytes at `OFFSET` of the constants

# How the bytes of a text or blob become characters: a table's number from 0 on, or one of these
cpdef enum Text:
    HEX = -1
    UTF8 = -2

# Fields of a compiled cell
cdef enum:
    OP, OFFSET, LENGTH, SCALE, NULL_BYTE, NULL_BIT, TEXT, CHARACTERS, CELL_FIELDS

# Why `_advance` stopped
cdef enum Status:
    DONE, FULL, GROW, IN_PYTHON_PAGE, IN_PYTHON_SLOT, IN_PYTHON_CELL, UNKNOWN_FORMAT, UNKNOWN_STATE

cdef enum:
    # structures of ods.py
    DATA_PAGE_TYPE = 5
    SLOTS_AT = 24
    HEADER_SIZE = 13
    LONGEST_HEADER = 22
    BLOB_HEADER_SIZE = 28
    DELETED = 1
    INCOMPLETE = 8
    BLOB_FLAG = 16
    STREAM = 32
    DAMAGED = 128
    LONG_TRANSACTION = 1024
    NOT_PACKED = 2048
    SECONDARY = 2 | 4 | 16
    COMMITTED = 3
    # of a packed character: its bytes from the lowest on, their count in bits 24 to 26
    IS_REPLACEMENT = 1 << 31
    # states of formats that were looked up
    UNKNOWN = -1
    FOR_PYTHON = -2  # of cells too: the plain twin must write it
    NEEDS_ROOM = -3

cdef enum:
    FIRST_DAY = -678575  # 0001-01-01
    LAST_DAY = 2973483  # 9999-12-31
    DAYS_BEFORE_EPOCH = 678881
    TICKS_PER_DAY = 864000000
    LONGEST_FIXED = 480  # a double with up to 128 decimals

cdef double[16] POWERS
POWERS[:] = [10.0**n for n in range(16)]

PIECE_BYTES = 1 << 18
MAX_IMAGE = 2 * 65536
CELL_WIDTH = CELL_FIELDS

cdef Py_ssize_t PIECE = PIECE_BYTES


# ---------------------------------------------------------------- checked access
cdef inline int copy(
    unsigned char[::1] target, Py_ssize_t to, const unsigned char[::1] source, Py_ssize_t at,
    Py_ssize_t count,
) except -1 nogil:
    if count <= 0:
        return 0
    if to < 0 or at < 0 or count > target.shape[0] - to or count > source.shape[0] - at:
        raise IndexError("copy beyond a buffer")
    memcpy(&target[to], &source[at], count)
    return 0


cdef inline uint64_t bits(
    const unsigned char[::1] source, Py_ssize_t at, Py_ssize_t count
) except? 0xA5A5A5A5A5A5A5A5 nogil:
    """A little-endian number of `count` bytes, at most 8."""
    cdef uint64_t value = 0
    if at < 0 or count < 0 or count > 8 or count > source.shape[0] - at:
        raise IndexError("number beyond a buffer")
    memcpy(&value, &source[at], count)
    return value


cdef inline Py_ssize_t plain(
    const unsigned char[::1] source, Py_ssize_t at, Py_ssize_t count
) except -1 nogil:
    """How many of the bytes at `at` need neither translation nor quotes."""
    if count <= 0:
        return 0
    if at < 0 or count > source.shape[0] - at:
        raise IndexError("text beyond a buffer")
    return plain_prefix(&source[at], count)


# ---------------------------------------------------------------- numbers and dates
cdef inline Py_ssize_t put_literal(
    unsigned char[::1] out, Py_ssize_t at, const char* text
) except -1 nogil:
    cdef Py_ssize_t i = 0
    while text[i]:
        out[at + i] = <unsigned char>text[i]
        i += 1
    return at + i


cdef inline Py_ssize_t put_digits(
    unsigned char[::1] out, Py_ssize_t at, unsigned int value, int width
) except -1 nogil:
    """Exactly `width` decimal digits."""
    cdef int i
    for i in range(width - 1, -1, -1):
        out[at + i] = 48 + value % 10
        value = value // 10
    return at + width


cdef inline Py_ssize_t put_integer(
    unsigned char[::1] out, Py_ssize_t at, int64_t value, int decimals
) except -1 nogil:
    """An exact numeric with that many decimals."""
    cdef char digits[24]
    cdef uint64_t magnitude = <uint64_t>value
    cdef long count, i, whole
    if value < 0:
        out[at] = c"-"
        at += 1
        magnitude = 0 - magnitude
    count = to_text(digits, digits + 24, magnitude)
    if count < 0:
        raise OverflowError("an integer of more than 24 digits")
    if decimals == 0:
        for i in range(count):
            out[at + i] = <unsigned char>digits[i]
        return at + count
    whole = count - decimals
    if whole <= 0:
        out[at] = c"0"
        at += 1
    for i in range(whole):
        out[at] = <unsigned char>digits[i]
        at += 1
    out[at] = c"."
    at += 1
    for i in range(decimals - count):
        out[at] = c"0"
        at += 1
    for i in range(max(whole, 0), count):
        out[at] = <unsigned char>digits[i]
        at += 1
    return at


cdef inline Py_ssize_t put_special(unsigned char[::1] out, Py_ssize_t at, double value) except -1 nogil:
    if value != value:
        return put_literal(out, at, b"NaN")
    return put_literal(out, at, b"Infinity" if value > 0 else b"-Infinity")


cdef Py_ssize_t put_shortest(
    unsigned char[::1] out, Py_ssize_t at, double value, bint is_real
) except -1 nogil:
    """The shortest decimal that round-trips, spelled as Python's repr does."""
    cdef char text[40]
    cdef long length, i, count, mark
    cdef int exponent
    if value - value != 0:
        return put_special(out, at, value)
    if is_real:
        length = to_scientific(text, text + 40, <float>value)
    else:
        length = to_scientific_double(text, text + 40, value)
    if length < 0:
        raise OverflowError("a number of more than 40 characters")
    i = 0
    if text[0] == c"-":
        out[at] = c"-"
        at += 1
        i = 1
    # d.ddde±xx: the digits are moved together, the point falls away
    mark = i
    while mark < length and text[mark] != c"e":
        mark += 1
    exponent = 0
    for count in range(mark + 2, length):
        exponent = exponent * 10 + text[count] - 48
    if mark + 1 < length and text[mark + 1] == c"-":
        exponent = -exponent
    if i + 1 < mark:
        text[i + 1] = text[i]
        i += 1
    return put_spelled(out, at, text + i, mark - i, exponent)


cdef inline Py_ssize_t put_spelled(
    unsigned char[::1] out, Py_ssize_t at, const char* digits, long count, int exponent
) except -1 nogil:
    """`digits` with the point behind the first, times 10 to the `exponent`."""
    cdef long i
    if -4 <= exponent < 0:
        at = put_literal(out, at, b"0.")
        for i in range(-exponent - 1):
            out[at] = c"0"
            at += 1
    for i in range(count):
        if i and i == (exponent + 1 if 0 <= exponent < 16 else 1) and not -4 <= exponent < 0:
            out[at] = c"."
            at += 1
        out[at] = <unsigned char>digits[i]
        at += 1
    if 0 <= exponent < 16:
        for i in range(exponent + 1 - count):
            out[at] = c"0"
            at += 1
        if count <= exponent + 1:
            at = put_literal(out, at, b".0")
    elif exponent < -4 or exponent >= 16:
        at = put_literal(out, at, b"e-" if exponent < 0 else b"e+")
        exponent = abs(exponent)
        at = put_digits(out, at, exponent, 3 if exponent >= 100 else 2)
    return at


cdef Py_ssize_t put_fixed(
    unsigned char[::1] out, Py_ssize_t at, double value, int decimals
) except -1 nogil:
    """A double with that many decimals, correctly rounded."""
    cdef char text[LONGEST_FIXED]
    cdef long length, i
    cdef double scaled, whole
    if value - value != 0:
        return put_special(out, at, value)
    if decimals < 16 and fabs(value) * POWERS[decimals] < 1e15:
        scaled = fabs(value) * POWERS[decimals]
        whole = floor(scaled)
        # the product is off by less than 1/8 here: far from a half nothing can be doubtful
        if fabs(scaled - whole - 0.5) > 0.25:
            if scaled - whole > 0.5:
                whole += 1
            if value < 0 or (value == 0 and 1 / value < 0):
                out[at] = c"-"
                at += 1
            return put_integer(out, at, <int64_t>whole, decimals)
    length = to_fixed(text, text + LONGEST_FIXED, value, decimals)
    if length < 0:
        raise OverflowError("a number of more characters than there are")
    for i in range(length):
        out[at + i] = <unsigned char>text[i]
    return at + length


cdef inline Py_ssize_t put_date(unsigned char[::1] out, Py_ssize_t at, int days) except -1 nogil:
    """YYYY-MM-DD of a day number within FIRST_DAY to LAST_DAY; see civil_date in temporal.py."""
    cdef unsigned int since = <unsigned int>(days + DAYS_BEFORE_EPOCH)
    cdef unsigned int era = since // 146097
    cdef unsigned int day_of_era = since % 146097
    cdef unsigned int year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    cdef unsigned int day_of_year = day_of_era - (
        365 * year_of_era + year_of_era // 4 - year_of_era // 100
    )
    cdef unsigned int shifted = (5 * day_of_year + 2) // 153
    cdef unsigned int month = shifted + 3 if shifted < 10 else shifted - 9
    at = put_digits(out, at, era * 400 + year_of_era + (1 if month <= 2 else 0), 4)
    out[at] = c"-"
    at = put_digits(out, at + 1, month, 2)
    out[at] = c"-"
    return put_digits(out, at + 1, day_of_year - (153 * shifted + 2) // 5 + 1, 2)


cdef inline Py_ssize_t put_time(
    unsigned char[::1] out, Py_ssize_t at, unsigned int ticks
) except -1 nogil:
    """HH:MM:SS, and four decimals if they are not all zero; `ticks` within a day."""
    cdef unsigned int seconds = ticks // 10000
    cdef unsigned int fraction = ticks % 10000
    at = put_digits(out, at, seconds // 3600, 2)
    out[at] = c":"
    at = put_digits(out, at + 1, seconds // 60 % 60, 2)
    out[at] = c":"
    at = put_digits(out, at + 1, seconds % 60, 2)
    if fraction:
        out[at] = c"."
        at = put_digits(out, at + 1, fraction, 4)
    return at


# ---------------------------------------------------------------- text
cdef inline Py_ssize_t put_hex(
    unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] source, Py_ssize_t start,
    Py_ssize_t count,
) except -1 nogil:
    cdef Py_ssize_t i
    cdef unsigned char byte, low
    if count == 0:
        return put_literal(out, at, b'""')
    for i in range(start, start + count):
        byte = source[i]
        low = byte & 15
        byte = byte >> 4
        out[at] = byte + (48 if byte < 10 else 87)
        out[at + 1] = low + (48 if low < 10 else 87)
        at += 2
    return at


cdef Py_ssize_t put_text(
    unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] source, Py_ssize_t start,
    Py_ssize_t count, const uint32_t[:, ::1] tables, int table,
) except -1 nogil:
    """Text as a field, quoted if it must be; of `UTF8` the bytes are known to be valid."""
    cdef Py_ssize_t end = start + count
    cdef Py_ssize_t run = plain(source, start, count)
    cdef Py_ssize_t i
    cdef bint is_quoted = False
    cdef uint32_t packed
    cdef unsigned char byte
    if count == 0:
        return put_literal(out, at, b'""')
    if run == count:
        copy(out, at, source, start, count)
        return at + count
    for i in range(start + run, end):
        byte = source[i]
        if byte == c'"' or byte == c"," or byte == c"\n" or byte == c"\r":
            is_quoted = True
            break
    if is_quoted:
        out[at] = c'"'
        at += 1
    copy(out, at, source, start, run)
    at += run
    for i in range(start + run, end):
        byte = source[i]
        out[at] = byte
        at += 1
        if byte < 0x80:
            if byte == c'"':
                out[at] = c'"'
                at += 1
        elif table >= 0:
            packed = tables[table, byte]
            out[at - 1] = packed & 0xFF
            out[at] = packed >> 8 & 0xFF
            out[at + 1] = packed >> 16 & 0xFF
            at += (packed >> 24 & 7) - 1
    if is_quoted:
        out[at] = c'"'
        at += 1
    return at


cdef Py_ssize_t replacements(
    const unsigned char[::1] source, Py_ssize_t start, Py_ssize_t count,
    const uint32_t[:, ::1] tables, int table,
) except -1 nogil:
    """How many of the bytes stand for no character of the set."""
    cdef Py_ssize_t i, found = 0
    for i in range(start, start + count):
        if tables[table, source[i]] & IS_REPLACEMENT:
            found += 1
    return found


cdef Py_ssize_t utf8_characters(
    const unsigned char[::1] source, Py_ssize_t start, Py_ssize_t count
) except -2 nogil:
    """Characters of valid UTF-8, -1 if it is not valid (RFC 3629: no surrogates, no overlongs)."""
    cdef Py_ssize_t at = start, end = start + count, characters = 0, k, width
    cdef unsigned char byte, second
    while at < end:
        byte = source[at]
        characters += 1
        if byte < 0x80:
            at += 1
            continue
        if 0xC2 <= byte <= 0xDF:
            width = 2
        elif 0xE0 <= byte <= 0xEF:
            width = 3
        elif 0xF0 <= byte <= 0xF4:
            width = 4
        else:
            return -1
        if width > end - at:
            return -1
        second = source[at + 1]
        if (byte == 0xE0 and second < 0xA0) or (byte == 0xED and second > 0x9F):
            return -1
        if (byte == 0xF0 and second < 0x90) or (byte == 0xF4 and second > 0x8F):
            return -1
        for k in range(1, width):
            if source[at + k] & 0xC0 != 0x80:
                return -1
        at += width
    return characters


cdef Py_ssize_t utf8_prefix(
    const unsigned char[::1] source, Py_ssize_t start, Py_ssize_t count, Py_ssize_t characters
) except -1 nogil:
    """Bytes of the first `characters` characters of valid UTF-8."""
    cdef Py_ssize_t at = start, end = start + count
    while at < end:
        if source[at] & 0xC0 != 0x80:
            if characters == 0:
                break
            characters -= 1
        at += 1
    return at - start


# ---------------------------------------------------------------- records
cdef Py_ssize_t unpack(
    unsigned char[::1] image, const unsigned char[::1] data, Py_ssize_t at, Py_ssize_t end,
    bint has_long_runs,
) except -2 nogil:
    """Undo the runs of data[at:end] (see decode_runs); the image's length, -1 if impossible."""
    cdef Py_ssize_t to = 0, limit = image.shape[0], count
    cdef unsigned char control
    while at < end:
        control = data[at]
        at += 1
        if control < 128:
            count = control
            if count > end - at or count > limit - to:
                return -1
            copy(image, to, data, at, count)
            at += count
        else:
            count = 256 - control
            if has_long_runs and count <= 2:
                if 2 * count > end - at:
                    return -1
                control = <unsigned char>(2 * count)
                count = <Py_ssize_t>bits(data, at, control)
                at += control
            if at >= end or count > limit - to:
                return -1
            if count:
                memset(&image[to], data[at], count)
            at += 1
        to += count
    return to


cdef inline bint is_zero(
    const unsigned char[::1] image, Py_ssize_t at, Py_ssize_t end
) except -1 nogil:
    while at < end:
        if image[at]:
            return False
        at += 1
    return True


cdef Py_ssize_t join_segments(
    unsigned char[::1] joined, const unsigned char[::1] data, Py_ssize_t at, Py_ssize_t length
) except -2 nogil:
    """The content of segments that each begin with their u16 length, -1 if they go too far."""
    cdef Py_ssize_t end = at + length, to = 0, count
    while at < end:
        if 2 > end - at:
            return -1
        count = <Py_ssize_t>bits(data, at, 2)
        at += 2
        if count > end - at or count > joined.shape[0] - to:
            return -1
        copy(joined, to, data, at, count)
        at += count
        to += count
    return to


cdef Py_ssize_t put_value(
    unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] image, Py_ssize_t offset,
    int op, int scale,
) except -1 nogil:
    """A number, date or time; FOR_PYTHON if it is outside of what is written here."""
    cdef uint64_t raw
    cdef uint32_t low
    cdef double number
    cdef float real
    cdef int days
    if op == DOUBLE or op == FIXED:
        raw = bits(image, offset, 8)
        memcpy(&number, &raw, 8)
        if op == DOUBLE:
            return put_shortest(out, at, number, False)
        return put_fixed(out, at, number, scale)
    low = <uint32_t>bits(image, offset, 1 if op == BOOLEAN else 4)
    if op == BOOLEAN:
        return put_literal(out, at, b"true" if low else b"false")
    if op == REAL:
        memcpy(&real, &low, 4)
        return put_shortest(out, at, real, True)
    if op == TIME:
        return put_time(out, at, low) if low < TICKS_PER_DAY else FOR_PYTHON
    days = <int32_t>low
    if (op != DATE and op != TIMESTAMP) or not FIRST_DAY <= days <= LAST_DAY:
        return FOR_PYTHON
    if op == DATE:
        return put_date(out, at, days)
    low = <uint32_t>bits(image, offset + 4, 4)
    if low >= TICKS_PER_DAY:
        return FOR_PYTHON
    at = put_date(out, at, days)
    out[at] = c" "
    return put_time(out, at + 1, low)


cdef inline int64_t signed(
    const unsigned char[::1] image, Py_ssize_t offset, int length
) except? -6510615555426900571 nogil:
    if length == 4:
        return <int32_t>bits(image, offset, 4)
    if length == 2:
        return <int16_t>bits(image, offset, 2)
    return <int64_t>bits(image, offset, 8)


def int32s(numbers: list[int]) -> memoryview:
    return memoryview(array("i", numbers))


cdef class Kernel:
    """Writes the rows of one table. `helper` does in Python what is not ordinary (see fast.py)."""

    cdef object helper
    cdef Py_ssize_t page_size, most_slots
    cdef unsigned int relation, major
    cdef bint has_long_runs
    cdef uint64_t committed_below, last_transaction
    # formats: cells of all of them one after another; by number where they begin and end
    cdef const int32_t[:, ::1] cells
    cdef list cell_rows
    cdef const unsigned char[::1] constants
    cdef int32_t[::1] first_cell
    cdef int32_t[::1] last_cell
    cdef int32_t[::1] image_lengths
    cdef int32_t[::1] rooms
    cdef const uint32_t[:, ::1] tables
    # transaction states of one inventory page, two bits each, from `states_from` on
    cdef const unsigned char[::1] states
    cdef uint64_t states_from
    # the chunk: its pages, their sequences, and by sequence from the first where a page lies
    cdef const unsigned char[::1] data
    cdef const uint32_t[::1] sequences
    cdef int32_t[::1] places
    # where it is
    cdef Py_ssize_t place, slot, slots, image_length, line_at, item_length, needed
    cdef bint is_in_page, is_in_row, has_comma, has_image_bytes
    cdef int cell, format
    cdef uint64_t transaction
    cdef bytes image_bytes
    # buffers
    cdef unsigned char[::1] image
    cdef unsigned char[::1] segments
    cdef bytearray buffer
    cdef unsigned char[::1] out
    cdef Py_ssize_t at, given
    # counted
    cdef Py_ssize_t rows, blob_bytes, blob_allowance
    cdef int64_t[::1] replaced

    def __init__(
        self, helper: object, page_size: int, most_slots: int, relation: int,
        ods: tuple[int, int], committed_below: int, last_transaction: int, columns: int,
        tables: memoryview,
    ) -> None:
        self.helper = helper
        self.page_size, self.most_slots, self.relation = page_size, most_slots, relation
        self.major = ods[0]
        self.has_long_runs = ods >= (13, 1)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.cell_rows = []
        self.cells = memoryview(bytes(4 * CELL_WIDTH)).cast("i", (1, CELL_WIDTH))
        self.first_cell = int32s([UNKNOWN] * 256)
        self.last_cell = int32s([0] * 256)
        self.image_lengths = int32s([0] * 256)
        self.rooms = int32s([0] * 256)
        self.tables = tables
        self.constants = self.states = b""
        self.image = bytearray(MAX_IMAGE)
        self.segments = bytearray(page_size)
        self.buffer = bytearray(PIECE_BYTES + MAX_IMAGE)
        self.out = self.buffer
        self.replaced = memoryview(bytearray(8 * columns)).cast("q")

    def begin(self, data: bytes, sequences: object) -> None:
        """Go to a chunk: `data` holds its pages, `sequences`, an array("I"), says which."""
        cdef Py_ssize_t i, first, last
        self.data, self.sequences = data, sequences
        first = self.sequences[0]
        last = self.sequences[self.sequences.shape[0] - 1]
        self.places = int32s([-1] * (last - first + 1))
        for i in range(self.sequences.shape[0]):
            if self.page_size <= self.data.shape[0] - i * self.page_size:
                self.places[self.sequences[i] - first] = <int32_t>i
        self.place = self.at = self.given = self.rows = 0
        self.is_in_page = self.is_in_row = self.has_comma = False
        self.blob_allowance = self.helper.blob_allowance()

    def next_piece(self) -> memoryview | None:
        """The chunk's next lines, a multiple of PIECE_BYTES but at the end; then None.

        They are only good until the next call.
        """
        cdef int status
        if self.given and self.given < self.at:
            memmove(&self.out[0], &self.out[self.given], self.at - self.given)
        self.at -= self.given
        self.given = 0
        while True:
            with nogil:
                status = self._advance(self.data, self.out, self.image, self.cells, self.tables)
            if status == DONE:
                self._account()
                self.given = self.at
                break
            self._help(status)
            if self.at >= PIECE and not self.is_in_row:
                self.given = self.at // PIECE * PIECE
                break
        return memoryview(self.buffer)[:self.given] if self.given else None

    # ------------------------------------------------------------ what Python does
    cdef int _help(self, int status) except -1:
        if status == GROW:
            self._make_room(self.needed)
        elif status == IN_PYTHON_CELL:
            self._field_by_python()
        elif status == IN_PYTHON_SLOT:
            self._slot_by_python()
        elif status == IN_PYTHON_PAGE:
            self._append(self.helper.page_lines(self.place))
            self.place += 1
        elif status == UNKNOWN_FORMAT:
            self._learn_format()
        elif status == UNKNOWN_STATE:
            self.states_from, self.states = self.helper.states(self.transaction)
            if not self._knows_state():
                self._slot_by_python()
        return 0

    cdef int _slot_by_python(self) except -1:
        self._spend()
        self._append(self.helper.slot_line(self.place, self.slot))
        self.slot += 1
        self.blob_allowance = self.helper.blob_allowance()
        return 0

    cdef int _make_room(self, Py_ssize_t count) except -1:
        cdef Py_ssize_t size
        if count > self.out.shape[0] - self.at:
            size = self.at + count + PIECE
            grown = bytearray(size)
            grown[:self.at] = memoryview(self.buffer)[:self.at]
            self.buffer = grown
            self.out = grown
        return 0

    cdef int _append(self, bytes text) except -1:
        self._make_room(len(text))
        if text:
            copy(self.out, self.at, text, 0, len(text))
        self.at += len(text)
        return 0

    cdef int _field_by_python(self) except -1:
        """One field by the plain twin; damage in it costs the row."""
        cdef int column = self.cell - self.first_cell[self.format]
        self._spend()
        if not self.has_image_bytes:
            self.image_bytes = bytes(self.image[:self.image_length])
            self.has_image_bytes = True
        try:
            text = self.helper.field(self.format, column, self.image_bytes)
        except Damage as damage:
            self.helper.add_damage(damage, self.place, self.slot)
            self.at = self.line_at
            self.is_in_row = self.has_comma = False
            self.slot += 1
        else:
            self._append(text)
            self.cell += 1
            self.has_comma = False
        self.blob_allowance = self.helper.blob_allowance()
        return 0

    cdef int _learn_format(self) except -1:
        compiled = self.helper.compiled(self.format)
        if compiled is None:
            self.first_cell[self.format] = FOR_PYTHON
            return 0
        cells, constants, image_length, room = compiled
        self.image_lengths[self.format], self.rooms[self.format] = image_length, room
        for cell in cells:
            if cell[OP] == CONSTANT:
                cell[OFFSET] += len(self.constants)
        self.constants = bytes(self.constants) + constants
        first = len(self.cell_rows)
        self.cell_rows += cells
        numbers = int32s([number for cell in self.cell_rows for number in cell])
        if self.cell_rows:
            self.cells = numbers.cast("B").cast("i", (len(self.cell_rows), CELL_WIDTH))
        self.first_cell[self.format], self.last_cell[self.format] = first, len(self.cell_rows)
        return 0

    cdef int _spend(self) except -1:
        if self.blob_bytes:
            self.helper.spend_blob_bytes(self.blob_bytes)
        self.blob_bytes = 0
        return 0

    cdef int _account(self) except -1:
        cdef Py_ssize_t column
        self._spend()
        self.helper.count_rows(self.rows)
        self.rows = 0
        for column in range(self.replaced.shape[0]):
            if self.replaced[column]:
                self.helper.count_replaced_in(column, self.replaced[column])
                self.replaced[column] = 0
        return 0

    # ------------------------------------------------------------ without the GIL
    cdef int _advance(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image,
        const int32_t[:, ::1] cells, const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        """Write rows until there are no more, or something is not ordinary."""
        cdef int status
        while self.place < self.sequences.shape[0]:
            if not self.is_in_page:
                status = self._begin_page(data)
                if status != DONE:
                    return status
            while self.slot < self.slots:
                status = DONE
                if not self.is_in_row:
                    status = self._begin_row(data, out, image)
                if self.is_in_row:
                    status = self._write_row(data, out, image, cells, tables)
                if status != DONE:
                    return status
                self.slot += 1
                if self.at >= PIECE:
                    return FULL
            self.is_in_page = False
            self.place += 1
        return DONE

    cdef int _begin_page(self, const unsigned char[::1] data) except -1 nogil:
        cdef Py_ssize_t base = self.place * self.page_size
        if self.page_size > data.shape[0] - base or data[base] != DATA_PAGE_TYPE:
            return IN_PYTHON_PAGE
        if bits(data, base + 16, 4) != self.sequences[self.place]:
            return IN_PYTHON_PAGE
        if bits(data, base + 20, 2) != self.relation:
            return IN_PYTHON_PAGE
        self.slots = <Py_ssize_t>bits(data, base + 22, 2)
        if self.slots > self.most_slots:
            return IN_PYTHON_PAGE
        self.slot = 0
        self.is_in_page = True
        return DONE

    cdef int _begin_row(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image
    ) except -1 nogil:
        """Unpack the image of the slot's record, if a row is there; then `is_in_row` is set."""
        cdef Py_ssize_t base = self.place * self.page_size
        cdef Py_ssize_t entry = base + SLOTS_AT + 4 * self.slot
        cdef Py_ssize_t offset = <Py_ssize_t>bits(data, entry, 2)
        cdef Py_ssize_t length = <Py_ssize_t>bits(data, entry + 2, 2)
        cdef unsigned int flags
        if offset == 0:
            return DONE
        if offset < SLOTS_AT + 4 * self.slots or length > self.page_size - offset:
            return IN_PYTHON_SLOT
        if length < HEADER_SIZE:
            return IN_PYTHON_SLOT
        offset += base
        flags = <unsigned int>bits(data, offset + 10, 2)
        if flags & (INCOMPLETE | LONG_TRANSACTION) and length < LONGEST_HEADER:
            return IN_PYTHON_SLOT
        if flags & SECONDARY:
            return DONE
        if flags & (DAMAGED | INCOMPLETE) or (flags & LONG_TRANSACTION and self.major >= 12):
            return IN_PYTHON_SLOT
        self.transaction = bits(data, offset, 4)
        if self.transaction and self.transaction >= self.committed_below:
            if self.transaction > self.last_transaction:
                return IN_PYTHON_SLOT
            if not self._knows_state():
                return UNKNOWN_STATE
            if not self._is_committed():
                return IN_PYTHON_SLOT
        if flags & DELETED:
            return DONE
        self.format = data[offset + 12]
        return self._unpack_image(data, out, image, offset, length, flags)

    cdef int _unpack_image(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image,
        Py_ssize_t offset, Py_ssize_t length, unsigned int flags,
    ) except -1 nogil:
        cdef Py_ssize_t expected, count
        if self.first_cell[self.format] == UNKNOWN:
            return UNKNOWN_FORMAT
        if self.first_cell[self.format] == FOR_PYTHON:
            return IN_PYTHON_SLOT
        if self.rooms[self.format] > out.shape[0] - self.at:
            self.needed = self.rooms[self.format]
            return GROW
        if self.has_long_runs and flags & NOT_PACKED:
            count = length - HEADER_SIZE
            copy(image, 0, data, offset + HEADER_SIZE, count)
        else:
            count = unpack(image, data, offset + HEADER_SIZE, offset + length, self.has_long_runs)
        expected = self.image_lengths[self.format]
        if count < expected or not is_zero(image, expected, count):
            return IN_PYTHON_SLOT
        self.image_length = expected
        self.has_image_bytes = False
        self.line_at = self.at
        self.cell = self.first_cell[self.format]
        self.is_in_row = True
        return DONE

    cdef inline bint _knows_state(self) except -1 nogil:
        return (
            self.transaction >= self.states_from
            and self.transaction - self.states_from < <uint64_t>(4 * self.states.shape[0])
        )

    cdef inline bint _is_committed(self) except -1 nogil:
        cdef Py_ssize_t place = <Py_ssize_t>(self.transaction - self.states_from)
        return self.states[place // 4] >> (place % 4 * 2) & 3 == COMMITTED

    cdef int _write_row(
        self, const unsigned char[::1] data, unsigned char[::1] out,
        const unsigned char[::1] image, const int32_t[:, ::1] cells, const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        """The cells from `self.cell` on; stops at one that is Python's."""
        cdef int first = self.first_cell[self.format], last = self.last_cell[self.format]
        cdef int cell = self.cell, op
        cdef Py_ssize_t at = self.at, offset, put
        if self.rooms[self.format] > out.shape[0] - at:
            self.needed = self.rooms[self.format]
            return GROW
        while cell < last:
            if cell > first and not self.has_comma:
                out[at] = c","
                at += 1
            self.has_comma = False
            op = cells[cell, OP]
            if op == CONSTANT:
                copy(out, at, self.constants, cells[cell, OFFSET], cells[cell, LENGTH])
                at += cells[cell, LENGTH]
                cell += 1
                continue
            if op == NOTHING or image[cells[cell, NULL_BYTE]] & cells[cell, NULL_BIT]:
                cell += 1
                continue
            offset = cells[cell, OFFSET]
            if op == CHAR or op == VARCHAR:
                put = self._put_string(out, at, image, offset, cells, cell, tables)
            elif op == INTEGER:
                put = put_integer(
                    out, at, signed(image, offset, cells[cell, LENGTH]), cells[cell, SCALE]
                )
            elif op == BLOB:
                put = self._put_blob(out, at, data, image, cells, cell, tables)
            else:
                put = put_value(out, at, image, offset, op, cells[cell, SCALE])
            if put < 0:
                self.at, self.cell, self.has_comma = at, cell, True
                return GROW if put == NEEDS_ROOM else IN_PYTHON_CELL
            at = put
            cell += 1
        if last - first == 1 and at == self.line_at:
            at = put_literal(out, at, b'""')
        out[at] = c"\n"
        self.at = at + 1
        self.rows += 1
        self.is_in_row = False
        return DONE

    cdef inline Py_ssize_t _put_string(
        self, unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] image,
        Py_ssize_t start, const int32_t[:, ::1] cells, int cell, const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        """A CHAR or VARCHAR; FOR_PYTHON if it is not in order."""
        cdef Py_ssize_t room = cells[cell, LENGTH], length = room, characters, found
        cdef int text = cells[cell, TEXT]
        cdef bint is_char = cells[cell, OP] == CHAR
        if not is_char:
            length = <Py_ssize_t>bits(image, start, 2)
            start += 2
            if length > room - 2:
                return FOR_PYTHON
        if text == HEX:
            return put_hex(out, at, image, start, length)
        if text == UTF8:
            characters = utf8_characters(image, start, length)
            if characters < 0:
                return FOR_PYTHON
            if is_char and characters > cells[cell, CHARACTERS]:
                length = utf8_prefix(image, start, length, cells[cell, CHARACTERS])
        elif cells[cell, CHARACTERS]:  # the set has bytes that stand for nothing
            found = replacements(image, start, length, tables, text)
            self.replaced[cell - self.first_cell[self.format]] += found
        if is_char:
            while length and image[start + length - 1] == c" ":
                length -= 1
        return put_text(out, at, image, start, length, tables, text)

    cdef Py_ssize_t _put_blob(
        self, unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] data,
        const unsigned char[::1] image, const int32_t[:, ::1] cells, int cell,
        const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        """A blob of level 0 on a page that is at hand; FOR_PYTHON if it is not that or not right."""
        cdef Py_ssize_t start = cells[cell, OFFSET], item, length, joined, put
        cdef int text = cells[cell, TEXT]
        cdef unsigned int flags
        if bits(image, start, 8) == 0:
            return put_literal(out, at, b'""')
        item = self._blob_item(data, image, start)
        if item < 0 or self.item_length < BLOB_HEADER_SIZE or data[item + 12] != 0:
            return FOR_PYTHON
        flags = <unsigned int>bits(data, item + 10, 2)
        start = item + BLOB_HEADER_SIZE
        length = self.item_length - BLOB_HEADER_SIZE
        if not flags & BLOB_FLAG or flags & DAMAGED or length > self.blob_allowance - self.blob_bytes:
            return FOR_PYTHON
        if 3 * length + self.rooms[self.format] > out.shape[0] - at:
            self.needed = 3 * length + self.rooms[self.format]
            return NEEDS_ROOM
        joined = length if flags & STREAM else join_segments(self.segments, data, start, length)
        if joined < 0 or <uint64_t>joined != bits(data, item + 20, 4):
            return FOR_PYTHON
        if flags & STREAM:
            put = self._put_content(out, at, data, start, joined, cell, text, tables)
        else:
            put = self._put_content(out, at, self.segments, 0, joined, cell, text, tables)
        if put >= 0:
            self.blob_bytes += length
        return put

    cdef Py_ssize_t _blob_item(
        self, const unsigned char[::1] data, const unsigned char[::1] image, Py_ssize_t start
    ) except -1 nogil:
        """Where the item that a blob id names begins in the chunk, FOR_PYTHON if it is elsewhere."""
        cdef uint64_t relation, record
        cdef Py_ssize_t place, base, slot, slots, offset
        if self.major < 11:
            relation = bits(image, start, 4)
            record = bits(image, start + 4, 4)
        else:
            relation = bits(image, start, 2)
            record = <uint64_t>image[start + 3] << 32 | bits(image, start + 4, 4)
        place = <Py_ssize_t>(record // <uint64_t>self.most_slots) - self.sequences[0]
        slot = <Py_ssize_t>(record % <uint64_t>self.most_slots)
        if relation != self.relation or place < 0 or place >= self.places.shape[0]:
            return FOR_PYTHON
        base = self.places[place] * self.page_size
        if base < 0 or data[base] != DATA_PAGE_TYPE:
            return FOR_PYTHON
        slots = <Py_ssize_t>bits(data, base + 22, 2)
        if slots > self.most_slots or slot >= slots:
            return FOR_PYTHON
        offset = <Py_ssize_t>bits(data, base + SLOTS_AT + 4 * slot, 2)
        self.item_length = <Py_ssize_t>bits(data, base + SLOTS_AT + 4 * slot + 2, 2)
        if offset < SLOTS_AT + 4 * slots or self.item_length > self.page_size - offset:
            return FOR_PYTHON
        return base + offset

    cdef Py_ssize_t _put_content(
        self, unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] content,
        Py_ssize_t start, Py_ssize_t length, int cell, int text, const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        cdef int column = cell - self.first_cell[self.format]
        if text == HEX:
            return put_hex(out, at, content, start, length)
        if text != UTF8:
            self.replaced[column] += replacements(content, start, length, tables, text)
        elif utf8_characters(content, start, length) < 0:
            return FOR_PYTHON
        return put_text(out, at, content, start, length, tables, text)
