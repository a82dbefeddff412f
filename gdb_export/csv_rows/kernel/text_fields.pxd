# cython: language_level=3, cdivision=False
"""Writes text as CSV fields in UTF-8, quoted where needed.

The caller has checked that the source lies within its buffer, and that the target has room for
`max_field_bytes` of the text.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memmove

cdef extern from *:
    """
    #include <cstdint>
    #include <cstring>
    #ifdef __SSE2__
    #include <emmintrin.h>
    #endif

    enum { VECTOR = 16 };

    /* Bytes that are not ASCII or need quotes: , " CR LF. */
    static inline bool is_special(unsigned char byte) {
        return byte >= 0x80 || byte == '"' || byte == ',' || byte == '\\r' || byte == '\\n';
    }

    /* Returns a bit for each byte of a vector, set if the byte is special. */
    static inline unsigned special_bytes(const unsigned char* text) {
    #ifdef __SSE2__
        const __m128i vector = _mm_loadu_si128((const __m128i*)text);
        const __m128i quotes = _mm_or_si128(_mm_cmpeq_epi8(vector, _mm_set1_epi8('"')),
                                            _mm_cmpeq_epi8(vector, _mm_set1_epi8(',')));
        const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(vector, _mm_set1_epi8('\\r')),
                                          _mm_cmpeq_epi8(vector, _mm_set1_epi8('\\n')));
        return _mm_movemask_epi8(_mm_or_si128(vector, _mm_or_si128(quotes, ends)));
    #else
        unsigned special = 0;
        for (int i = 0; i < VECTOR; i++) special |= (unsigned)is_special(text[i]) << i;
        return special;
    #endif
    }

    /* Copies a text of at least one byte; returns false if it has special bytes: the copy is then
       undefined. Reads and writes whole vectors: after the text and after its copy, the buffers
       must have the bytes of one more vector. */
    static inline bool copy_plain_with_slack(
        unsigned char* to, const unsigned char* text, ptrdiff_t length
    ) {
        for (; length > VECTOR; to += VECTOR, text += VECTOR, length -= VECTOR) {
            memcpy(to, text, VECTOR);
            if (special_bytes(text)) return false;
        }
        memcpy(to, text, VECTOR);
        return !(special_bytes(text) & ((1u << length) - 1));
    }

    /* The index of the next special byte; clears its bit. */
    static inline int next_special(unsigned* special) {
        const int index = __builtin_ctz(*special);
        *special &= *special - 1;
        return index;
    }

    /* Whether 8 bytes are ASCII. */
    static inline bool is_ascii(const unsigned char* text) {
        uint64_t word;
        memcpy(&word, text, 8);
        return !(word & 0x8080808080808080u);
    }
    """
    enum:
        VECTOR
    unsigned int special_bytes(const unsigned char* text) noexcept nogil
    bint copy_plain_with_slack(
        unsigned char* to, const unsigned char* text, Py_ssize_t length
    ) noexcept nogil
    int next_special(unsigned int* special) noexcept nogil
    bint is_ascii(const unsigned char* text) noexcept nogil

cdef enum:
    # a packed character: its bytes in a field (UTF-8, quotes doubled) from the lowest byte on,
    # their count in the three bits above them, and these flags
    NOT_ASCII = 1 << 28  # in the tables of single-byte sets only
    IS_CONTROL = 1 << 29
    NEEDS_QUOTES = 1 << 30
    IS_REPLACEMENT = 1 << 31


cdef inline Py_ssize_t max_field_bytes(Py_ssize_t length) noexcept nogil:
    """The maximal size of the field of `length` bytes, in any character set or as hex."""
    return 3 * length + 16


cdef inline Py_ssize_t write_text(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters,
    uint32_t* flags,
) noexcept nogil:
    """Write the field of a text; `characters` has a packed character for each byte value.

    `flags` receives the flags of all characters of the text.
    """
    cdef Py_ssize_t at = write_unquoted(to, text, length, characters, flags)
    return quote_if_needed(to, at, flags[0])


cdef inline Py_ssize_t write_text_with_slack(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters,
    uint32_t* flags,
) noexcept nogil:
    """write_text for a text after which 2 * VECTOR bytes can be read."""
    cdef Py_ssize_t at = write_unquoted_with_slack(to, text, length, characters, flags)
    return quote_if_needed(to, at, flags[0])


cdef inline Py_ssize_t quote_if_needed(
    unsigned char* to, Py_ssize_t length, uint32_t flags
) noexcept nogil:
    """Put a field of `length` bytes in quotes if it is empty or has bytes that need them.

    Returns its new length in bytes."""
    if length == 0:
        memcpy(to, b'""', 2)
        return 2
    if not flags & NEEDS_QUOTES:
        return length
    memmove(to + 1, to, length)
    to[0] = to[length + 1] = c'"'
    return length + 2


cdef inline Py_ssize_t write_unquoted(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters,
    uint32_t* flags,
) noexcept nogil:
    """Write the characters of a text; see `write_text`."""
    cdef Py_ssize_t i = 0, at = 0
    cdef uint32_t packed
    flags[0] = 0
    # one more vector must be readable after each
    while length - i >= 2 * VECTOR:
        at += write_vector(to + at, text + i, VECTOR, characters, flags)
        i += VECTOR
    for i in range(i, length):
        packed = characters[text[i]]
        memcpy(to + at, &packed, 4)
        at += packed >> 24 & 7
        flags[0] |= packed
    return at


cdef inline Py_ssize_t write_unquoted_with_slack(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters,
    uint32_t* flags,
) noexcept nogil:
    """write_unquoted for a text after which 2 * VECTOR bytes can be read."""
    cdef Py_ssize_t i = 0, at = 0
    flags[0] = 0
    while length - i > VECTOR:
        at += write_vector(to + at, text + i, VECTOR, characters, flags)
        i += VECTOR
    return at + write_vector(to + at, text + i, length - i, characters, flags)


cdef inline Py_ssize_t write_vector(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters,
    uint32_t* flags,
) noexcept nogil:
    """Write up to VECTOR characters, and add their flags.

    Reads 2 * VECTOR bytes. Each copy of a vector is valid up to the next special byte.
    """
    cdef Py_ssize_t at = 0, after = 0, index
    cdef unsigned int special = special_bytes(text) & ((<unsigned int>1 << length) - 1)
    cdef uint32_t packed, seen = 0
    memcpy(to, text, VECTOR)
    while special:
        index = next_special(&special)
        packed = characters[text[index]]
        at += index - after
        memcpy(to + at, &packed, 4)
        at += packed >> 24 & 7
        seen |= packed
        after = index + 1
        memcpy(to + at, text + after, VECTOR)
    flags[0] |= seen
    return at + length - after


cdef inline Py_ssize_t write_hex(
    unsigned char* to, const unsigned char* data, Py_ssize_t length
) noexcept nogil:
    """Write the field of binary data in hexadecimal."""
    cdef const char* digits = b"0123456789abcdef"
    cdef Py_ssize_t i
    if length == 0:
        memcpy(to, b'""', 2)
        return 2
    for i in range(length):
        to[2 * i] = <unsigned char>digits[data[i] >> 4]
        to[2 * i + 1] = <unsigned char>digits[data[i] & 15]
    return 2 * length


cdef inline Py_ssize_t flagged(
    const unsigned char* text, Py_ssize_t length, const uint32_t* characters, uint32_t flag
) noexcept nogil:
    """The number of characters with a flag."""
    cdef Py_ssize_t i, found = 0
    for i in range(length):
        found += (characters[text[i]] & flag) != 0
    return found


cdef inline Py_ssize_t utf8_characters(const unsigned char* text, Py_ssize_t length) noexcept nogil:
    """The number of characters, -1 for invalid UTF-8 (RFC 3629: no surrogates, no overlongs)."""
    cdef Py_ssize_t at = 0, characters = 0, k, width
    cdef unsigned char byte
    while at < length:
        if length - at >= 8 and is_ascii(text + at):
            at += 8
            characters += 8
            continue
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
    """The size of the character with that first byte, 0 if it is not a first byte."""
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
    """Whether the second byte of a character may follow the first: false for overlong forms,
    surrogates and characters beyond U+10FFFF."""
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
    """The size of the first `characters` characters of valid UTF-8."""
    cdef Py_ssize_t at = 0
    while at < length:
        if text[at] & 0xC0 != 0x80:
            if characters == 0:
                break
            characters -= 1
        at += 1
    return at
