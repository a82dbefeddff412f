# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Reads rows of a backup in batches: skips them, or converts them to record images.

Only rows as gbak writes most of them are read. Any other row (other attributes, a length or value
that does not fit, a row that continues beyond the buffer) ends the batch, and the caller reads it
in Python, which implements the rare features and reports damage.

Safety rules, as in csv_rows/kernel: an address in a buffer is only taken after its bounds check,
and integers from the file are checked before use.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from gdb_export.firebird.pages.byte_views cimport (
    ByteView, WritableView, bytes_at, integer_at, subview, view_bytes, view_writable, writable_at,
)


# Steps of the conversion of a row to an image, each with a number of bytes
cpdef enum Step:
    REVERSED = 0   # copy in reverse order
    COPIED = 1
    SKIPPED = 2    # skip bytes of the row
    ZEROS = 3      # zero bytes of the image
    VARYING = 4    # XDR length and text; in the image 2 bytes of length and text of this capacity
    CSTRING = 5    # XDR length and text; in the image only text of this capacity

cdef enum:
    FALLBACK = -1  # the row is left to Python
    # record types
    DATA = 6
    BLOB = 7
    ARRAY = 23
    # first two bytes of an attribute as a little-endian integer: its number (1 or 17) and the
    # length of its value (4)
    LENGTH = 0x0401
    XDR_LENGTH = 0x0411
    # numbers of attributes
    DATA_ATTRIBUTE = 2
    SEGMENTS = 5
    BLOB_DATA = 7
    # bit set of the attributes of a blob: 1 to 7 and 13 to 18
    BLOB_ATTRIBUTES = 0x7E0FE
    MAX_BYTES = 1 << 24
    BLOB_ID_BYTES = 8
    FIELD_NUMBER = 3


