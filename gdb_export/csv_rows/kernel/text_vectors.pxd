# cython: language_level=3
"""Functions on short texts, 16 bytes at a time: length without padding, and copies of ASCII.

The functions with `slack` in their names read and write whole vectors: the caller ensures that the
SLACK bytes after the text and after its copy belong to the same buffers. IMAGE_SLACK bytes follow
each record image in its buffer: a text in an image may be read beyond its end.
"""

cdef extern from *:
    """
    #include <cstdint>
    #include <cstring>
    #ifdef __SSE2__
    #include <emmintrin.h>
    #endif

    enum { SLACK = 16, IMAGE_SLACK = 64 };

    #ifdef __SSE2__
    /* Returns a bit for each byte of a vector, set if the byte differs from a space. */
    static inline unsigned other_than_space(const unsigned char* text) {
        const __m128i vector = _mm_loadu_si128((const __m128i*)text);
        return _mm_movemask_epi8(_mm_cmpeq_epi8(vector, _mm_set1_epi8(' '))) ^ 0xFFFFu;
    }

    /* Copies a vector; returns a bit for each byte, set if the byte is not ASCII. */
    static inline unsigned copy_vector(unsigned char* to, const unsigned char* text) {
        const __m128i vector = _mm_loadu_si128((const __m128i*)text);
        _mm_storeu_si128((__m128i*)to, vector);
        return _mm_movemask_epi8(vector);
    }
    #else
    static inline unsigned other_than_space(const unsigned char* text) {
        unsigned found = 0;
        for (int i = 0; i < SLACK; i++) found |= (unsigned)(text[i] != ' ') << i;
        return found;
    }

    static inline unsigned copy_vector(unsigned char* to, const unsigned char* text) {
        unsigned found = 0;
        for (int i = 0; i < SLACK; i++) found |= (unsigned)(text[i] >> 7) << i;
        memcpy(to, text, SLACK);
        return found;
    }
    #endif

    /* Returns the length in bytes without the spaces at the end. */
    static inline ptrdiff_t trimmed_with_slack(const unsigned char* text, ptrdiff_t length) {
        unsigned found;
        while (length > SLACK) {
            found = other_than_space(text + length - SLACK);
            if (found) return length - SLACK + 32 - __builtin_clz(found);
            length -= SLACK;
        }
        found = other_than_space(text) & ((1u << length) - 1);
        return found ? 32 - __builtin_clz(found) : 0;
    }

    /* Copies a text; returns false if it is not ASCII: the copy is then undefined. */
    static inline bool copy_ascii_with_slack(
        unsigned char* to, const unsigned char* text, ptrdiff_t length
    ) {
        unsigned found = 0;
        for (; length > SLACK; to += SLACK, text += SLACK, length -= SLACK)
            found |= copy_vector(to, text);
        return !(found | (copy_vector(to, text) & ((1u << length) - 1)));
    }

    /* copy_ascii_with_slack for buffers without slack: accesses only `length` bytes of each. */
    static inline bool copy_ascii(
        unsigned char* to, const unsigned char* text, ptrdiff_t length
    ) {
        unsigned found = 0;
        unsigned char bits = 0;
        if (length < SLACK) {
            for (ptrdiff_t i = 0; i < length; i++) bits |= to[i] = text[i];
            return bits < 0x80;
        }
        for (ptrdiff_t i = 0; i < length - SLACK; i += SLACK) found |= copy_vector(to + i, text + i);
        return !(found | copy_vector(to + length - SLACK, text + length - SLACK));
    }

    /* Copies `length` bytes: as whole vectors up to 2 * SLACK bytes, otherwise exactly. */
    static inline void copy_with_slack(
        unsigned char* to, const unsigned char* from, ptrdiff_t length
    ) {
        if (length > 2 * SLACK) {
            memcpy(to, from, length);
            return;
        }
        memcpy(to, from, SLACK);
        if (length > SLACK) memcpy(to + SLACK, from + SLACK, SLACK);
    }
    """
    enum:
        SLACK, IMAGE_SLACK
    Py_ssize_t trimmed_with_slack(const unsigned char* text, Py_ssize_t length) noexcept nogil
    bint copy_ascii_with_slack(
        unsigned char* to, const unsigned char* text, Py_ssize_t length
    ) noexcept nogil
    bint copy_ascii(
        unsigned char* to, const unsigned char* text, Py_ssize_t length
    ) noexcept nogil
    void copy_with_slack(
        unsigned char* to, const unsigned char* from_, Py_ssize_t length
    ) noexcept nogil
