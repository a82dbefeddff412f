# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Bounds-checked views on buffers: the only way that compiled code reads and writes bytes.

`bytes_at`, `writable_at` and `integer_at` compare offset and length with the view before they
return an address or a value. The caller keeps the buffer of a view alive.
"""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* A memcpy of constant length compiles to one instruction. */
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

cdef struct ByteView:
    const unsigned char* first
    Py_ssize_t length

cdef struct WritableView:
    unsigned char* first
    Py_ssize_t length


cdef inline int view_bytes(ByteView* view, const unsigned char[::1] buffer) except -1:
    """Set `view` to the whole buffer."""
    view.length = buffer.shape[0]
    view.first = &buffer[0] if view.length else NULL
    return 0


cdef inline int view_writable(WritableView* view, unsigned char[::1] buffer) except -1:
    """Set `view` to the whole writable buffer."""
    view.length = buffer.shape[0]
    view.first = &buffer[0] if view.length else NULL
    return 0


cdef inline int beyond_the_end() except -1 nogil:
    """Raise IndexError. Separate from the comparisons, so that those are inlined."""
    with gil:
        raise IndexError("beyond the end of a buffer")


cdef inline const unsigned char* bytes_at(
    ByteView view, Py_ssize_t at, Py_ssize_t count
) except NULL nogil:
    """The address of `count` (at least 1) bytes of the view, from offset `at` on."""
    if at < 0 or count <= 0 or at >= view.length or count > view.length - at:
        beyond_the_end()
    return view.first + at


cdef inline unsigned char* writable_at(
    WritableView view, Py_ssize_t at, Py_ssize_t count
) except NULL nogil:
    """The address of `count` (at least 1) writable bytes, from offset `at` on."""
    if at < 0 or count <= 0 or at >= view.length or count > view.length - at:
        beyond_the_end()
    return view.first + at


cdef inline int subview(
    ByteView* part, ByteView view, Py_ssize_t at, Py_ssize_t count
) except -1 nogil:
    """Set `part` to `count` bytes of the view, from offset `at` on."""
    part.first = bytes_at(view, at, count)
    part.length = count
    return 0


cdef inline uint64_t integer_at(
    ByteView view, Py_ssize_t at, int width
) except? 0xA5A5A5A5A5A5A5A5 nogil:
    """The little-endian unsigned integer of 1, 2, 4 or 8 bytes at offset `at`."""
    return little_endian(bytes_at(view, at, width), width)