cdef class BackupRowBatch:
    """Reader of the rows of one table; for one thread.

    After the null bits, `steps` fill an image of `image_length` bytes. A row ends with null flags
    of `flag_bytes` bytes each; `nulls` has, for each flag in order, the position of its bit among
    the null bits of the image. `blobs` are the numbers of blob fields and the offsets of their ids
    in the image.
    """

    cdef bint is_compressed, is_transportable
    cdef Py_ssize_t shortest, longest, image_length, null_bytes, flag_bytes
    cdef const int32_t[:, ::1] steps
    cdef const int32_t[::1] nulls
    cdef const int32_t[:, ::1] blobs
    cdef unsigned char[::1] row, out
    cdef WritableView unpacked  # all of `row`
    cdef int64_t[::1] offsets
    cdef int64_t base

    def __init__(
        self, is_compressed: bool, is_transportable: bool, shortest: int, longest: int,
        image_length: int, null_bytes: int, flag_bytes: int, steps: memoryview, nulls: memoryview,
        blobs: memoryview,
    ) -> None:
        if not 0 <= shortest <= longest <= MAX_BYTES or not 0 < image_length <= MAX_BYTES:
            raise ValueError(f"rows of {shortest} to {longest} bytes, images of {image_length}")
        if not 0 < null_bytes <= image_length or flag_bytes not in (2, 4):
            raise ValueError(f"{null_bytes} bytes of nulls, flags of {flag_bytes} bytes")
        self.is_compressed, self.is_transportable = is_compressed, is_transportable
        self.shortest, self.longest = shortest, longest
        self.image_length, self.null_bytes = image_length, null_bytes
        self.flag_bytes = flag_bytes
        self.steps, self.nulls, self.blobs = steps, nulls, blobs
        self._check_steps()
        self.row = bytearray(longest + 1)
        view_writable(&self.unpacked, self.row)
        self.out = bytearray(1)
        self.offsets = memoryview(bytearray(8)).cast("q")

    def _check_steps(self) -> None:
        """Raise ValueError unless the steps fill an image and the nulls are in its null bits."""
        cdef Py_ssize_t index, length = self.null_bytes
        if self.steps.shape[1] != 2:
            raise ValueError("a step is two integers")
        for index in range(self.steps.shape[0]):
            if not REVERSED <= self.steps[index, 0] <= CSTRING or self.steps[index, 1] < 0:
                raise ValueError(f"step {self.steps[index, 0]} of {self.steps[index, 1]} bytes")
            if self.steps[index, 0] != SKIPPED:
                length += self.steps[index, 1] + 2 * (self.steps[index, 0] == VARYING)
        if length != self.image_length:
            raise ValueError(f"steps fill {length} bytes of {self.image_length}")
        for index in range(self.nulls.shape[0]):
            if not 0 <= self.nulls[index] < 8 * self.null_bytes:
                raise ValueError(f"null bit {self.nulls[index]}")
        for index in range(self.blobs.shape[0]):
            if not self.null_bytes <= self.blobs[index, 1] <= self.image_length - BLOB_ID_BYTES:
                raise ValueError(f"a blob id at {self.blobs[index, 1]} of {self.image_length}")

    def skip(self, data: bytes, offset: int, min_bytes: int) -> tuple[int, int]:
        """Skip rows and their blobs from `offset` on, until `min_bytes` are skipped.

        Returns the number of rows and the offset after them.
        """
        cdef const unsigned char[::1] buffer = data
        cdef ByteView view
        cdef Py_ssize_t first = offset, at = offset, end, wanted = min_bytes, rows = 0
        view_bytes(&view, buffer)
        if not 0 <= first <= view.length:
            raise ValueError(f"offset {offset} of {view.length}")
        with nogil:
            while at - first < wanted:
                end = self._row_end(view, at)
                if end >= 0:
                    end = blobs_end(view, end)
                if end < 0:
                    break
                at = end
                rows += 1
        return rows, at

    def images(
        self, data: bytes, offset: int, end: int, max_bytes: int, base: int = 0
    ) -> tuple[object, bytes, int]:
        """Convert rows from `offset` to `end`, until the images have `max_bytes`.

        The id of a blob is the offset of its record in the backup, in which `data` begins at
        `base`. Rows with arrays are left to Python. Returns the offset of each row, the joined images, and the offset after the rows.
        """
        cdef const unsigned char[::1] buffer = data
        cdef ByteView view
        cdef Py_ssize_t at = offset, row_end, last = end, rows = 0, wanted
        cdef WritableView out
        self.base = base
        view_bytes(&view, buffer)
        if not 0 <= at <= view.length or not 0 <= max_bytes <= MAX_BYTES:
            raise ValueError(f"offset {offset} of {view.length}, {max_bytes} bytes")
        # a row has a head of at least 8 bytes, which limits the rows of a short buffer
        wanted = min(
            -(-max_bytes // self.image_length), max(0, min(last, view.length) - at) // 8 + 1
        )
        self._reserve(wanted)
        view_writable(&out, self.out)
        with nogil:
            while rows < wanted and at < last:
                row_end = self._convert_row(view, at, last, out, rows * self.image_length)
                if row_end < 0:
                    break
                self.offsets[rows] = at
                at = row_end
                rows += 1
        if not rows:
            return (), b"", at
        joined = (<char*>out.first)[: rows * self.image_length]
        return self.offsets[:rows].copy(), joined, at

    def _reserve(self, rows: int) -> None:
        if rows * self.image_length > self.out.shape[0]:
            self.out = bytearray(rows * self.image_length)
        if rows > self.offsets.shape[0]:
            self.offsets = memoryview(bytearray(8 * rows)).cast("q")

    cdef Py_ssize_t _data_at(self, ByteView view, Py_ssize_t at, Py_ssize_t* length) except? -2 nogil:
        """The offset of the data of the row at `at`, and its unpacked length; or FALLBACK."""
        if view.length - at < (14 if self.is_transportable else 8):
            return FALLBACK
        if integer_at(view, at, 1) != DATA or integer_at(view, at + 1, 2) != LENGTH:
            return FALLBACK
        at += 3
        if self.is_transportable:
            if integer_at(view, at + 4, 2) != XDR_LENGTH:
                return FALLBACK
            at += 6
        length[0] = <Py_ssize_t>integer_at(view, at, 4)
        if integer_at(view, at + 4, 1) != DATA_ATTRIBUTE:
            return FALLBACK
        return at + 5 if self.shortest <= length[0] <= self.longest else FALLBACK

    cdef Py_ssize_t _row_end(self, ByteView view, Py_ssize_t at) except? -2 nogil:
        """The offset after the row at `at`, or FALLBACK."""
        cdef Py_ssize_t length = 0
        at = self._data_at(view, at, &length)
        if at < 0:
            return at
        if self.is_compressed:
            return runs_end(view, at, length)
        return at + length if length <= view.length - at else FALLBACK

    cdef Py_ssize_t _convert_row(
        self, ByteView view, Py_ssize_t at, Py_ssize_t last, WritableView out, Py_ssize_t out_at
    ) except? -2 nogil:
        """Write the image of the row at `at`; return the offset after the row, or FALLBACK."""
        cdef Py_ssize_t length = 0, end
        cdef ByteView row
        at = self._data_at(view, at, &length)
        if at < 0:
            return at
        if self.is_compressed:
            end = unpack_runs(view, at, self.unpacked, length)
            row.first, row.length = self.unpacked.first, length
        else:
            end = at + length
            if length > view.length - at or not length:
                return FALLBACK
            subview(&row, view, at, length)
        if end < 0 or end > last:
            return FALLBACK
        if not self._write_image(row, out, out_at):
            return FALLBACK
        return self._write_blob_ids(view, end, last, out, out_at)

    cdef Py_ssize_t _write_blob_ids(
        self, ByteView view, Py_ssize_t at, Py_ssize_t last, WritableView out, Py_ssize_t out_at
    ) except? -2 nogil:
        """Write the ids of the blobs that follow a row; return the offset after them, or FALLBACK.

        The next record tells whether the row has further blobs.
        """
        cdef Py_ssize_t end, index, field = 0
        cdef int64_t blob_id
        while at != last:
            if at > last or at >= view.length or integer_at(view, at, 1) == ARRAY:
                return FALLBACK
            if integer_at(view, at, 1) != BLOB:
                return at
            end = blob_end(view, at + 1, &field)
            if end < 0 or end > last:
                return FALLBACK
            index = 0
            while index < self.blobs.shape[0] and self.blobs[index, 0] != field:
                index += 1
            if index == self.blobs.shape[0]:
                return FALLBACK
            blob_id = self.base + at
            write_integer(writable_at(out, out_at + self.blobs[index, 1], BLOB_ID_BYTES), blob_id)
            at = end
        return at

    cdef bint _write_image(self, ByteView row, WritableView out, Py_ssize_t out_at) except -1 nogil:
        """Write the null bits and the values of a row to its image.

        Return False if the values do not fit the row; the caller then ignores what was written.
        """
        cdef Py_ssize_t index, at = 0, nulls_at = out_at, flags_length
        memset(writable_at(out, out_at, self.image_length), 0, self.null_bytes)
        out_at += self.null_bytes
        for index in range(self.steps.shape[0]):
            if not run_step(self.steps[index, 0], self.steps[index, 1], row, &at, out, &out_at):
                return False
        flags_length = self.flag_bytes * self.nulls.shape[0]
        if at + flags_length != row.length:
            return False
        for index in range(self.nulls.shape[0]):
            if integer_at(row, at + index * self.flag_bytes, <int>self.flag_bytes):
                writable_at(out, nulls_at + self.nulls[index] // 8, 1)[0] |= (
                    1 << self.nulls[index] % 8
                )
        return True


cdef inline bint run_step(
    int32_t step, Py_ssize_t count, ByteView row, Py_ssize_t* at,
    WritableView out, Py_ssize_t* out_at
) except -1 nogil:
    """Do one step of the conversion, and advance the offsets in the row and in the image.

    Return False where the row has fewer bytes, or a text exceeds its capacity.
    """
    if step == ZEROS:
        if count:
            memset(writable_at(out, out_at[0], count), 0, count)
        out_at[0] += count
        return True
    if step >= VARYING:
        return convert_text(step == VARYING, count, row, at, out, out_at)
    if count > row.length - at[0]:
        return False
    if count and step == REVERSED:
        copy_reversed(writable_at(out, out_at[0], count), bytes_at(row, at[0], count), count)
    elif count and step == COPIED:
        memcpy(writable_at(out, out_at[0], count), bytes_at(row, at[0], count), count)
    at[0] += count
    if step != SKIPPED:
        out_at[0] += count
    return True


cdef inline bint convert_text(
    bint image_has_length, Py_ssize_t capacity, ByteView row, Py_ssize_t* at,
    WritableView out, Py_ssize_t* out_at
) except -1 nogil:
    """Convert an XDR length and its text; return False where the text does not fit."""
    cdef Py_ssize_t length
    if row.length - at[0] < 4:
        return False
    length = (
        integer_at(row, at[0], 1) << 24 | integer_at(row, at[0] + 1, 1) << 16
        | integer_at(row, at[0] + 2, 1) << 8 | integer_at(row, at[0] + 3, 1)
    )
    at[0] += 4
    if length > capacity or length > row.length - at[0]:
        return False
    if image_has_length:
        writable_at(out, out_at[0], 2)[0] = length & 0xFF
        writable_at(out, out_at[0], 2)[1] = length >> 8
        out_at[0] += 2
    if length:
        memcpy(writable_at(out, out_at[0], length), bytes_at(row, at[0], length), length)
    if capacity > length:
        memset(writable_at(out, out_at[0] + length, capacity - length), 0, capacity - length)
    at[0] += (length + 3) // 4 * 4
    out_at[0] += capacity
    return True


cdef inline void copy_reversed(
    unsigned char* target, const unsigned char* source, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t index
    for index in range(count):
        target[index] = source[count - 1 - index]


cdef inline Py_ssize_t runs_end(ByteView view, Py_ssize_t at, Py_ssize_t length) except? -2 nogil:
    """The offset after run-length encoding that decodes to `length` bytes, or FALLBACK."""
    cdef Py_ssize_t control, count
    while length > 0:
        if at >= view.length:
            return FALLBACK
        control = <Py_ssize_t>integer_at(view, at, 1)
        count = control if control < 128 else 256 - control
        if not 0 < count <= length:
            return FALLBACK
        at += 1 + (count if control < 128 else 1)
        length -= count
    return at if at <= view.length else FALLBACK


cdef inline Py_ssize_t unpack_runs(
    ByteView view, Py_ssize_t at, WritableView row, Py_ssize_t length
) except? -2 nogil:
    """Decode run-length encoding to `length` bytes; return the offset after it, or FALLBACK."""
    cdef Py_ssize_t control, count, row_at = 0
    while row_at < length:
        if view.length - at < 2:
            return FALLBACK
        control = <Py_ssize_t>integer_at(view, at, 1)
        count = control if control < 128 else 256 - control
        if not 0 < count <= length - row_at:
            return FALLBACK
        if control < 128:
            if count > view.length - at - 1:
                return FALLBACK
            memcpy(writable_at(row, row_at, count), bytes_at(view, at + 1, count), count)
            at += 1 + count
        else:
            memset(writable_at(row, row_at, count), <int>integer_at(view, at + 1, 1), count)
            at += 2
        row_at += count
    return at


cdef Py_ssize_t blobs_end(ByteView view, Py_ssize_t at) except? -2 nogil:
    """The offset after the blobs at `at`, if any.

    FALLBACK where an array follows, or where the buffer ends before the next record.
    """
    cdef Py_ssize_t field = 0
    while at < view.length:
        if integer_at(view, at, 1) == ARRAY:
            return FALLBACK
        if integer_at(view, at, 1) != BLOB:
            return at
        at = blob_end(view, at + 1, &field)
        if at < 0:
            return at
    return FALLBACK


cdef inline void write_integer(unsigned char* target, int64_t value) noexcept nogil:
    """Write 8 bytes, little-endian."""
    cdef int index
    for index in range(BLOB_ID_BYTES):
        target[index] = value >> 8 * index & 0xFF


cdef Py_ssize_t blob_end(ByteView view, Py_ssize_t at, Py_ssize_t* field) except? -2 nogil:
    """The offset after a blob whose record type was read, and the number of its field; or
    FALLBACK."""
    cdef Py_ssize_t attribute, length, segments = 0
    field[0] = -1
    while True:
        if view.length - at < 2:
            return FALLBACK
        attribute = <Py_ssize_t>integer_at(view, at, 1)
        at += 1
        if attribute == BLOB_DATA:
            break
        length = <Py_ssize_t>integer_at(view, at, 1)
        at += 1
        if attribute > 18 or not BLOB_ATTRIBUTES >> attribute & 1 or length > view.length - at:
            return FALLBACK
        if attribute == SEGMENTS:
            if length != 4:
                return FALLBACK
            segments = <Py_ssize_t>integer_at(view, at, 4)
        elif length > 8:
            return FALLBACK
        elif attribute == FIELD_NUMBER:
            if length not in (1, 2, 4):
                return FALLBACK
            field[0] = <Py_ssize_t>integer_at(view, at, <int>length)
        at += length
    while segments:
        if view.length - at < 2:
            return FALLBACK
        length = 2 + <Py_ssize_t>integer_at(view, at, 2)
        if length > view.length - at:
            return FALLBACK
        at += length
        segments -= 1
    return at
