# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Rows of a backup as gbak writes most of them, many at once: passed over, or made record images.

What is not ordinary (another beginning, a length or a value that does not fit, a row that goes on
behind the bytes at hand) ends the batch; whoever asked reads that row in Python, where each rare
feature is written once, and what is damaged is found and named.

The rules of csv_rows/_compiled.pyx hold here too: an address is taken from a buffer only where it was
compared how many bytes are there, and what comes from the file is compared before it is used.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from gdb_export.firebird.pages.byte_views cimport (
    WritableView, ByteView, bytes_at, integer_at, writable_at, subview, view_writable, view_bytes,
)


# What makes the bytes of a row those of an image, in order; each with a number of bytes
cpdef enum Step:
    REVERSED = 0   # in the other order
    COPIED = 1
    PASSED = 2     # the image has nothing for them
    ZEROS = 3      # of the image; the row has nothing for them
    VARYING = 4    # a length of 4 bytes and so many bytes in units of 4; in the image this room
    COUNTLESS = 5  # the same, but the image has no length before it

cdef enum:
    FALLBACK = -1
    DATA = 6
    BLOB = 7
    ARRAY = 23
    # two attributes and the 4 bytes that each takes, as numbers of two bytes
    LENGTH = 0x0401
    XDR_LENGTH = 0x0411
    DATA_ATTRIBUTE = 2
    SEGMENTS = 5
    BLOB_DATA = 7
    # a bit for each attribute of a blob: 1 to 7 and 13 to 18
    ATTRIBUTES = 0x7E0FE
    MAX_BYTES = 1 << 24


