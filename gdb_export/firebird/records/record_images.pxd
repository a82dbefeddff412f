# cython: language_level=3, cdivision=False
"""Record images from packed records, and blob contents from segments, in compiled code.

The caller has compared `length` with the buffer of `data`; these functions check the lengths in
the data before they use them. Reference: run_length.py and blobs.py.
"""

from libc.string cimport memcpy, memmove, memset

cdef enum:
    IMPOSSIBLE = -1
    SHORT_RUN = 16


cdef inline Py_ssize_t u16(const unsigned char* data) noexcept nogil:
    return data[0] | data[1] << 8


cdef inline Py_ssize_t unpack(
    unsigned char* image, Py_ssize_t room, const unsigned char* data, Py_ssize_t length,
    bint has_long_runs,
) noexcept nogil:
    """Unpack the runs of a record as decode_runs does; return the image's length or IMPOSSIBLE.

    Any of the `room` may be overwritten.
    """
    cdef Py_ssize_t to = 0, at = 0, count, width
    while at < length:
        count = data[at]
        at += 1
        if count < 128:
            if count > length - at or count > room - to:
                return IMPOSSIBLE
            # most runs are short: a copy of constant length needs no call
            if count <= SHORT_RUN and length - at >= SHORT_RUN and room - to >= SHORT_RUN:
                memcpy(image + to, data + at, SHORT_RUN)
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
        if count <= SHORT_RUN and room - to >= SHORT_RUN:
            memset(image + to, data[at], SHORT_RUN)
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
