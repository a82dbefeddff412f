# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The fast twin: ordinary rows of data pages to CSV bytes in one pass, without the GIL.

Strategy: `_advance` writes row after row into one output buffer. Whatever is not ordinary (a page
of another table, a version that is not committed, a fragment, a format or value that is not
handled here) stops it with a Status; `_help` lets Python do just that page, row or field, and it
goes on behind it. So each rare feature is written once, in the plain twin, and what is damaged is
found and named there: here it is only seen that something is not in order.

Rules, since every byte comes from a file that may be hostile:
- buffers are typed memoryviews with bounds checks; an address is taken from one only by `bytes_at`
  and `room_at`, which compare first how many bytes are there;
- a length or offset from the file is compared before it is used, as `n > limit - position`;
- no function that can fail is `noexcept`; nothing is allocated without the GIL;
- the domain of a value is checked before it is formatted (days, ticks, lengths);
- there is room for the longest possible row before a row begins, and a blob asks for its own;
- of visibility nothing is decided here but that a committed version without a doubt is seen.
"""

from array import array

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memmove

from job.csv_rows.number_fields cimport (
    FIRST_DAY,
    LAST_DAY,
    LONGEST_FIXED,
    LONGEST_INTEGER,
    LONGEST_SHORTEST,
    MOST_DECIMALS,
    TICKS_PER_DAY,
    write_date,
    write_fixed,
    write_integer,
    write_literal,
    write_shortest,
    write_time,
)
from job.csv_rows.text_fields cimport (
    longest_field,
    replacements,
    utf8_characters,
    utf8_prefix,
    write_hex,
    write_text,
)
from job.firebird.record_images cimport join_segments, unpack

from job.firebird.errors import Damage


# What a cell does, as fast.py compiles it from a column and its descriptor in a format
cpdef enum Op:
    PYTHON = 0  # by the plain twin's cell
    NOTHING = 1
    INTEGER = 2
    REAL = 3
    DOUBLE = 4
    FIXED = 5
    DATE = 6
    TIME = 7
    TIMESTAMP = 8
    BOOLEAN = 9
    CHAR = 10
    VARCHAR = 11
    BLOB = 12
    CONSTANT = 13  # `LENGTH` bytes at `OFFSET` of the constants

# How the bytes of a text or blob become characters: a table's number from 0 on, or one of these;
# the last table is that of UTF-8, whose bytes stay as they are
cpdef enum Text:
    HEX = -1
    UTF8 = -2

# Fields of a compiled cell
cdef enum:
    OP, OFFSET, LENGTH, SCALE, NULL_BYTE, NULL_BIT, TEXT, CHARACTERS, ROOM, CELL_FIELDS

# Why `_advance` stopped
cdef enum Status:
    DONE, FULL, GROW, IN_PYTHON_PAGE, IN_PYTHON_SLOT, IN_PYTHON_CELL, UNKNOWN_FORMAT, UNKNOWN_STATE

cdef enum:
    # structures of ods.py
    DATA_PAGE_TYPE = 5
    SLOTS_AT = 24
    HEADER_SIZE = 13
    LONGEST_HEADER = 22
    BLOB_HEADER_SIZE = 28
    DELETED = 1
    INCOMPLETE = 8
    BLOB_FLAG = 16
    STREAM = 32
    DAMAGED = 128
    LONG_TRANSACTION = 1024
    NOT_PACKED = 2048
    SECONDARY = 2 | 4 | 16
    COMMITTED = 3
    # states of formats that were looked up
    UNKNOWN = -1
    FOR_PYTHON = -2  # of cells too: the plain twin must write it
    NEEDS_ROOM = -3

cdef double[16] POWERS
POWERS[:] = [10.0**n for n in range(16)]

cdef enum:
    LONGEST_END = 3  # "" and the line feed
    PIECE = 1 << 18
    MAX_IMAGE = 2 * 65536

PIECE_BYTES = PIECE
CELL_WIDTH = ROOM  # the room is the kernel's own affair


# ---------------------------------------------------------------- checked access
cdef inline const unsigned char* bytes_at(
    const unsigned char[::1] buffer, Py_ssize_t at, Py_ssize_t count
) except NULL nogil:
    """The address of `count` bytes that are there."""
    if at < 0 or count < 0 or at >= buffer.shape[0] or count > buffer.shape[0] - at:
        with gil:
            raise IndexError("beyond the end of a buffer")
    return &buffer[at]


cdef inline unsigned char* room_at(
    unsigned char[::1] buffer, Py_ssize_t at, Py_ssize_t count
) except NULL nogil:
    """The address of `count` bytes that can be written."""
    if at < 0 or count < 0 or at >= buffer.shape[0] or count > buffer.shape[0] - at:
        with gil:
            raise IndexError("no room in a buffer")
    return &buffer[at]


cdef inline uint64_t number_at(
    const unsigned char[::1] buffer, Py_ssize_t at, int width
) except? 0xA5A5A5A5A5A5A5A5 nogil:
    """The little-endian number of 1, 2, 4 or 8 bytes."""
    cdef uint64_t value = 0
    memcpy(&value, bytes_at(buffer, at, width), width)
    return value


def int32s(numbers: list[int]) -> memoryview:
    return memoryview(array("i", numbers))


cdef class Kernel:
    """Writes the rows of one table. `helper` does in Python what is not ordinary (see fast.py)."""

    cdef object helper
    cdef Py_ssize_t page_size, most_slots
    cdef unsigned int relation, major
    cdef bint has_long_runs
    cdef uint64_t committed_below, last_transaction
    # formats: cells of all of them one after another; by number where they begin and end
    cdef const int32_t[:, ::1] cells
    cdef list cell_rows
    cdef const unsigned char[::1] constants
    cdef int32_t[::1] first_cell
    cdef int32_t[::1] last_cell
    cdef int32_t[::1] image_lengths
    cdef int32_t[::1] rooms
    cdef const uint32_t[:, ::1] tables
    cdef Py_ssize_t utf8_table
    # transaction states of one inventory page, two bits each, from `states_from` on
    cdef const unsigned char[::1] states
    cdef uint64_t states_from
    # the chunk: its pages, their sequences, and by sequence from the first where a page lies
    cdef const unsigned char[::1] data
    cdef const uint32_t[::1] sequences
    cdef int32_t[::1] places
    # where it is
    cdef Py_ssize_t place, slot, slots, image_length, line_at, item_length, needed
    cdef bint has_images, is_in_page, is_in_row, has_comma, has_image_bytes
    cdef int cell, format
    cdef uint64_t transaction
    cdef bytes image_bytes
    # buffers
    cdef unsigned char[::1] image
    cdef unsigned char[::1] segments
    cdef bytearray buffer
    cdef unsigned char[::1] out
    cdef Py_ssize_t at, given
    # counted
    cdef Py_ssize_t rows, blob_bytes, blob_allowance
    cdef int64_t[::1] replaced

    def __init__(
        self, helper: object, page_size: int, most_slots: int, relation: int,
        ods: tuple[int, int], committed_below: int, last_transaction: int, columns: int,
        tables: memoryview,
    ) -> None:
        self.helper = helper
        self.page_size, self.most_slots, self.relation = page_size, most_slots, relation
        self.major = ods[0]
        self.has_long_runs = ods >= (13, 1)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.cell_rows = []
        self.cells = memoryview(bytes(4 * CELL_FIELDS)).cast("i", (1, CELL_FIELDS))
        self.first_cell = int32s([UNKNOWN] * 256)
        self.last_cell = int32s([0] * 256)
        self.image_lengths = int32s([0] * 256)
        self.rooms = int32s([0] * 256)
        self.tables = tables
        self.utf8_table = self.tables.shape[0] - 1
        self.constants = self.states = b""
        self.image = bytearray(MAX_IMAGE)
        self.segments = bytearray(page_size)
        self.buffer = bytearray(PIECE + MAX_IMAGE)
        self.out = self.buffer
        self.replaced = memoryview(bytearray(8 * columns)).cast("q")

    def turn_to(self, relation: int) -> None:
        """Go over to another table, whose formats and columns are the same."""
        self.relation = relation

    def begin(self, data: bytes, sequences: object) -> None:
        """Go to a chunk: `data` holds its pages, `sequences`, an array("I"), says which."""
        cdef Py_ssize_t i, first, last
        self.data, self.sequences = data, sequences
        first = self.sequences[0]
        last = self.sequences[self.sequences.shape[0] - 1]
        self.places = int32s([-1] * (last - first + 1))
        for i in range(self.sequences.shape[0]):
            if self.page_size <= self.data.shape[0] - i * self.page_size:
                self.places[self.sequences[i] - first] = <int32_t>i
        self._begin()
        self.has_images = False

    def begin_images(self, data: bytes, count: int, number: int) -> None:
        """Go to record images of format `number` that lie one after another."""
        self.data, self.sequences = data, array("I", [0])
        self.places = int32s([-1])
        self._begin()
        self.has_images = True
        self.slots, self.format = count, number

    cdef int _begin(self) except -1:
        self.place = self.at = self.given = self.rows = 0
        self.is_in_page = self.is_in_row = self.has_comma = False
        self.blob_allowance = self.helper.blob_allowance()
        return 0

    def next_piece(self) -> memoryview | None:
        """The chunk's next lines, a multiple of PIECE_BYTES but at the end; then None.

        They are only good until the next call.
        """
        cdef int status
        if self.given and self.given < self.at:
            memmove(&self.out[0], &self.out[self.given], self.at - self.given)
        self.at -= self.given
        self.given = 0
        while True:
            with nogil:
                status = self._advance(self.data, self.out, self.image, self.cells, self.tables)
            if status == DONE:
                self._account()
                self.given = self.at
                break
            self._help(status)
            if self.at >= PIECE and not self.is_in_row:
                self.given = self.at // PIECE * PIECE
                break
        return memoryview(self.buffer)[:self.given] if self.given else None

    # ------------------------------------------------------------ what Python does
    cdef int _help(self, int status) except -1:
        if status == GROW:
            self._make_room(self.needed)
        elif status == IN_PYTHON_CELL:
            self._field_by_python()
        elif status == IN_PYTHON_SLOT:
            self._slot_by_python()
        elif status == IN_PYTHON_PAGE:
            self._append(self.helper.page_lines(self.place))
            self.place += 1
        elif status == UNKNOWN_FORMAT:
            self._learn_format()
        elif status == UNKNOWN_STATE:
            self.states_from, self.states = self.helper.states(self.transaction)
            if not self._knows_state():
                self._slot_by_python()
        return 0

    cdef int _slot_by_python(self) except -1:
        self._spend()
        self._append(self.helper.slot_line(self.place, self.slot))
        self.slot += 1
        self.blob_allowance = self.helper.blob_allowance()
        return 0

    cdef int _make_room(self, Py_ssize_t count) except -1:
        cdef Py_ssize_t size
        if count > self.out.shape[0] - self.at:
            size = self.at + count + PIECE
            grown = bytearray(size)
            grown[:self.at] = memoryview(self.buffer)[:self.at]
            self.buffer = grown
            self.out = grown
        return 0

    cdef int _append(self, bytes text) except -1:
        self._make_room(len(text))
        if text:
            memcpy(room_at(self.out, self.at, len(text)), <const unsigned char*>text, len(text))
        self.at += len(text)
        return 0

    cdef int _field_by_python(self) except -1:
        """One field by the plain twin; damage in it costs the row."""
        cdef int column = self.cell - self.first_cell[self.format]
        cdef Py_ssize_t start = self.cells[self.cell, OFFSET]
        self._spend()
        if not self.has_image_bytes:
            self.image_bytes = bytes(self.image[:self.image_length])
            self.has_image_bytes = True
        try:
            if self.cells[self.cell, OP] == BLOB:
                content = self.helper.blob(self.image_bytes[start:start + 8])
            else:
                text = self.helper.field(self.format, column, self.image_bytes)
        except Damage as damage:
            self.helper.add_damage(damage, self.place, self.slot)
            self.at = self.line_at
            self.is_in_row = self.has_comma = False
            self.slot += 1
        else:
            if self.cells[self.cell, OP] == BLOB:
                self._append_content(content, column)
            else:
                self._append(text)
            self.cell += 1
            self.has_comma = False
        self.blob_allowance = self.helper.blob_allowance()
        return 0

    cdef int _append_content(self, bytes content, int column) except -1:
        """The field of a blob that Python has read."""
        cdef Py_ssize_t length = len(content), put
        self._make_room(longest_field(length))
        put = self._put_content(
            room_at(self.out, self.at, longest_field(length)), <const unsigned char*>content,
            length, &self.cells[self.cell, 0], column, &self.tables[0, 0],
        )
        if put == FOR_PYTHON:
            return self._append(self.helper.blob_field(column, content))
        self.at += put
        return 0

    cdef int _learn_format(self) except -1:
        """Ask for the cells of a format, check that they stay within what they work on."""
        compiled = self.helper.compiled(self.format)
        if compiled is None or not 0 < compiled[2] <= MAX_IMAGE:
            self.first_cell[self.format] = FOR_PYTHON
            return 0
        cells, constants, image_length = compiled
        first, room = len(self.cell_rows), LONGEST_END
        for cell in cells:
            cell.append(most_bytes(cell))
            room += cell[ROOM]
            check_cell(cell, image_length, len(constants), self.tables.shape[0])
            if cell[OP] == CONSTANT:
                cell[OFFSET] += len(self.constants)
        self.cell_rows += cells
        self.constants = bytes(self.constants) + constants
        numbers = int32s([number for cell in self.cell_rows for number in cell])
        if self.cell_rows:
            self.cells = numbers.cast("B").cast("i", (len(self.cell_rows), CELL_FIELDS))
        self.image_lengths[self.format], self.rooms[self.format] = image_length, room
        self.first_cell[self.format], self.last_cell[self.format] = first, len(self.cell_rows)
        return 0

    cdef int _spend(self) except -1:
        if self.blob_bytes:
            self.helper.spend_blob_bytes(self.blob_bytes)
        self.blob_bytes = 0
        return 0

    cdef int _account(self) except -1:
        cdef Py_ssize_t column
        self._spend()
        self.helper.count_rows(self.rows)
        self.rows = 0
        for column in range(self.replaced.shape[0]):
            if self.replaced[column]:
                self.helper.count_replaced_in(column, self.replaced[column])
                self.replaced[column] = 0
        return 0

    # ------------------------------------------------------------ without the GIL
    cdef int _advance(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image,
        const int32_t[:, ::1] cells, const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        """Write rows until there are no more, or something is not ordinary."""
        cdef int status
        while self.place < self.sequences.shape[0]:
            if not self.is_in_page:
                status = self._begin_page(data)
                if status != DONE:
                    return status
            while self.slot < self.slots:
                status = DONE
                if not self.is_in_row and self.has_images:
                    status = self._begin_image(data, out, image)
                elif not self.is_in_row:
                    status = self._begin_row(data, out, image)
                if self.is_in_row:
                    status = self._write_row(data, out, image, cells, tables)
                if status != DONE:
                    return status
                self.slot += 1
                if self.at >= PIECE:
                    return FULL
            self.is_in_page = False
            self.place += 1
        return DONE

    cdef int _begin_page(self, const unsigned char[::1] data) except -1 nogil:
        cdef Py_ssize_t base = self.place * self.page_size
        if self.has_images:
            self.slot = 0
            self.is_in_page = True
            return DONE
        if self.page_size > data.shape[0] - base or data[base] != DATA_PAGE_TYPE:
            return IN_PYTHON_PAGE
        if number_at(data, base + 16, 4) != self.sequences[self.place]:
            return IN_PYTHON_PAGE
        if number_at(data, base + 20, 2) != self.relation:
            return IN_PYTHON_PAGE
        self.slots = <Py_ssize_t>number_at(data, base + 22, 2)
        if self.slots > self.most_slots:
            return IN_PYTHON_PAGE
        self.slot = 0
        self.is_in_page = True
        return DONE

    cdef int _begin_row(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image
    ) except -1 nogil:
        """Unpack the image of the slot's record, if a row is there; then `is_in_row` is set."""
        cdef Py_ssize_t base = self.place * self.page_size
        cdef Py_ssize_t entry = base + SLOTS_AT + 4 * self.slot
        cdef Py_ssize_t offset = <Py_ssize_t>number_at(data, entry, 2)
        cdef Py_ssize_t length = <Py_ssize_t>number_at(data, entry + 2, 2)
        cdef unsigned int flags
        if offset == 0:
            return DONE
        if offset < SLOTS_AT + 4 * self.slots or length > self.page_size - offset:
            return IN_PYTHON_SLOT
        if length < HEADER_SIZE:
            return IN_PYTHON_SLOT
        offset += base
        flags = <unsigned int>number_at(data, offset + 10, 2)
        if flags & (INCOMPLETE | LONG_TRANSACTION) and length < LONGEST_HEADER:
            return IN_PYTHON_SLOT
        if flags & SECONDARY:
            return DONE
        if flags & (DAMAGED | INCOMPLETE) or (flags & LONG_TRANSACTION and self.major >= 12):
            return IN_PYTHON_SLOT
        self.transaction = number_at(data, offset, 4)
        if self.transaction and self.transaction >= self.committed_below:
            if self.transaction > self.last_transaction:
                return IN_PYTHON_SLOT
            if not self._knows_state():
                return UNKNOWN_STATE
            if not self._is_committed():
                return IN_PYTHON_SLOT
        if flags & DELETED:
            return DONE
        self.format = data[offset + 12]
        return self._unpack_image(data, out, image, offset, length, flags)

    cdef int _unpack_image(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image,
        Py_ssize_t offset, Py_ssize_t length, unsigned int flags,
    ) except -1 nogil:
        cdef Py_ssize_t expected, count
        cdef int status = self._has_room(out)
        if status != DONE:
            return status
        offset += HEADER_SIZE
        length -= HEADER_SIZE
        if length == 0:
            count = 0
        elif self.has_long_runs and flags & NOT_PACKED:
            count = length
            memcpy(room_at(image, 0, count), bytes_at(data, offset, count), count)
        else:
            count = unpack(
                room_at(image, 0, MAX_IMAGE), MAX_IMAGE, bytes_at(data, offset, length), length,
                self.has_long_runs,
            )
        expected = self.image_lengths[self.format]
        # raw records of ODS 13.1 are padded with zeros
        while count > expected and image[count - 1] == 0:
            count -= 1
        if count != expected:
            return IN_PYTHON_SLOT
        return self._begin_line(expected)

    cdef int _begin_image(
        self, const unsigned char[::1] data, unsigned char[::1] out, unsigned char[::1] image
    ) except -1 nogil:
        """Take the image of the slot; then `is_in_row` is set."""
        cdef Py_ssize_t length
        cdef int status = self._has_room(out)
        if status != DONE:
            return status
        length = self.image_lengths[self.format]
        memcpy(room_at(image, 0, length), bytes_at(data, self.slot * length, length), length)
        return self._begin_line(length)

    cdef int _has_room(self, unsigned char[::1] out) except -1 nogil:
        """Is the format known, and is there room for its longest row?"""
        if self.first_cell[self.format] == UNKNOWN:
            return UNKNOWN_FORMAT
        if self.first_cell[self.format] == FOR_PYTHON:
            return IN_PYTHON_SLOT
        if self.rooms[self.format] > out.shape[0] - self.at:
            self.needed = self.rooms[self.format]
            return GROW
        return DONE

    cdef int _begin_line(self, Py_ssize_t image_length) except -1 nogil:
        self.image_length = image_length
        self.has_image_bytes = False
        self.line_at = self.at
        self.cell = self.first_cell[self.format]
        self.is_in_row = True
        return DONE

    cdef inline bint _knows_state(self) except -1 nogil:
        return (
            self.transaction >= self.states_from
            and self.transaction - self.states_from < <uint64_t>(4 * self.states.shape[0])
        )

    cdef inline bint _is_committed(self) except -1 nogil:
        cdef Py_ssize_t place = <Py_ssize_t>(self.transaction - self.states_from)
        return self.states[place // 4] >> (place % 4 * 2) & 3 == COMMITTED

    cdef int _write_row(
        self, const unsigned char[::1] data, unsigned char[::1] out,
        const unsigned char[::1] image, const int32_t[:, ::1] cells, const uint32_t[:, ::1] tables,
    ) except -1 nogil:
        """The cells from `self.cell` on; stops at one that is Python's.

        Each cell lies within the image, and says how much room it takes: see `_learn_format`.
        """
        cdef int first = self.first_cell[self.format], last = self.last_cell[self.format]
        cdef int number = self.cell, op
        cdef const unsigned char* record = bytes_at(image, 0, self.image_length)
        cdef Py_ssize_t at = 0, put, room = out.shape[0] - self.at
        cdef unsigned char* to
        cdef const int32_t* cell
        cdef const uint32_t* sets = &tables[0, 0]
        self.needed = self.rooms[self.format]
        if self.needed > room:
            return GROW
        to = room_at(out, self.at, room)
        while number < last:
            cell = &cells[number, 0]
            if cell[ROOM] > room - at:
                return self._stop(GROW, at, number)
            if number > first and not self.has_comma:
                to[at] = c","
                at += 1
            self.has_comma = False
            op = cell[OP]
            if record[cell[NULL_BYTE]] & cell[NULL_BIT]:
                put = 0
            elif op == CHAR or op == VARCHAR:
                put = self._put_string(to + at, record, cell, number - first, sets)
            elif op == INTEGER:
                put = put_integer(to + at, record, cell)
            elif op == BLOB:
                put = self._put_blob(out, self.at + at, data, image, cell, number - first, sets)
            elif op == NOTHING:
                put = 0
            elif op == CONSTANT:
                put = cell[LENGTH]
                memcpy(to + at, bytes_at(self.constants, cell[OFFSET], put), put)
            else:
                put = put_value(to + at, record, cell)
            if put < 0:
                self.has_comma = True
                return self._stop(GROW if put == NEEDS_ROOM else IN_PYTHON_CELL, at, number)
            at += put
            number += 1
        if LONGEST_END > room - at:
            return self._stop(GROW, at, number)
        if last - first == 1 and self.at + at == self.line_at:
            at += write_literal(to + at, b'""', 2)
        to[at] = c"\n"
        self.at += at + 1
        self.rows += 1
        self.is_in_row = False
        return DONE

    cdef inline int _stop(self, int status, Py_ssize_t written, int cell) noexcept nogil:
        """Leave a row behind so many bytes, to go on at a cell."""
        self.at += written
        self.cell = cell
        return status

    cdef inline Py_ssize_t _put_string(
        self, unsigned char* to, const unsigned char* record, const int32_t* cell, int column,
        const uint32_t* sets,
    ) except -1 nogil:
        """A CHAR or VARCHAR; FOR_PYTHON if it is not in order."""
        cdef const unsigned char* text = record + cell[OFFSET]
        cdef const uint32_t* of_set = NULL
        cdef Py_ssize_t length = cell[LENGTH], characters
        cdef bint is_char = cell[OP] == CHAR
        if not is_char:
            length = text[0] | text[1] << 8
            text += 2
            if length > cell[LENGTH] - 2:
                return FOR_PYTHON
        if cell[TEXT] >= 0:
            of_set = sets + 256 * cell[TEXT]
            if cell[CHARACTERS]:
                self.replaced[column] += replacements(text, length, of_set)
        elif cell[TEXT] == HEX:
            return write_hex(to, text, length)
        else:
            of_set = sets + 256 * self.utf8_table
            characters = utf8_characters(text, length)
            if characters < 0:
                return FOR_PYTHON
            if is_char and characters > cell[CHARACTERS]:
                length = utf8_prefix(text, length, cell[CHARACTERS])
        if is_char:
            while length and text[length - 1] == c" ":
                length -= 1
        return write_text(to, text, length, of_set)

    cdef Py_ssize_t _put_blob(
        self, unsigned char[::1] out, Py_ssize_t at, const unsigned char[::1] data,
        const unsigned char[::1] image, const int32_t* cell, int column,
        const uint32_t* sets,
    ) except -1 nogil:
        """A blob of level 0 on a page that is at hand; FOR_PYTHON if it is not that or not right."""
        cdef Py_ssize_t item, length, joined, put
        cdef const unsigned char* content
        cdef unsigned char* to
        cdef unsigned int flags
        if number_at(image, cell[OFFSET], 8) == 0:
            return write_literal(room_at(out, at, 2), b'""', 2)
        item = self._blob_item(data, image, cell[OFFSET])
        if item < 0 or self.item_length < BLOB_HEADER_SIZE or data[item + 12] != 0:
            return FOR_PYTHON
        flags = <unsigned int>number_at(data, item + 10, 2)
        length = self.item_length - BLOB_HEADER_SIZE
        if not flags & BLOB_FLAG or flags & DAMAGED or length > self.blob_allowance - self.blob_bytes:
            return FOR_PYTHON
        if longest_field(length) + self.rooms[self.format] > out.shape[0] - at:
            self.needed = longest_field(length) + self.rooms[self.format]
            return NEEDS_ROOM
        content = bytes_at(data, item, self.item_length) + BLOB_HEADER_SIZE
        joined = length
        if not flags & STREAM:
            joined = join_segments(
                room_at(self.segments, 0, self.page_size), self.page_size, content, length
            )
            content = bytes_at(self.segments, 0, self.page_size)
        if joined < 0 or <uint64_t>joined != number_at(data, item + 20, 4):
            return FOR_PYTHON
        to = room_at(out, at, longest_field(joined))
        put = self._put_content(to, content, joined, cell, column, sets)
        if put >= 0:
            self.blob_bytes += length
        return put

    cdef Py_ssize_t _put_content(
        self, unsigned char* to, const unsigned char* content, Py_ssize_t length,
        const int32_t* cell, int column, const uint32_t* sets,
    ) except -1 nogil:
        """The content of a blob; FOR_PYTHON if it is not valid UTF-8."""
        cdef const uint32_t* of_set = NULL
        if cell[TEXT] == HEX:
            return write_hex(to, content, length)
        if cell[TEXT] >= 0:
            of_set = sets + 256 * cell[TEXT]
            if cell[CHARACTERS]:
                self.replaced[column] += replacements(content, length, of_set)
        elif utf8_characters(content, length) < 0:
            return FOR_PYTHON
        else:
            of_set = sets + 256 * self.utf8_table
        return write_text(to, content, length, of_set)

    cdef Py_ssize_t _blob_item(
        self, const unsigned char[::1] data, const unsigned char[::1] image, Py_ssize_t start
    ) except -1 nogil:
        """Where the item that a blob id names begins in the chunk, FOR_PYTHON if it is elsewhere."""
        cdef uint64_t relation, record
        cdef Py_ssize_t place, base, slot, slots, offset
        if self.major < 11:
            relation = number_at(image, start, 4)
            record = number_at(image, start + 4, 4)
        else:
            relation = number_at(image, start, 2)
            record = <uint64_t>image[start + 3] << 32 | number_at(image, start + 4, 4)
        place = <Py_ssize_t>(record // <uint64_t>self.most_slots) - self.sequences[0]
        slot = <Py_ssize_t>(record % <uint64_t>self.most_slots)
        if relation != self.relation or place < 0 or place >= self.places.shape[0]:
            return FOR_PYTHON
        base = self.places[place] * self.page_size
        if base < 0 or data[base] != DATA_PAGE_TYPE:
            return FOR_PYTHON
        slots = <Py_ssize_t>number_at(data, base + 22, 2)
        if slots > self.most_slots or slot >= slots:
            return FOR_PYTHON
        offset = <Py_ssize_t>number_at(data, base + SLOTS_AT + 4 * slot, 2)
        self.item_length = <Py_ssize_t>number_at(data, base + SLOTS_AT + 4 * slot + 2, 2)
        if offset < SLOTS_AT + 4 * slots or self.item_length > self.page_size - offset:
            return FOR_PYTHON
        return base + offset


cdef inline int put_integer(
    unsigned char* to, const unsigned char* record, const int32_t* cell
) noexcept nogil:
    cdef int16_t short_value
    cdef int32_t long_value
    cdef int64_t value
    if cell[LENGTH] == 4:
        memcpy(&long_value, record + cell[OFFSET], 4)
        value = long_value
    elif cell[LENGTH] == 2:
        memcpy(&short_value, record + cell[OFFSET], 2)
        value = short_value
    else:
        memcpy(&value, record + cell[OFFSET], 8)
    return write_integer(to, value, cell[SCALE])


cdef int put_value(
    unsigned char* to, const unsigned char* record, const int32_t* cell
) noexcept nogil:
    """Another number, a date or time; FOR_PYTHON if it is outside of what is written here."""
    cdef int op = cell[OP], width
    cdef double number
    cdef float real
    cdef int32_t days
    cdef uint32_t ticks
    record += cell[OFFSET]
    if op == DOUBLE or op == FIXED:
        memcpy(&number, record, 8)
        if op == DOUBLE:
            return write_shortest(to, number, False)
        return write_fixed(to, number, cell[SCALE], POWERS[cell[SCALE]] if cell[SCALE] < 16 else 0)
    if op == BOOLEAN:
        return write_literal(to, b"true", 4) if record[0] else write_literal(to, b"false", 5)
    if op == REAL:
        memcpy(&real, record, 4)
        return write_shortest(to, real, True)
    if op == TIME:
        memcpy(&ticks, record, 4)
        return write_time(to, ticks) if ticks < TICKS_PER_DAY else FOR_PYTHON
    if op != DATE and op != TIMESTAMP:
        return FOR_PYTHON
    memcpy(&days, record, 4)
    if not FIRST_DAY <= days <= LAST_DAY:
        return FOR_PYTHON
    width = write_date(to, days)
    if op == DATE:
        return width
    memcpy(&ticks, record + 4, 4)
    if ticks >= TICKS_PER_DAY:
        return FOR_PYTHON
    to[width] = c" "
    return width + 1 + write_time(to + width + 1, ticks)


cdef Py_ssize_t most_bytes(list cell):
    """The most bytes of a cell's field, with a comma before it; a blob asks for its own room."""
    op = cell[OP]
    if op == CHAR or op == VARCHAR or op == CONSTANT:
        return 1 + longest_field(cell[LENGTH])
    if op == INTEGER:
        return 1 + LONGEST_INTEGER
    return 1 + (LONGEST_FIXED if op == FIXED else LONGEST_SHORTEST)


def check_cell(cell: list, image_length: int, constants: int, sets: int) -> None:
    """Raise ValueError unless a cell stays within its image, its constants and its tables."""
    widths = {REAL: 4, DOUBLE: 8, FIXED: 8, DATE: 4, TIME: 4, TIMESTAMP: 8, BOOLEAN: 1, BLOB: 8}
    op, offset, length, scale, null_byte, _, text, _, _ = cell
    end = constants if op == CONSTANT else image_length
    is_inside = 0 <= offset <= end and 0 <= length <= end - offset
    is_wide = length == widths.get(op, length) and (op != VARCHAR or length >= 2)
    is_number = op != INTEGER or length in (2, 4, 8)
    is_known = UTF8 <= text < sets and 0 <= scale <= MOST_DECIMALS
    if not (is_inside and is_wide and is_number and is_known and 0 <= null_byte < image_length):
        raise ValueError(f"a cell that does not fit its format: {cell}")
