# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The common base of the kernels of CSV and of Arrow: batches, formats, states, blob pages.

The rules are in the docstring of _compiled.pyx.
"""

from array import array

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint32_t

from gdb_export.csv_rows.kernel._compiled cimport (
    CELL_FIELDS, CONSTANT, FALLBACK, OFFSET, OP, ROOM, TEXT_COUNTS, WRITER,
)
from gdb_export.csv_rows.kernel._row_writer cimport (
    FOLLOWING_PER_CALL, FORMATS, MAX_CELLS, MAX_END, MAX_IMAGE, MAX_ROOM, MAX_SEGMENTS, UNKNOWN,
    RowFormat, RowWriter,
)
from gdb_export.csv_rows.kernel.blob_items cimport BlobHeaderLayout
from gdb_export.csv_rows.kernel.cell_fields cimport POWERS, check_cell, max_bytes, writer_of
from gdb_export.csv_rows.kernel.text_vectors cimport IMAGE_SLACK
from gdb_export.firebird.pages.byte_views cimport view_bytes, view_writable, writable_at
from gdb_export.firebird.pages.data_pages cimport knows_state


cdef class RecordKernel(RowWriter):
    """Reads the records of one table, and handles every status that stops the reading.

    `fields` compiles formats (FieldHelper), `pages` finds blobs and transaction states
    (PageHelper); without `pages` the kernel takes images and no pages. None of them may refer to
    the kernel: it would not be freed.
    """

    def __init__(
        self, fields: object, pages: object, *, ods: tuple[int, int], columns: int,
        character_tables: memoryview, relation: int = 0, page_size: int = 0, max_slots: int = 0,
        blob_divisor: int = 0, committed_below: int = 0, last_transaction: int = 0,
        blob_header: object = (0, 0, 0), max_cells: int = MAX_CELLS,
    ) -> None:
        cdef int format_number, exponent
        self.max_cells = max_cells
        self.fields, self.pages = fields, pages
        self.page_size, self.max_slots, self.relation = page_size, max_slots, relation
        self.blob_divisor = blob_divisor
        self.major, self.columns = ods[0], columns
        self.has_long_runs = ods >= (13, 1)
        level, length, length_bytes = blob_header
        self.blob_header = BlobHeaderLayout(level, length, length_bytes)
        self.committed_below, self.last_transaction = committed_below, last_transaction
        self.cell_buffer = self.cells = memoryview(bytearray(4 * CELL_FIELDS)).cast(
            "i", (1, CELL_FIELDS)
        )
        self.constant_buffer = bytearray()
        self.cell_count = self.constant_count = 0
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
        self.image_buffer = bytearray(MAX_IMAGE + IMAGE_SLACK)
        view_writable(&self.image, self.image_buffer)
        self.segment_buffer = bytearray(max(page_size, MAX_SEGMENTS))
        view_writable(&self.segments, self.segment_buffer)

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

    def begin_images(
        self, data: bytes, count: int, format_number: int, stream: bytes = b"",
        stream_begin: int = 0,
    ) -> None:
        """Set the concatenated record images to format, all of one format.

        `stream` is the part of the backup from offset `stream_begin` on that holds their blobs.
        """
        self.stream_bytes, self.stream_begin = stream, stream_begin
        view_bytes(&self.stream, stream)
        self.sequences, self.offset_by_sequence = array("I", [0]), array("q", [-1])
        self._begin(data)
        self.has_images = True
        self.slots, self.record.format = count, format_number

    cdef int _begin(self, bytes data) except -1:
        self.data_bytes = data
        view_bytes(&self.data, data)
        self.page_index = self.rows = 0
        self.is_in_page = self.is_in_row = False
        self.refresh_blob_allowance()
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

    cdef int append_slot(self) except -1:
        """Append the row of a slot by the reference implementation."""
        raise NotImplementedError

    cdef bytes image_of_row(self):
        """The image of the current record."""
        if not self.has_image_bytes:
            self.image_bytes = PyBytes_FromStringAndSize(
                <char*>writable_at(self.image, 0, self.image_length), self.image_length
            )
            self.has_image_bytes = True
        return self.image_bytes

    cdef int fetch_following(self) except -1:
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

    cdef int load_states(self) except -1:
        first, bits = self.pages.states(self.record.transaction)
        self.state_bytes, self.states.first = bits, first
        view_bytes(&self.states.bits, bits)
        if not knows_state(&self.states, self.record.transaction):
            self.append_slot()
        return 0

    cdef int load_format(self) except -1:
        """Load the cells of a format, and check that they stay within image and constants."""
        cdef RowFormat* known = &self.formats[self.record.format]
        cdef Py_ssize_t index, constant_begin, room = MAX_END
        cdef int image_length, constant_count, field
        compiled = self.fields.compile_format(self.record.format)
        if compiled is None or not 0 < compiled[2] <= MAX_IMAGE:
            known.first = FALLBACK
            return 0
        cells, constants, image_length = compiled
        if len(cells) != self.columns:
            raise ValueError(f"a format has {len(cells)} cells for {self.columns} columns")
        if len(constants) > MAX_ROOM // 4:
            known.first = FALLBACK
            return 0
        constant_count = len(constants)
        self._make_room_for_cells(constant_count)
        index, constant_begin = self.cell_count, self.constant_count
        for cell in cells:
            for field in range(ROOM):
                self.cell_buffer[index, field] = cell[field]
            check_cell(
                &self.cell_buffer[index, 0], image_length, constant_count,
                self.character_tables.shape[0],
            )
            self.cell_buffer[index, ROOM] = max_bytes(&self.cell_buffer[index, 0])
            self.cell_buffer[index, WRITER] = writer_of(&self.cell_buffer[index, 0])
            room += self.cell_buffer[index, ROOM]
            if self.cell_buffer[index, OP] == CONSTANT:
                self.cell_buffer[index, OFFSET] += constant_begin
            index += 1
        if room > MAX_ROOM:
            known.first = FALLBACK
            return 0
        self.constant_buffer[constant_begin:constant_begin + constant_count] = constants
        known.image_length, known.room = image_length, room
        known.first, known.last = self.cell_count, index
        self.cell_count, self.constant_count = index, constant_begin + constant_count
        return 0

    cdef int _make_room_for_cells(self, Py_ssize_t constants) except -1:
        """Make room for the cells of one more format and for `constants` bytes of constants.

        The buffers double, so that all formats of a table together are copied a few times only.
        Beyond `max_cells` the loaded formats are forgotten: each is loaded again when a row has it.
        """
        cdef int format_number
        cdef Py_ssize_t needed
        if self.cell_count and self.cell_count + self.columns > self.max_cells:
            for format_number in range(FORMATS):
                if self.formats[format_number].first != FALLBACK:
                    self.formats[format_number].first = UNKNOWN
            self.cell_count = self.constant_count = 0
        needed = self.cell_count + self.columns
        if needed > self.cell_buffer.shape[0]:
            cells = bytearray(4 * CELL_FIELDS * max(needed, 2 * self.cell_count))
            grown = memoryview(cells).cast("i", (len(cells) // (4 * CELL_FIELDS), CELL_FIELDS))
            known_cells = memoryview(self.cell_buffer).cast("B")[:4 * CELL_FIELDS * self.cell_count]
            cells[:len(known_cells)] = known_cells
            self.cell_buffer = self.cells = grown
        needed = self.constant_count + constants
        if needed > len(self.constant_buffer):
            known_constants = self.constant_buffer[:self.constant_count]
            self.constant_buffer = bytearray(max(needed, 2 * self.constant_count))
            self.constant_buffer[:len(known_constants)] = known_constants
            view_bytes(&self.constants, self.constant_buffer)
        return 0

    cdef int spend(self) except -1:
        if self.blob_bytes:
            self.pages.spend_blob_bytes(self.blob_bytes)
        self.blob_bytes = 0
        return 0

    cdef int refresh_blob_allowance(self) except -1:
        self.blob_allowance = 0 if self.pages is None else self.pages.blob_allowance()
        return 0

    cdef int report_counts(self) except -1:
        cdef Py_ssize_t column, first
        self.spend()
        self.fields.count_rows(self.rows)
        self.rows = 0
        for column in range(self.columns):
            first = TEXT_COUNTS * column
            counts = tuple([self.text_counts[first + kind] for kind in range(TEXT_COUNTS)])
            if any(counts):
                self.fields.count_text(column, counts)
                self.text_counts[first:first + TEXT_COUNTS] = 0
        return 0
