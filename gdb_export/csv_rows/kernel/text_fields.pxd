# cython: language_level=3, cdivision=False
"""Bytes of texts as fields of CSV: quoted where they must be, and in UTF-8.

The callers have compared every source with the buffer that holds it, and every target with
`longest_field` of the text.
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

    enum { BLOCK = 16 };

    /* Bytes that are not ASCII or need quotes: , " CR LF. */
    static inline bool is_odd(unsigned char byte) {
        return byte >= 0x80 || byte == '"' || byte == ',' || byte == '\\r' || byte == '\\n';
    }

    /* A bit for each odd byte of a block. */
    static inline unsigned odd_bytes(const unsigned char* text) {
    #ifdef __SSE2__
        const __m128i block = _mm_loadu_si128((const __m128i*)text);
        const __m128i quotes = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                            _mm_cmpeq_epi8(block, _mm_set1_epi8(',')));
        const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('\\r')),
                                          _mm_cmpeq_epi8(block, _mm_set1_epi8('\\n')));
        return _mm_movemask_epi8(_mm_or_si128(block, _mm_or_si128(quotes, ends)));
    #else
        unsigned odd = 0;
        for (int i = 0; i < BLOCK; i++) odd |= (unsigned)is_odd(text[i]) << i;
        return odd;
    #endif
    }

    /* The next of the bytes whose bits are set, and its bit cleared. */
    static inline int next_odd(unsigned* odd) {
        const int place = __builtin_ctz(*odd);
        *odd &= *odd - 1;
        return place;
    }

    /* Are 8 bytes ASCII? */
    static inline bool is_ascii(const unsigned char* text) {
        uint64_t word;
        memcpy(&word, text, 8);
        return !(word & 0x8080808080808080u);
    }
    """
    enum:
        BLOCK
    unsigned int odd_bytes(const unsigned char* text) noexcept nogil
    int next_odd(unsigned int* odd) noexcept nogil
    bint is_ascii(const unsigned char* text) noexcept nogil

cdef enum:
    # a packed character: its bytes as a field has them (UTF-8, quotes doubled) from the lowest on,
    # above them their count in three bits, and
    NEEDS_QUOTES = 1 << 30
    IS_REPLACEMENT = 1 << 31


cdef inline Py_ssize_t longest_field(Py_ssize_t length) noexcept nogil:
    """Bytes that the field of a text of `length` bytes may take, in any set or as hex."""
    return 3 * length + 16


cdef inline Py_ssize_t write_text(
    unsigned char* to, const unsigned char* text, Py_ssize_t length, const uint32_t* characters
) noexcept nogil:
    """The field of a text; `characters` are those of its 256 bytes."""
    cdef Py_ssize_t i = 0, at = 0
    cdef uint32_t packed, met = 0
    if length == 0:
        memcpy(to, b'""', 2)
        return 2
    if length >= 2 * BLOCK:
        i = write_blocks(to, text, length - BLOCK, characters, &at, &met)
    for i in range(i, length):
        packed = characters[text[i]]
        memcpy(to + at, &packed, 4)
        at += packed >> 24 & 7
        met |= packed
    if not met & NEEDS_QUOTES:
        return at
    memmove(to + 1, to, at)
    to[0] = to[at + 1] = c'"'
    return at + 2


cdef inline Py_ssize_t write_blocks(
    unsigned char* to, const unsigned char* text, Py_ssize_t end, const uint32_t* characters,
    Py_ssize_t* written, uint32_t* met,
) noexcept nogil:
    """The characters of whole blocks up to `end`, behind which a block must be there to be read;
    how many bytes of the text they are. Each copy of a block is good up to its next odd byte."""
    cdef Py_ssize_t i = 0, at = 0, behind, place
    cdef unsigned int odd
    cdef uint32_t packed
    while end - i >= BLOCK:
        odd = odd_bytes(text + i)
        memcpy(to + at, text + i, BLOCK)
        behind = 0
        while odd:
            place = next_odd(&odd)
            packed = characters[text[i + place]]
            at += place - behind
            memcpy(to + at, &packed, 4)
            at += packed >> 24 & 7
            met[0] |= packed
            behind = place + 1
            memcpy(to + at, text + i + behind, BLOCK)
        at += BLOCK - behind
        i += BLOCK
    written[0] = at
    return i


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
