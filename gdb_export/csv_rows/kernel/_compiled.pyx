# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The kernel: formats the common rows of data pages as CSV in one pass, without the GIL.

RowWriter (_row_writer.pyx) writes one row after another into an output buffer. It stops with a
Status where it meets anything else: a page of another table, a version that is not committed, a
fragment, a format or value that it does not format. `_resolve` then has the reference
implementation do that page, row or field, and RowWriter continues after it. So each rare feature
is written once, in the reference implementation, which also reports damage: the kernel only
detects that something is not in order.

Its parts: byte_views.pxd checks addresses, data_pages.pxd finds records, blob_pages.pxd finds
blobs, cell_fields.pxd formats fields with number_fields.pxd and text_fields.pxd.

Rules, since any byte may come from a hostile file:
- buffers are typed memoryviews with bounds checks, or views of them, whose addresses are returned
  only by functions that first check how many bytes are there;
- a length or offset from the file is checked before it is used, as `n > limit - position`;
- no function that can fail is `noexcept`; nothing is allocated without the GIL;
- the domain of a value (days, ticks, lengths) is checked before it is formatted;
- there is room for the longest possible row before a row begins; a blob requests its own room;
- the only visibility rule here: a version that is certainly committed is visible.
"""

from array import array

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memmove

from gdb_export.csv_rows.kernel._row_writer cimport (
    FOLLOWING_PER_CALL, FORMATS, MAX_END, MAX_IMAGE, MAX_SEGMENTS, OUTPUT_BYTES, UNKNOWN, RowFormat,
    RowWriter,
)
from gdb_export.csv_rows.kernel.blob_items cimport BlobHeaderLayout
from gdb_export.csv_rows.kernel.cell_fields cimport POWERS, check_cell, max_bytes, write_content
from gdb_export.firebird.pages.data_pages cimport knows_state
from gdb_export.firebird.pages.byte_views cimport writable_at, view_writable, view_bytes
from gdb_export.csv_rows.kernel.text_fields cimport max_field_bytes

from gdb_export.firebird.core.errors import Damage

CELL_WIDTH = ROOM  # the fields of a cell that kernel_cells.py fills


cdef class Kernel(RowWriter):
    """Formats the rows of one table.

    `fields` compiles formats and formats fields (FieldHelper), `row_helper` formats rows
    (RowHelper), `pages` formats pages and finds blobs (PageHelper); without `pages` the kernel
    takes images and no pages. None of them may refer to the kernel: it would not be freed.
    """

    cdef object fields, row_helper, pages
    cdef Py_ssize_t columns, returned
    cdef list cell_rows
    cdef bytes image_bytes
    # buffers that views refer to
    cdef bytearray image_buffer, segment_buffer, buffer
    cdef bytes data_bytes, following_bytes, constant_bytes, state_bytes

    def __init__(
        self, fields: object, row_helper: object, pages: object, *, ods: tuple[int, int],
        columns: int, character_tables: memoryview, relation: int = 0, page_size: int = 0,
        max_slots: int = 0, committed_below: int = 0, last_transaction: int = 0,
        blob_header: object = (0, 0, 0),
    ) -> None:
        cdef int format_number, exponent
        self.fields, self.row_helper, self.pages = fields, row_helper, pages
        self.page_size, self.max_slots, self.relation = page_size, max_slots, relation
        self.major, self.columns = ods[0], columns
        self.has_long_runs = ods >= (13, 1)
        level, length, length_bytes = blob_header
        self.blob_header = BlobHeaderLayout(level, length, length_bytes)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.cell_rows = []
        self.constant_bytes = b""
        for format_number in range(FORMATS):
            self.formats[format_number].first = UNKNOWN
        self.character_tables = character_tables
        counts = bytearray(8 * TEXT_COUNTS * max(columns, 1))
        self.text_counts = memoryview(counts).cast("q")
        self.context.tables = &self.character_tables[0, 0]
        self.context.last_table = self.character_tables.shape[0] - 1
        self.context.text_counts = &self.text_counts[0]
        for exponent in range(POWERS):
            self.context.powers[exponent] = 10.0**exponent
        self.image_buffer = bytearray(MAX_IMAGE)
        view_writable(&self.image, self.image_buffer)
        self.segment_buffer = bytearray(max(page_size, MAX_SEGMENTS))
        view_writable(&self.segments, self.segment_buffer)
        self.buffer = bytearray(OUTPUT_BYTES + MAX_IMAGE)
        view_writable(&self.output, self.buffer)

    def rebind(self, relation: int) -> None:
        """Switch to another table with the same formats and columns."""
        self.relation = relation

    def begin(self, data: bytes, sequences: object, offsets: object, extents: object) -> None:
        """Set the batch of pages to format, see PageBatch; `sequences` are those of its pages."""
        cdef Py_ssize_t first, last
        self.sequences, self.offsets = sequences, offsets
        first, last = self.sequences[0], self.sequences[self.sequences.shape[0] - 1]
        self.offset_by_sequence = self._offsets_by_sequence(
            sequences, offsets, first, last - first + 1, len(data)
        )
        self.extents = memoryview(extents).cast("B").cast("q", (len(extents) // 3, 3))
        self._begin(data)
        self.has_images = False

    def begin_images(self, data: bytes, count: int, format_number: int) -> None:
        """Set the concatenated record images to format, all of one format."""
        self.sequences, self.offset_by_sequence = array("I", [0]), array("q", [-1])
        self._begin(data)
        self.has_images = True
        self.slots, self.record.format = count, format_number

    cdef int _begin(self, bytes data) except -1:
        self.data_bytes = data
        view_bytes(&self.data, data)
        self.page_index = self.written = self.returned = self.rows = 0
        self.is_in_page = self.is_in_row = self.has_comma = False
        self._refresh_blob_allowance()
        self.following_offsets, self.following_bytes = array("q"), b""
        return 0

    def _offsets_by_sequence(
        self, sequences: object, offsets: object, Py_ssize_t first, int count, Py_ssize_t size
    ) -> object:
        """The offset of each page by its sequence, counted from `first`; -1 for missing pages."""
        cdef const uint32_t[::1] page_sequences = sequences
        cdef const int64_t[::1] page_offsets = offsets
        found = array("q", [-1]) * count
        cdef int64_t[::1] by_sequence = found
        cdef Py_ssize_t index
        for index in range(page_sequences.shape[0]):
            if page_offsets[index] + self.page_size <= size:
                by_sequence[page_sequences[index] - first] = page_offsets[index]
        return found

    def next_lines(self) -> memoryview | None:
        """The next bytes of the batch's lines, None at its end. Valid only until the next call.

        Their length is a multiple of OUTPUT_BYTES, except for the last of a batch.
        """
        cdef int status
        if self.returned and self.returned < self.written:
            memmove(
                writable_at(self.output, 0, self.written),
                writable_at(self.output, self.returned, self.written - self.returned),
                self.written - self.returned,
            )
        self.written -= self.returned
        self.returned = 0
        while True:
            with nogil:
                status = self.advance()
            if status == DONE:
                self._report_counts()
                self.returned = self.written
                break
            self._resolve(status)
            if self.written >= OUTPUT_BYTES and not self.is_in_row:
                self.returned = self.written // OUTPUT_BYTES * OUTPUT_BYTES
                break
        return memoryview(self.buffer)[:self.returned] if self.returned else None

    # ------------------------------------------------------------ after the writer has stopped
    cdef int _resolve(self, int status) except -1:
        """Do what the writer stopped for."""
        if status == GROW:
            self._make_room(self.needed)
        elif status == NEED_FOLLOWING:
            self._fetch_following()
        elif status == FALLBACK_CELL:
            self._append_field()
        elif status == FALLBACK_SLOT:
            self._append_slot()
        elif status == FALLBACK_PAGE:
            self._append(self.pages.page_lines(self.page_index))
            self.page_index += 1
        elif status == UNKNOWN_FORMAT:
            self._load_format()
        elif status == UNKNOWN_STATE:
            self._load_states()
        return 0

    cdef int _make_room(self, Py_ssize_t count) except -1:
        if count > self.output.length - self.written:
            grown = bytearray(self.written + count + OUTPUT_BYTES)
            grown[:self.written] = memoryview(self.buffer)[:self.written]
            self.buffer = grown
            view_writable(&self.output, grown)
        return 0

    cdef int _append(self, bytes text) except -1:
        if text:
            self._make_room(len(text))
            memcpy(
                writable_at(self.output, self.written, len(text)), <const unsigned char*>text,
                len(text),
            )
            self.written += len(text)
        return 0

    cdef int _fetch_following(self) except -1:
        """Fetch some more of the table's pages that follow the batch."""
        cdef Py_ssize_t first = self.sequences[self.sequences.shape[0] - 1] + 1
        cdef Py_ssize_t before = len(self.following_bytes), index
        first += self.following_offsets.shape[0]
        sequences, offsets, data = self.pages.following_pages(first, FOLLOWING_PER_CALL)
        more = self._offsets_by_sequence(sequences, offsets, first, FOLLOWING_PER_CALL, len(data))
        for index in range(FOLLOWING_PER_CALL):
            if more[index] >= 0:
                more[index] += before
        self.following_offsets = array("q", self.following_offsets) + more
        self.following_bytes += data
        view_bytes(&self.following, self.following_bytes)
        return 0

    cdef int _append_slot(self) except -1:
        self._spend()
        self._append(self.row_helper.slot_line(self.page_index, self.slot))
        self.slot += 1
        self._refresh_blob_allowance()
        return 0

    cdef int _append_field(self) except -1:
        """Append one field by the reference implementation; damage costs the row."""
        cdef int column = self.cell - self.formats[self.record.format].first
        cdef bint is_blob = self.cells[self.cell, OP] == BLOB
        cdef Py_ssize_t start = self.cells[self.cell, OFFSET]
        self._spend()
        if not self.has_image_bytes:
            self.image_bytes = bytes(self.image_buffer[:self.image_length])
            self.has_image_bytes = True
        try:
            if is_blob:
                content = self.pages.blob(self.image_bytes[start:start + 8])
            else:
                text = self.fields.field(self.record.format, column, self.image_bytes)
        except Damage as damage:
            self.row_helper.add_damage(damage, self.page_index, self.slot)
            self.written = self.line_start
            self.is_in_row = self.has_comma = False
            self.slot += 1
        else:
            if is_blob:
                self._append_content(content, column)
            else:
                self._append(text)
            self.cell += 1
            self.has_comma = False
        self._refresh_blob_allowance()
        return 0

    cdef int _append_content(self, bytes content, int column) except -1:
        """Append the field of a blob that the reference implementation has read."""
        cdef Py_ssize_t length = len(content), width
        self._make_room(max_field_bytes(length))
        width = write_content(
            writable_at(self.output, self.written, max_field_bytes(length)),
            <const unsigned char*>content, length, &self.cells[self.cell, 0], column,
            &self.context,
        )
        if width < 0:
            return self._append(self.pages.blob_field(column, content))
        self.written += width
        return 0

    cdef int _load_states(self) except -1:
        first, bits = self.pages.states(self.record.transaction)
        self.state_bytes, self.states.first = bits, first
        view_bytes(&self.states.bits, bits)
        if not knows_state(&self.states, self.record.transaction):
            self._append_slot()
        return 0

    cdef int _load_format(self) except -1:
        """Load the cells of a format, and check that they stay within image and constants."""
        cdef RowFormat* known = &self.formats[self.record.format]
        compiled = self.fields.compile_format(self.record.format)
        if compiled is None or not 0 < compiled[2] <= MAX_IMAGE:
            known.first = FALLBACK
            return 0
        cells, constants, image_length = compiled
        if len(cells) != self.columns:
            raise ValueError(f"a format has {len(cells)} cells for {self.columns} columns")
        first, room = len(self.cell_rows), MAX_END
        for cell in cells:
            cell.append(max_bytes(cell))
            room += cell[ROOM]
            check_cell(cell, image_length, len(constants), self.character_tables.shape[0])
            if cell[OP] == CONSTANT:
                cell[OFFSET] += len(self.constant_bytes)
        self.cell_rows += cells
        self.constant_bytes += constants
        view_bytes(&self.constants, self.constant_bytes)
        values = array("i", [value for cell in self.cell_rows for value in cell])
        if self.cell_rows:
            cells_view = memoryview(values).cast("B")
            self.cells = cells_view.cast("i", (len(self.cell_rows), CELL_FIELDS))
        known.image_length, known.room = image_length, room
        known.first, known.last = first, len(self.cell_rows)
        return 0

    cdef int _spend(self) except -1:
        if self.blob_bytes:
            self.pages.spend_blob_bytes(self.blob_bytes)
        self.blob_bytes = 0
        return 0

    cdef int _refresh_blob_allowance(self) except -1:
        self.blob_allowance = 0 if self.pages is None else self.pages.blob_allowance()
        return 0

    cdef int _report_counts(self) except -1:
        cdef Py_ssize_t column, first
        self._spend()
        self.fields.count_rows(self.rows)
        self.rows = 0
        for column in range(self.columns):
            first = TEXT_COUNTS * column
            counts = tuple([self.text_counts[first + kind] for kind in range(TEXT_COUNTS)])
            if any(counts):
                self.fields.count_text(column, counts)
                self.text_counts[first:first + TEXT_COUNTS] = 0
        return 0
