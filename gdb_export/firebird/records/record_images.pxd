# cython: language_level=3, cdivision=False
"""Record images from packed records, and blob contents from segments, in compiled code.

The caller has compared `length` with the buffer of `data`; these functions check the lengths in
the data before they use them. Reference: run_length.py and blobs.py.
"""

from libc.string cimport memcpy, memmove, memset

cdef extern from *:
    """
    #include <stddef.h>
    #include <string.h>

    enum { MAX_RUN = 128 };

    /* Copies a run of `count` bytes, rounded up to a multiple of 32: a call of memcpy, or the
       instruction that replaces it, takes longer than most runs. */
    static inline void copy_run(unsigned char* to, const unsigned char* from, ptrdiff_t count) {
        memcpy(to, from, 32);
        for (ptrdiff_t at = 32; at < count; at += 32) memcpy(to + at, from + at, 32);
    }

    /* Writes `byte` `count` times, rounded up to a multiple of 32. */
    static inline void fill_run(unsigned char* to, unsigned char byte, ptrdiff_t count) {
        memset(to, byte, 32);
        for (ptrdiff_t at = 32; at < count; at += 32) memset(to + at, byte, 32);
    }
    """
    enum:
        MAX_RUN
    void copy_run(
        unsigned char* to, const unsigned char* from_, Py_ssize_t count
    ) noexcept nogil
    void fill_run(unsigned char* to, unsigned char byte, Py_ssize_t count) noexcept nogil

cdef enum:
    IMPOSSIBLE = -1


cdef inline Py_ssize_t u16(const unsigned char* data) noexcept nogil:
    return data[0] | data[1] << 8


cdef inline Py_ssize_t unpack(
    unsigned char* image, Py_ssize_t room, const unsigned char* data, Py_ssize_t length,
    Py_ssize_t readable, bint has_long_runs,
) noexcept nogil:
    """Unpack the runs of a record as decode_runs does; return the image's length or IMPOSSIBLE.

    Any of the `room` may be overwritten, and any of the `readable` bytes (at least `length`) from
    `data` on may be read: a run is copied in pieces of 32 bytes where at least MAX_RUN bytes of
    both are left.
    """
    cdef Py_ssize_t to = 0, at = 0, count, width
    cdef Py_ssize_t last_copy = readable - MAX_RUN, last_write = room - MAX_RUN
    while at < length:
        count = data[at]
        at += 1
        if count < 128:
            if count > length - at or count > room - to:
                return IMPOSSIBLE
            if at <= last_copy and to <= last_write:
                copy_run(image + to, data + at, count)
            else:
                memcpy(image + to, data + at, count)
            at += count
            to += count
            continue
        count = 256 - count
        if has_long_runs and count <= 2:
            width = 2 * count
            if width > length - at:
                return IMPOSSIBLE
            count = u16(data + at)
            if width == 4:
                count |= u16(data + at + 2) << 16
            at += width
        if at >= length or count > room - to:
            return IMPOSSIBLE
        if count <= MAX_RUN and to <= last_write:
            fill_run(image + to, data[at], count)
        else:
            memset(image + to, data[at], count)
        at += 1
        to += count
    return to


cdef inline Py_ssize_t join_segments(
    unsigned char* joined, Py_ssize_t room, const unsigned char* data, Py_ssize_t length
) noexcept nogil:
    """Join segments as blobs.join_segments does; return the content's length or IMPOSSIBLE.

    `joined` may be the same buffer as `data`.
    """
    cdef Py_ssize_t at = 0, to = 0, count
    while at < length:
        if length - at < 2:
            return IMPOSSIBLE
        count = u16(data + at)
        at += 2
        if count > length - at or count > room - to:
            return IMPOSSIBLE
        memmove(joined + to, data + at, count)
        at += count
        to += count
    return to
