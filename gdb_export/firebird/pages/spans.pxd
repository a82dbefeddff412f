# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Bytes by address and length: what compiled code reads from and writes to, always with a check.

An address within a span is given only by `bytes_at`, `room_at` and `number_at`, which compare
first how many bytes are there. Whoever holds a span holds the buffer that it was taken from.
"""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* A copy whose length is known when it is compiled is an instruction. */
    static inline uint64_t little_endian(const unsigned char* at, int width) {
        uint64_t all; uint32_t half; uint16_t quarter;
        if (width == 1) return *at;
        if (width == 2) { memcpy(&quarter, at, 2); return quarter; }
        if (width == 4) { memcpy(&half, at, 4); return half; }
        memcpy(&all, at, 8);
        return all;
    }
    """
    uint64_t little_endian(const unsigned char* at, int width) noexcept nogil

cdef struct Span:
    const unsigned char* first
    Py_ssize_t length

cdef struct Room:
    unsigned char* first
    Py_ssize_t length


cdef inline int take_span(Span* span, const unsigned char[::1] buffer) except -1:
    """Let a span be all of a buffer."""
    span.length = buffer.shape[0]
    span.first = &buffer[0] if span.length else NULL
    return 0


cdef inline int take_room(Room* room, unsigned char[::1] buffer) except -1:
    """Let a room be all of a buffer that can be written."""
    room.length = buffer.shape[0]
    room.first = &buffer[0] if room.length else NULL
    return 0


cdef inline int beyond_the_end() except -1 nogil:
    """Apart from the comparisons, so that these are small enough to be compiled in place."""
    with gil:
        raise IndexError("beyond the end of a buffer")


cdef inline const unsigned char* bytes_at(
    Span span, Py_ssize_t at, Py_ssize_t count
) except NULL nogil:
    """The address of `count` bytes that are there, one at least."""
    if at < 0 or count <= 0 or at >= span.length or count > span.length - at:
        beyond_the_end()
    return span.first + at


cdef inline unsigned char* room_at(Room room, Py_ssize_t at, Py_ssize_t count) except NULL nogil:
    """The address of `count` bytes that can be written, one at least."""
    if at < 0 or count <= 0 or at >= room.length or count > room.length - at:
        beyond_the_end()
    return room.first + at


cdef inline int take_part(Span* part, Span span, Py_ssize_t at, Py_ssize_t count) except -1 nogil:
    """Let `part` be that many bytes of a span."""
    part.first = bytes_at(span, at, count)
    part.length = count
    return 0


cdef inline uint64_t number_at(
    Span span, Py_ssize_t at, int width
) except? 0xA5A5A5A5A5A5A5A5 nogil:
    """The little-endian number of 1, 2, 4 or 8 bytes."""
    return little_endian(bytes_at(span, at, width), width)
