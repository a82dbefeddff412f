# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The fast twin: ordinary rows of data pages to CSV bytes in one pass, without the GIL.

Strategy: RowWriter (_row_writer.pyx) writes row after row into one output buffer. Whatever is
not ordinary (a page of another table, a version that is not committed, a fragment, a format or
value that is not handled here) stops it with a Status; `_help` lets Python do just that page, row or field, and it
goes on behind it. So each rare feature is written once, in the plain twin, and what is damaged is
found and named there: here it is only seen that something is not in order.

The parts: firebird's spans.pxd gives addresses, its data_pages.pxd finds records, blob_pages.pxd
blobs, and cell_fields.pxd writes fields, by number_fields.pxd and text_fields.pxd.

Rules, since every byte comes from a file that may be hostile:
- buffers are typed memoryviews with bounds checks, or spans taken from them, whose addresses are
  given only by functions that compare first how many bytes are there;
- a length or offset from the file is compared before it is used, as `n > limit - position`;
- no function that can fail is `noexcept`; nothing is allocated without the GIL;
- the domain of a value is checked before it is formatted (days, ticks, lengths);
- there is room for the longest possible row before a row begins, and a blob asks for its own;
- of visibility nothing is decided here but that a committed version without a doubt is seen.
"""

from array import array

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memmove

from gdb_export.csv_rows.kernel._row_writer cimport (
    BEHIND_AT_ONCE, FORMATS, LONGEST_END, MAX_IMAGE, MAX_SEGMENTS, PIECE, UNKNOWN, RowFormat,
    RowWriter,
)
from gdb_export.csv_rows.kernel.cell_fields cimport POWERS, check_cell, max_bytes, put_content
from gdb_export.firebird.pages.data_pages cimport knows_state
from gdb_export.firebird.pages.byte_views cimport writable_at, view_writable, view_bytes
from gdb_export.csv_rows.kernel.text_fields cimport longest_field

from gdb_export.firebird.core.errors import Damage

PIECE_BYTES = PIECE
CELL_WIDTH = ROOM


def int32s(numbers: list[int]) -> memoryview:
    return memoryview(array("i", numbers))


cdef class Kernel(RowWriter):
    """Writes the rows of one table. `helper` does in Python what is not ordinary (see fast.py)."""

    cdef object helper
    cdef Py_ssize_t columns, given
    cdef list cell_rows
    cdef bytes image_bytes
    # what keeps the bytes of spans alive
    cdef bytearray image_buffer, segment_buffer, buffer
    cdef bytes data_bytes, behind_bytes, constant_bytes, state_bytes

    def __init__(
        self, helper: object, page_size: int, max_slots: int, relation: int,
        ods: tuple[int, int], committed_below: int, last_transaction: int, columns: int,
        tables: memoryview,
    ) -> None:
        cdef int number
        self.helper = helper
        self.page_size, self.max_slots, self.relation = page_size, max_slots, relation
        self.major, self.columns = ods[0], columns
        self.has_long_runs = ods >= (13, 1)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.cell_rows = []
        self.constant_bytes = b""
        for number in range(FORMATS):
            self.formats[number].first = UNKNOWN
        self.tables = tables
        self.replaced = memoryview(bytearray(8 * max(columns, 1))).cast("q")
        self.texts.tables, self.texts.last_table = &self.tables[0, 0], self.tables.shape[0] - 1
        self.texts.replaced = &self.replaced[0]
        for number in range(POWERS):
            self.texts.powers[number] = 10.0**number
        self.image_buffer = bytearray(MAX_IMAGE)
        view_writable(&self.image, self.image_buffer)
        self.segment_buffer = bytearray(max(page_size, MAX_SEGMENTS))
        view_writable(&self.segments, self.segment_buffer)
        self.buffer = bytearray(PIECE + MAX_IMAGE)
        view_writable(&self.out, self.buffer)

    def rebind(self, relation: int) -> None:
        """Go over to another table, whose formats and columns are the same."""
        self.relation = relation

    def begin(self, data: bytes, sequences: object, offsets: object, extents: object) -> None:
        """Go to a chunk, a page_batch as page_runs.py has it; `sequences` are those of its pages."""
        cdef Py_ssize_t first, last
        self.sequences, self.offsets = sequences, offsets
        first, last = self.sequences[0], self.sequences[self.sequences.shape[0] - 1]
        self.offset_of = self._offset_of(sequences, offsets, first, last - first + 1, len(data))
        self.extents = memoryview(extents).cast("B").cast("q", (len(extents) // 3, 3))
        self._begin(data)
        self.has_images = False

    def begin_images(self, data: bytes, count: int, number: int) -> None:
        """Go to record images of format `number` that lie one after another."""
        self.sequences, self.offset_of = array("I", [0]), array("q", [-1])
        self._begin(data)
        self.has_images = True
        self.slots, self.record.format = count, number

    cdef int _begin(self, bytes data) except -1:
        self.data_bytes = data
        view_bytes(&self.data, data)
        self.place = self.at = self.given = self.rows = 0
        self.is_in_page = self.is_in_row = self.has_comma = False
        self.blob_allowance = self.helper.blob_allowance()
        self.behind_offset_of, self.behind_bytes = array("q"), b""
        return 0

    def _offset_of(
        self, sequences: object, offsets: object, Py_ssize_t first, int count, Py_ssize_t size
    ) -> object:
        """By sequence from the first on where the page lies, -1 where there is none."""
        cdef const uint32_t[::1] of_pages = sequences
        cdef const int64_t[::1] lie = offsets
        found = array("q", [-1]) * count
        cdef int64_t[::1] put = found
        cdef Py_ssize_t place
        for place in range(of_pages.shape[0]):
            if lie[place] + self.page_size <= size:
                put[of_pages[place] - first] = lie[place]
        return found

    def next_piece(self) -> memoryview | None:
        """The chunk's next lines, a multiple of PIECE_BYTES but at the end; then None.

        They are only good until the next call.
        """
        cdef int status
        if self.given and self.given < self.at:
            memmove(
                writable_at(self.out, 0, self.at),
                writable_at(self.out, self.given, self.at - self.given),
                self.at - self.given,
            )
        self.at -= self.given
        self.given = 0
        while True:
            with nogil:
                status = self.advance()
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
        elif status == PAGES_BEHIND:
            self._take_behind()
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
            self._learn_states()
        return 0

    cdef int _make_room(self, Py_ssize_t count) except -1:
        if count > self.out.length - self.at:
            grown = bytearray(self.at + count + PIECE)
            grown[:self.at] = memoryview(self.buffer)[:self.at]
            self.buffer = grown
            view_writable(&self.out, grown)
        return 0

    cdef int _append(self, bytes text) except -1:
        if text:
            self._make_room(len(text))
            memcpy(writable_at(self.out, self.at, len(text)), <const unsigned char*>text, len(text))
            self.at += len(text)
        return 0

    cdef int _take_behind(self) except -1:
        """Some pages more of those behind the chunk."""
        cdef Py_ssize_t first = self.sequences[self.sequences.shape[0] - 1] + 1
        cdef Py_ssize_t before = len(self.behind_bytes), place
        first += self.behind_offset_of.shape[0]
        sequences, offsets, data = self.helper.pages_behind(first, BEHIND_AT_ONCE)
        more = self._offset_of(sequences, offsets, first, BEHIND_AT_ONCE, len(data))
        for place in range(BEHIND_AT_ONCE):
            if more[place] >= 0:
                more[place] += before
        self.behind_offset_of = array("q", self.behind_offset_of) + more
        self.behind_bytes += data
        view_bytes(&self.behind, self.behind_bytes)
        return 0

    cdef int _slot_by_python(self) except -1:
        self._spend()
        self._append(self.helper.slot_line(self.place, self.slot))
        self.slot += 1
        self.blob_allowance = self.helper.blob_allowance()
        return 0

    cdef int _field_by_python(self) except -1:
        """One field by the plain twin; damage in it costs the row."""
        cdef int column = self.cell - self.formats[self.record.format].first
        cdef bint is_blob = self.cells[self.cell, OP] == BLOB
        cdef Py_ssize_t start = self.cells[self.cell, OFFSET]
        self._spend()
        if not self.has_image_bytes:
            self.image_bytes = bytes(self.image_buffer[:self.image_length])
            self.has_image_bytes = True
        try:
            if is_blob:
                content = self.helper.blob(self.image_bytes[start:start + 8])
            else:
                text = self.helper.field(self.record.format, column, self.image_bytes)
        except Damage as damage:
            self.helper.add_damage(damage, self.place, self.slot)
            self.at = self.line_at
            self.is_in_row = self.has_comma = False
            self.slot += 1
        else:
            if is_blob:
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
        put = put_content(
            writable_at(self.out, self.at, longest_field(length)), <const unsigned char*>content,
            length, &self.cells[self.cell, 0], column, &self.texts,
        )
        if put < 0:
            return self._append(self.helper.blob_field(column, content))
        self.at += put
        return 0

    cdef int _learn_states(self) except -1:
        first, bits = self.helper.states(self.record.transaction)
        self.state_bytes, self.states.first = bits, first
        view_bytes(&self.states.bits, bits)
        if not knows_state(&self.states, self.record.transaction):
            self._slot_by_python()
        return 0

    cdef int _learn_format(self) except -1:
        """Ask for the cells of a format, check that they stay within what they work on."""
        cdef RowFormat* known = &self.formats[self.record.format]
        compiled = self.helper.compiled(self.record.format)
        if compiled is None or not 0 < compiled[2] <= MAX_IMAGE:
            known.first = FALLBACK
            return 0
        cells, constants, image_length = compiled
        if len(cells) != self.columns:
            raise ValueError("a format has a cell for each column")
        first, room = len(self.cell_rows), LONGEST_END
        for cell in cells:
            cell.append(max_bytes(cell))
            room += cell[ROOM]
            check_cell(cell, image_length, len(constants), self.tables.shape[0])
            if cell[OP] == CONSTANT:
                cell[OFFSET] += len(self.constant_bytes)
        self.cell_rows += cells
        self.constant_bytes += constants
        view_bytes(&self.constants, self.constant_bytes)
        numbers = int32s([number for cell in self.cell_rows for number in cell])
        if self.cell_rows:
            self.cells = numbers.cast("B").cast("i", (len(self.cell_rows), CELL_FIELDS))
        known.image_length, known.room = image_length, room
        known.first, known.last = first, len(self.cell_rows)
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