cdef class BackupRowBatch:
    """Of one table. `steps` make images of `image_length` bytes, behind the null bits, whose
    `nulls` are the fields that have a flag at the end of a row, of `flag_bytes` bytes each."""

    cdef bint is_compressed, is_transportable
    cdef Py_ssize_t shortest, longest, image_length, null_bytes, flag_bytes
    cdef const int32_t[:, ::1] steps
    cdef const int32_t[::1] nulls
    cdef unsigned char[::1] row, out
    cdef WritableView unpacked  # all of `row`
    cdef int64_t[::1] places

    def __init__(
        self, is_compressed: bool, is_transportable: bool, shortest: int, longest: int,
        image_length: int, null_bytes: int, flag_bytes: int, steps: memoryview, nulls: memoryview,
    ) -> None:
        if not 0 <= shortest <= longest <= MAX_BYTES or not 0 < image_length <= MAX_BYTES:
            raise ValueError(f"rows of {shortest} to {longest} bytes, images of {image_length}")
        if not 0 < null_bytes <= image_length or flag_bytes not in (2, 4):
            raise ValueError(f"{null_bytes} bytes of nulls, flags of {flag_bytes} bytes")
        self.is_compressed, self.is_transportable = is_compressed, is_transportable
        self.shortest, self.longest = shortest, longest
        self.image_length, self.null_bytes = image_length, null_bytes
        self.flag_bytes = flag_bytes
        self.steps, self.nulls = steps, nulls
        self._check_steps()
        self.row = bytearray(longest + 1)
        view_writable(&self.unpacked, self.row)
        self.out = bytearray(1)
        self.places = memoryview(bytearray(8)).cast("q")

    def _check_steps(self) -> None:
        """Do the steps fill an image, and do the nulls lie in its null bits?"""
        cdef Py_ssize_t place, length = self.null_bytes
        if self.steps.shape[1] != 2:
            raise ValueError("a step is two numbers")
        for place in range(self.steps.shape[0]):
            if not REVERSED <= self.steps[place, 0] <= COUNTLESS or self.steps[place, 1] < 0:
                raise ValueError(f"step {self.steps[place, 0]} of {self.steps[place, 1]} bytes")
            if self.steps[place, 0] != PASSED:
                length += self.steps[place, 1] + 2 * (self.steps[place, 0] == VARYING)
        if length != self.image_length:
            raise ValueError(f"steps make {length} bytes of {self.image_length}")
        for place in range(self.nulls.shape[0]):
            if not 0 <= self.nulls[place] < 8 * self.null_bytes:
                raise ValueError(f"null bit {self.nulls[place]}")

    def skip(self, data: bytes, at: int, enough: int) -> tuple[int, int]:
        """Pass over rows with their blobs from a place on, until `enough` bytes are passed: the
        number of rows, and the place behind them."""
        cdef const unsigned char[::1] buffer = data
        cdef ByteView span
        cdef Py_ssize_t first = at, place = at, behind, wanted = enough, rows = 0
        view_bytes(&span, buffer)
        if not 0 <= first <= span.length:
            raise ValueError(f"place {at} of {span.length}")
        with nogil:
            while place - first < wanted:
                behind = self._behind(span, place)
                if behind >= 0:
                    behind = behind_blobs(span, behind)
                if behind < 0:
                    break
                place = behind
                rows += 1
        return rows, place

    def images(self, data: bytes, at: int, end: int, most: int) -> tuple[object, bytes, int]:
        """The images of rows without blobs from a place on, up to `end`, until they come to `most`
        bytes: where each row begins, the images joined, and the place behind them."""
        cdef const unsigned char[::1] buffer = data
        cdef ByteView span
        cdef Py_ssize_t place = at, behind, last = end, rows = 0, wanted
        cdef WritableView out
        view_bytes(&span, buffer)
        if not 0 <= place <= span.length or not 0 <= most <= MAX_BYTES:
            raise ValueError(f"place {at} of {span.length}, {most} bytes")
        # no row is shorter than its head: a short span needs little room
        wanted = min(-(-most // self.image_length), max(0, min(last, span.length) - place) // 8 + 1)
        self._make_room(wanted)
        view_writable(&out, self.out)
        with nogil:
            while rows < wanted and place < last:
                behind = self._put(span, place, last, out, rows * self.image_length)
                if behind < 0:
                    break
                self.places[rows] = place
                place = behind
                rows += 1
        if not rows:
            return (), b"", place
        made = (<char*>out.first)[: rows * self.image_length]
        return self.places[:rows].copy(), made, place

    def _make_room(self, rows: int) -> None:
        if rows * self.image_length > self.out.shape[0]:
            self.out = bytearray(rows * self.image_length)
        if rows > self.places.shape[0]:
            self.places = memoryview(bytearray(8 * rows)).cast("q")

    cdef Py_ssize_t _data_at(
        self, ByteView span, Py_ssize_t at, Py_ssize_t* length
    ) except? -2 nogil:
        """Where the data of the row that begins there lies, and how long it is unpacked."""
        if span.length - at < (14 if self.is_transportable else 8):
            return FALLBACK
        if integer_at(span, at, 1) != DATA or integer_at(span, at + 1, 2) != LENGTH:
            return FALLBACK
        at += 3
        if self.is_transportable:
            if integer_at(span, at + 4, 2) != XDR_LENGTH:
                return FALLBACK
            at += 6
        length[0] = <Py_ssize_t>integer_at(span, at, 4)
        if integer_at(span, at + 4, 1) != DATA_ATTRIBUTE:
            return FALLBACK
        return at + 5 if self.shortest <= length[0] <= self.longest else FALLBACK

    cdef Py_ssize_t _behind(self, ByteView span, Py_ssize_t at) except? -2 nogil:
        """The place behind an ordinary row, or FALLBACK."""
        cdef Py_ssize_t length = 0
        at = self._data_at(span, at, &length)
        if at < 0:
            return at
        if self.is_compressed:
            return behind_runs(span, at, length)
        return at + length if length <= span.length - at else FALLBACK

    cdef Py_ssize_t _put(
        self, ByteView span, Py_ssize_t at, Py_ssize_t end, WritableView out, Py_ssize_t to
    ) except? -2 nogil:
        """Make the image of the row that begins there; the place behind it, or FALLBACK."""
        cdef Py_ssize_t length = 0, behind
        cdef ByteView row
        at = self._data_at(span, at, &length)
        if at < 0:
            return at
        if self.is_compressed:
            behind = unpack_runs(span, at, self.unpacked, length)
            row.first, row.length = self.unpacked.first, length
        else:
            behind = at + length
            if length > span.length - at or not length:
                return FALLBACK
            subview(&row, span, at, length)
        if behind < 0 or behind > end:
            return FALLBACK
        # the next byte says whether blobs follow
        if behind != end and (
            behind >= span.length or integer_at(span, behind, 1) in (BLOB, ARRAY)
        ):
            return FALLBACK
        return behind if self._make_image(row, out, to) else FALLBACK

    cdef bint _make_image(self, ByteView row, WritableView out, Py_ssize_t to) except -1 nogil:
        """Are the values as long as the row? What was written does not matter if not."""
        cdef Py_ssize_t place, at = 0, nulls_at = to, flags_at, flags
        memset(writable_at(out, to, self.image_length), 0, self.null_bytes)
        to += self.null_bytes
        for place in range(self.steps.shape[0]):
            if not take_step(self.steps[place, 0], self.steps[place, 1], row, &at, out, &to):
                return False
        flags = self.flag_bytes * self.nulls.shape[0]
        if at + flags != row.length:
            return False
        for place in range(self.nulls.shape[0]):
            if integer_at(row, at + place * self.flag_bytes, <int>self.flag_bytes):
                writable_at(out, nulls_at + self.nulls[place] // 8, 1)[0] |= (
                    1 << self.nulls[place] % 8
                )
        return True


cdef inline bint take_step(
    int32_t step, Py_ssize_t count, ByteView row, Py_ssize_t* at, WritableView out, Py_ssize_t* to
) except -1 nogil:
    """False where the row has fewer bytes, or a text is too long."""
    if step == ZEROS:
        if count:
            memset(writable_at(out, to[0], count), 0, count)
        to[0] += count
        return True
    if step >= VARYING:
        return take_text(step == VARYING, count, row, at, out, to)
    if count > row.length - at[0]:
        return False
    if count and step == REVERSED:
        reverse(writable_at(out, to[0], count), bytes_at(row, at[0], count), count)
    elif count and step == COPIED:
        memcpy(writable_at(out, to[0], count), bytes_at(row, at[0], count), count)
    at[0] += count
    if step != PASSED:
        to[0] += count
    return True


cdef inline bint take_text(
    bint has_count, Py_ssize_t room, ByteView row, Py_ssize_t* at, WritableView out, Py_ssize_t* to
) except -1 nogil:
    cdef Py_ssize_t count
    if row.length - at[0] < 4:
        return False
    count = (
        integer_at(row, at[0], 1) << 24 | integer_at(row, at[0] + 1, 1) << 16
        | integer_at(row, at[0] + 2, 1) << 8 | integer_at(row, at[0] + 3, 1)
    )
    at[0] += 4
    if count > room or count > row.length - at[0]:
        return False
    if has_count:
        writable_at(out, to[0], 2)[0] = count & 0xFF
        writable_at(out, to[0], 2)[1] = count >> 8
        to[0] += 2
    if count:
        memcpy(writable_at(out, to[0], count), bytes_at(row, at[0], count), count)
    if room > count:
        memset(writable_at(out, to[0] + count, room - count), 0, room - count)
    at[0] += (count + 3) // 4 * 4
    to[0] += room
    return True


cdef inline void reverse(
    unsigned char* to, const unsigned char* first, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t place
    for place in range(count):
        to[place] = first[count - 1 - place]


cdef inline Py_ssize_t behind_runs(ByteView span, Py_ssize_t at, Py_ssize_t left) except? -2 nogil:
    """The place behind runs that make so many bytes, or FALLBACK."""
    cdef Py_ssize_t control, count
    while left > 0:
        if at >= span.length:
            return FALLBACK
        control = <Py_ssize_t>integer_at(span, at, 1)
        count = control if control < 128 else 256 - control
        if not 0 < count <= left:
            return FALLBACK
        at += 1 + (count if control < 128 else 1)
        left -= count
    return at if at <= span.length else FALLBACK


cdef inline Py_ssize_t unpack_runs(
    ByteView span, Py_ssize_t at, WritableView row, Py_ssize_t length
) except? -2 nogil:
    """Runs that make so many bytes; the place behind them, or FALLBACK."""
    cdef Py_ssize_t control, count, to = 0
    while to < length:
        if span.length - at < 2:
            return FALLBACK
        control = <Py_ssize_t>integer_at(span, at, 1)
        count = control if control < 128 else 256 - control
        if not 0 < count <= length - to:
            return FALLBACK
        if control < 128:
            if count > span.length - at - 1:
                return FALLBACK
            memcpy(writable_at(row, to, count), bytes_at(span, at + 1, count), count)
            at += 1 + count
        else:
            memset(writable_at(row, to, count), <int>integer_at(span, at + 1, 1), count)
            at += 2
        to += count
    return at


cdef Py_ssize_t behind_blobs(ByteView span, Py_ssize_t at) except? -2 nogil:
    """The place behind the blobs of a row; FALLBACK where an array follows, or where it is not known
    yet what does."""
    while at < span.length:
        if integer_at(span, at, 1) == ARRAY:
            return FALLBACK
        if integer_at(span, at, 1) != BLOB:
            return at
        at = behind_blob(span, at + 1)
        if at < 0:
            return at
    return FALLBACK


cdef Py_ssize_t behind_blob(ByteView span, Py_ssize_t at) except? -2 nogil:
    cdef Py_ssize_t attribute, length, segments = 0
    while True:
        if span.length - at < 2:
            return FALLBACK
        attribute = <Py_ssize_t>integer_at(span, at, 1)
        at += 1
        if attribute == BLOB_DATA:
            break
        length = <Py_ssize_t>integer_at(span, at, 1)
        at += 1
        if attribute > 18 or not ATTRIBUTES >> attribute & 1 or length > span.length - at:
            return FALLBACK
        if attribute == SEGMENTS:
            if length != 4:
                return FALLBACK
            segments = <Py_ssize_t>integer_at(span, at, 4)
        elif length > 8:
            return FALLBACK
        at += length
    while segments:
        if span.length - at < 2:
            return FALLBACK
        length = 2 + <Py_ssize_t>integer_at(span, at, 2)
        if length > span.length - at:
            return FALLBACK
        at += length
        segments -= 1
    return at
