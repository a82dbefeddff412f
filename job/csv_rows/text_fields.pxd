# cython: language_level=3, cdivision=False
"""Bytes of texts as fields of CSV: quoted where they must be, and in UTF-8.

The callers have compared every source with the buffer that holds it, and every target with
`longest_field` of the text.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <cstdint>
    #include <cstring>

    /* Bytes that are ASCII and need no quotes: not , " CR LF. */
    static inline bool is_plain(unsigned char byte) {
        return byte < 0x80 && byte != '"' && byte != ',' && byte != '\\r' && byte != '\\n';
    }

    /* Copies the plain bytes that `text` begins with, and tells how many. Up to 7 bytes beyond
       `length` of `to` may be written. */
    static inline size_t copy_plain(unsigned char* to, const unsigned char* text, size_t length) {
        const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
        size_t at = 0;
        for (; length - at >= 8; at += 8) {
            uint64_t word;
            memcpy(&word, text + at, 8);
            uint64_t quote = word ^ ones * '"', comma = word ^ ones * ',';
            uint64_t cr = word ^ ones * '\\r', lf = word ^ ones * '\\n';
            uint64_t found = ((quote - ones) & ~quote) | ((comma - ones) & ~comma)
                           | ((cr - ones) & ~cr) | ((lf - ones) & ~lf) | word;
            if (found & highs) break;
            memcpy(to + at, &word, 8);
        }
        for (; at < length && is_plain(text[at]); at++) to[at] = text[at];
        return at;
    }
    """
    size_t copy_plain(unsigned char* to, const unsigned char* text, size_t length) noexcept nogil

cdef enum:
    # a packed character: its bytes in UTF-8 from the lowest on, their count, and
    IS_REPLACEMENT = 1 << 31


cdef inline Py_ssize_t longest_field(Py_ssize_t length) noexcept nogil:
    """Bytes that the field of a text of `length` bytes may take, in any set or as hex."""
    return 3 * length + 16


cdef inline Py_ssize_t write_text(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters
) noexcept nogil:
    """The field of a text; `characters` are the 256 of its set, none if it is valid UTF-8."""
    cdef Py_ssize_t run = copy_plain(to, text, length)
    if length == 0:
        memcpy(to, b'""', 2)
        return 2
    return length if run == length else write_odd_text(to, text, length, characters)


cdef inline Py_ssize_t write_odd_text(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters
) noexcept nogil:
    """A text that needs quotes, or characters beyond ASCII, or both."""
    cdef Py_ssize_t i, at = 0
    cdef bint is_quoted = False
    cdef uint32_t packed
    cdef unsigned char byte
    for i in range(length):
        byte = text[i]
        if byte == c'"' or byte == c"," or byte == c"\n" or byte == c"\r":
            is_quoted = True
            break
    if is_quoted:
        to[0] = c'"'
        at = 1
    for i in range(length):
        byte = text[i]
        if byte >= 0x80 and characters:
            packed = characters[byte]
            memcpy(to + at, &packed, 4)
            at += packed >> 24 & 7
            continue
        to[at] = byte
        at += 1
        if byte == c'"':
            to[at] = c'"'
            at += 1
    if is_quoted:
        to[at] = c'"'
        at += 1
    return at


cdef inline Py_ssize_t write_hex(
    unsigned char* to, const unsigned char* data, Py_ssize_t length
) noexcept nogil:
    cdef const char* digits = b"0123456789abcdef"
    cdef Py_ssize_t i
    if length == 0:
        memcpy(to, b'""', 2)
        return 2
    for i in range(length):
        to[2 * i] = <unsigned char>digits[data[i] >> 4]
        to[2 * i + 1] = <unsigned char>digits[data[i] & 15]
    return 2 * length


cdef inline Py_ssize_t replacements(
    const unsigned char* text, Py_ssize_t length, const uint32_t* characters
) noexcept nogil:
    """How many of the bytes stand for no character of the set."""
    cdef Py_ssize_t i, found = 0
    for i in range(length):
        found += characters[text[i]] >> 31
    return found


cdef inline Py_ssize_t utf8_characters(const unsigned char* text, Py_ssize_t length) noexcept nogil:
    """Characters of valid UTF-8, -1 if it is not valid (RFC 3629: no surrogates, no overlongs)."""
    cdef Py_ssize_t at = 0, characters = 0, k, width
    cdef unsigned char byte
    while at < length:
        byte = text[at]
        width = utf8_width(byte)
        characters += 1
        if width == 0 or width > length - at:
            return -1
        for k in range(1, width):
            if text[at + k] & 0xC0 != 0x80:
                return -1
        if width > 2 and not is_utf8_second(byte, text[at + 1]):
            return -1
        at += width
    return characters


cdef inline int utf8_width(unsigned char first) noexcept nogil:
    """Bytes of the character that begins so, 0 if none does."""
    if first < 0x80:
        return 1
    if first < 0xC2:
        return 0
    if first < 0xE0:
        return 2
    if first < 0xF0:
        return 3
    return 4 if first < 0xF5 else 0


cdef inline bint is_utf8_second(unsigned char first, unsigned char second) noexcept nogil:
    """False for what could be written shorter, for surrogates, and beyond U+10FFFF."""
    if first == 0xE0:
        return second >= 0xA0
    if first == 0xED:
        return second <= 0x9F
    if first == 0xF0:
        return second >= 0x90
    return second <= 0x8F if first == 0xF4 else True


cdef inline Py_ssize_t utf8_prefix(
    const unsigned char* text, Py_ssize_t length, Py_ssize_t characters
) noexcept nogil:
    """Bytes of the first `characters` characters of valid UTF-8."""
    cdef Py_ssize_t at = 0
    while at < length:
        if text[at] & 0xC0 != 0x80:
            if characters == 0:
                break
            characters -= 1
        at += 1
    return at
