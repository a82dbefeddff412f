# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The kernel of columns: writes the common rows straight into column buffers, without the GIL.

It reads records as the kernel of CSV does, and the rules in the docstring of _compiled.pyx hold here
too; only the output differs. The reference implementation does all other rows and fields.

Images of records are collected in a block, which column_blocks.pxd writes column by column. Columns
that blocks do not have, such as blobs and computed columns, are late: they are written row by row
(column_fields.pxd) after the others. Where a value of a block is not certain, the block is discarded
and its rows are replayed: written field by field.

A row is complete when `row` is incremented. Until then each of its fields may be written again: the
bytes of a variable value begin at the end of the row before, wherever a first attempt ended.
"""

from array import array

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int32_t
from libc.string cimport memcpy, memmove, memset

from gdb_export.arrow.kernel.column_blocks cimport (
    BLOCK_BYTES, BLOCK_ROWS, MIN_BLOCK_ROWS, Block, discard_column, fits_blocks, put_column,
)
from gdb_export.arrow.kernel.column_fields cimport put_fixed, write_value_of_text
from gdb_export.arrow.kernel.column_targets cimport (
    BITS, FIXED, NESTED, VARIABLE, Target, offset_of, put_bit, put_null,
)
from gdb_export.arrow.kernel.exported_batches cimport (
    ArrowArray, begin_batch, export_column, exported_bytes, release_if_kept,
)
from gdb_export.csv_rows.kernel._compiled cimport (
    BLOB, BOOLEAN, CHAR, DECODING, DONE, EMPTY, FALLBACK, FALLBACK_CELL, FALLBACK_PAGE,
    FALLBACK_SLOT, FULL, GROW, HEX, LENGTH, NEED_FOLLOWING, NEEDS_PAGES, NEEDS_ROOM, NULL_BIT,
    NULL_BYTE, OFFSET, OP, TEXT_COUNTS, UNKNOWN_FORMAT, UNKNOWN_STATE, UTF8, VARCHAR,
)
from gdb_export.csv_rows.kernel._record_kernel cimport RecordKernel
from gdb_export.csv_rows.kernel._row_writer cimport MAX_IMAGE, OUTPUT_BYTES, RowFormat
from gdb_export.csv_rows.kernel.cell_fields cimport string_field, utf8_table
from gdb_export.csv_rows.kernel.text_fields cimport max_field_bytes, utf8_characters
from gdb_export.csv_rows.kernel.text_vectors cimport IMAGE_SLACK
from gdb_export.firebird.pages.byte_views cimport (
    ByteView, WritableView, bytes_at, view_writable, writable_at,
)

cdef enum:
    FIRST_DATA_BYTES = 256
    MIN_BLOCK_COLUMNS = 2  # fewer are not worth a block
    WORD_BYTES = 8  # the bits of a block's rows are written as a word
    NOTHING = -1  # no Status is deferred


cdef class ColumnKernel(RecordKernel):
    """Makes the columns of one table.

    `fields` compiles formats and makes values (ColumnFieldHelper), `rows` makes rows
    (ColumnRowHelper), `pages` finds blobs (PageHelper): see RecordKernel. `layouts` has storage and
    width of each column. A batch ends with the row that reaches `max_rows` or `max_bytes`.
    """

    def __init__(
        self, fields: object, rows: object, pages: object, layouts: list, max_rows: int,
        max_bytes: int, **settings: object,
    ) -> None:
        cdef int column
        super().__init__(fields, pages, **settings)
        self.rows_helper, self.max_rows, self.max_bytes = rows, max_rows, max_bytes
        if len(layouts) != self.columns:
            raise ValueError(f"{len(layouts)} layouts for {self.columns} columns")
        self.targets = <Target*>PyMem_Calloc(max(self.columns, 1), sizeof(Target))
        if self.targets == NULL:
            raise MemoryError
        self.pending = []
        self.validity_buffers, self.value_buffers, self.data_buffers = [], [], []
        self.nested = []
        for column, (storage, width) in enumerate(layouts):
            bits = max_rows // 8 + 1 + WORD_BYTES
            values = bits if storage == BITS else max_rows * width
            if storage == VARIABLE:
                values = 4 * (max_rows + 1)
            self.targets[column].storage, self.targets[column].width = storage, width
            self.validity_buffers.append(bytearray(bits))
            self.value_buffers.append(bytearray(max(values, 1)))
            self.data_buffers.append(bytearray(FIRST_DATA_BYTES if storage == VARIABLE else 1))
            self.nested.append([] if storage == NESTED else None)
            view_writable(&self.targets[column].validity, self.validity_buffers[column])
            view_writable(&self.targets[column].values, self.value_buffers[column])
            view_writable(&self.targets[column].data, self.data_buffers[column])
        self.block_buffer = self.image_buffer = bytearray(BLOCK_BYTES + MAX_IMAGE + IMAGE_SLACK)
        view_writable(&self.blocks, self.block_buffer)
        self.image = WritableView(self.blocks.first, MAX_IMAGE)
        self.saved_counts = array("q", [0]) * (TEXT_COUNTS * max(self.columns, 1))
        self.late_columns = array("i", [0]) * max(self.columns, 1)
        self.variable_columns = array("i", [0]) * max(self.columns, 1)
        self._reset()

    def __dealloc__(self) -> None:
        PyMem_Free(self.targets)

    cdef int _begin(self, bytes data) except -1:
        self.block_rows, self.is_replaying, self.deferred = 0, False, NOTHING
        self.image.first = self.blocks.first
        return RecordKernel._begin(self, data)

    def is_full(self) -> bool:
        """Write rows until the record batch is full; False if the pages or images end before."""
        cdef int status
        while True:
            while self.pending and self.written == 0:
                self._append_row(self.pending.pop())
            if self.written:
                return True
            with nogil:
                status = self.step()
            if status == DONE:
                self.report_counts()
                return False
            if status != FULL:
                self._resolve(status)

    def take(self, importer: object) -> tuple | None:
        """The rows that are written: a record batch of all columns but nested ones, and the lists
        of the latter. None without rows.

        `importer` gets the address of a struct ArrowArray, and returns the batch. It takes over
        the ownership: the kernel keeps no reference to the batch's memory.
        """
        cdef ArrowArray batch
        if self.row == 0:
            return None
        nested = [
            values + [None] * (self.row - len(values)) for values in self.nested
            if values is not None
        ]
        self._export(&batch, self.columns - len(nested))
        self._shrink()
        self._reset()
        try:
            return importer(<size_t>&batch), nested
        finally:
            release_if_kept(&batch)

    cdef int _export(self, ArrowArray* batch, Py_ssize_t columns) except -1:
        """Copy the buffers of the `columns` that are not nested into a batch."""
        cdef Py_ssize_t size = 0
        cdef int column, exported = 0
        cdef unsigned char* to
        for column in range(self.columns):
            if self.targets[column].storage != NESTED:
                size += exported_bytes(&self.targets[column], self.row)
        to = begin_batch(batch, columns, self.row, size)
        if to == NULL:
            raise MemoryError
        with nogil:
            for column in range(self.columns):
                if self.targets[column].storage != NESTED:
                    to = export_column(
                        batch.children[exported], &self.targets[column], self.row, to
                    )
                    exported += 1
        return 0

    def _shrink(self) -> None:
        """Free the buffers that have grown for a large value."""
        cdef int column
        for column in range(self.columns):
            if self.targets[column].data.length > 2 * self.max_bytes:
                self.data_buffers[column] = bytearray(FIRST_DATA_BYTES)
                view_writable(&self.targets[column].data, self.data_buffers[column])

    cdef int _reset(self) except -1:
        """Begin an empty batch."""
        cdef int column
        cdef Target* target
        for column in range(self.columns):
            target = &self.targets[column]
            memset(target.validity.first, 0xFF, target.validity.length)
            if target.storage == BITS:
                memset(target.values.first, 0, target.values.length)
            elif target.storage == NESTED:
                self.nested[column] = []
            target.nulls = 0
        self.row = self.written = self.batch_bytes = self.row_bytes = 0
        return 0

    # ------------------------------------------------------------ without the GIL
    cdef int step(self) except -1 nogil:
        """Write rows up to the end of the pages or images, to a full batch, or to one that needs
        help; return the Status. A Status that `advance` returns is deferred until the rows before
        it are written."""
        cdef int status
        while True:
            if self.is_replaying:
                status = self.replay()
                if self.is_replaying or self.written:
                    return status
            if self.deferred != NOTHING:
                status, self.deferred = self.deferred, NOTHING
                return status
            status = self.advance()
            if self.block_rows:
                self.deferred, status = status, FULL
                self.write_block()
                self.image.first = self.blocks.first
            if not self.is_replaying:
                return status
            self.written = 0
            self.resumed = self.position()
            self.is_in_row = False

    cdef int write_record(self) except -1 nogil:
        """Add the record to the block, or write it; FULL if a discarded block comes first."""
        cdef int format_number = self.record.format
        if self.block_rows and self.block_format != format_number and not self.write_block():
            return FULL
        if self.block_limits[format_number] == 0:
            return self.write_fields()
        if self.block_rows == 0 and self.image.first != self.blocks.first:
            memmove(self.blocks.first, self.image.first, self.image_length)
            self.image.first = self.blocks.first
        self.block_format = format_number
        self.block_pages[self.block_rows] = self.page_index
        self.block_slots[self.block_rows] = self.slot
        self.block_rows += 1
        self.image.first += self.image_length
        self.is_in_row = False
        if (
            self.block_rows >= self.block_limits[format_number]
            or self.block_rows >= self.max_rows - self.row
        ):
            self.write_block()
            self.image.first = self.blocks.first
        return DONE

    cdef bint write_block(self) except -1 nogil:
        """Write the rows of the block. False if they are to be replayed or completed; `advance`
        then stops."""
        cdef int rows = self.block_rows
        cdef Py_ssize_t added
        self.block_rows = 0
        self.saved_counts[:] = self.text_counts
        added = self.put_block(0, rows)
        if added >= 0 and self.late_count == 0:
            self.row += rows
            self.rows += rows
            self.batch_bytes += added
            if self.row >= self.max_rows:
                self.written = OUTPUT_BYTES
            return True
        self.is_completing, self.block_begin = added >= 0, self.row
        if not self.is_completing:
            self.text_counts[:] = self.saved_counts
        self.is_replaying, self.replayed, self.replay_end = True, 0, rows
        self.written = OUTPUT_BYTES
        return False

    cdef Py_ssize_t put_block(self, int begin, int end) except -2 nogil:
        """Write the columns of the block's rows `begin` to `end`, but not the late ones, from the
        current row of the batch on. Return the bytes of the variable values; -1, with nothing
        written, if a value is not certain or the batch ends before `end`."""
        cdef RowFormat* known = &self.formats[self.block_format]
        cdef Block block
        cdef Target* target
        cdef const int32_t* cell
        cdef Py_ssize_t status = DONE, added = 0, row = self.row
        cdef int column = 0
        block.rows, block.stride, block.flags_at = end - begin, known.image_length, -1
        block.images = bytes_at(
            ByteView(self.blocks.first, self.blocks.length), begin * block.stride,
            block.rows * block.stride + IMAGE_SLACK,
        )
        self.late_count = self.variable_count = 0
        while column < self.columns and status == DONE:
            target, cell = &self.targets[column], &self.cells[known.first + column, 0]
            if not fits_blocks(target, cell):
                self.late_columns[self.late_count] = column
                self.late_count += 1
            else:
                if target.storage == VARIABLE:
                    self.reserve(column, block.rows * max_field_bytes(cell[LENGTH]))
                status = put_column(target, row, &block, cell, column, &self.context)
                if target.storage == VARIABLE and status == DONE:
                    added += offset_of(target, row + block.rows) - offset_of(target, row)
                    self.variable_columns[self.variable_count] = column
                    self.variable_count += 1
            column += 1
        # a batch ends with the row that reaches the limit
        if status == DONE and added < self.max_bytes - self.batch_bytes:
            return added
        while column > 0:
            column -= 1
            target, cell = &self.targets[column], &self.cells[known.first + column, 0]
            if fits_blocks(target, cell):
                discard_column(target, &block, cell, row)
        return -1

    cdef int put_rest_of_block(self) except -1 nogil:
        """After a batch that ended within the block: write the columns of the other rows again, now
        into the next batch. Their characters have been counted."""
        self.saved_counts[:] = self.text_counts
        self.put_block(self.replayed, self.replay_end)
        self.text_counts[:] = self.saved_counts
        self.block_begin = self.row - self.replayed
        return 0

    cdef int reserve(self, int column, Py_ssize_t count) except -1 nogil:
        """Make room for `count` bytes of variable values from the current row on."""
        cdef Target* target = &self.targets[column]
        if count > target.data.length - offset_of(target, self.row):
            with gil:
                self._grow(column, count)
        return 0

    cdef int replay(self) except -1 nogil:
        """Write the rows of the discarded block field by field, or the late fields of its rows;
        return the Status."""
        cdef RowFormat* known = &self.formats[self.block_format]
        cdef int status
        while self.is_in_row or self.replayed < self.replay_end:
            if not self.is_in_row:
                self.record.format = <unsigned char>self.block_format
                self.image.first = self.blocks.first + self.replayed * known.image_length
                self.image_length, self.cell = known.image_length, known.first
                self.page_index = self.block_pages[self.replayed]
                self.slot = self.block_slots[self.replayed]
                self.is_in_row, self.has_image_bytes = True, False
                if self.is_completing:
                    self.late = 0
                    if self.row != self.block_begin + self.replayed:
                        self.put_rest_of_block()
                self.replayed += 1
            status = self.write_late_fields() if self.is_completing else self.write_fields()
            if status != DONE:
                return status
            if self.written:
                return FULL
        self.is_replaying = False
        self.resume()
        return FULL

    cdef Position position(self) noexcept nogil:
        """The position of `advance`."""
        cdef Position found
        found.page_index, found.slot, found.cell = self.page_index, self.slot, self.cell
        found.image, found.image_length = self.image, self.image_length
        found.is_in_row, found.record = self.is_in_row, self.record
        return found

    cdef int resume(self) noexcept nogil:
        """Return to the position after the replayed rows."""
        cdef Position* found = &self.resumed
        self.page_index, self.slot, self.cell = found.page_index, found.slot, found.cell
        self.image, self.image_length = found.image, found.image_length
        self.is_in_row, self.record = found.is_in_row, found.record
        self.has_image_bytes = False
        return 0

    cdef int write_fields(self) except -1 nogil:
        """Write the fields from `self.cell` on, up to one that needs help."""
        cdef RowFormat* known = &self.formats[self.record.format]
        cdef int first = known.first, index = self.cell
        cdef const unsigned char* record = bytes_at(
            ByteView(self.image.first, self.image.length), 0, self.image_length
        )
        cdef const int32_t* cell
        cdef Target* target
        cdef Py_ssize_t status
        while index < known.last:
            cell = &self.cells[index, 0]
            target = &self.targets[index - first]
            if cell[OP] == EMPTY or record[cell[NULL_BYTE]] & cell[NULL_BIT]:
                put_null(target, self.row)
            else:
                status = put_field(self, target, record, cell, index - first)
                if status != DONE:
                    self.cell = index
                    return stop_of(status)
            index += 1
        end_row(self)
        return DONE

    cdef int write_late_fields(self) except -1 nogil:
        """Complete the current row of a block by its late fields, up to one that needs help."""
        cdef int first = self.formats[self.record.format].first, column, index
        cdef const unsigned char* record = bytes_at(
            ByteView(self.image.first, self.image.length), 0, self.image_length
        )
        cdef const int32_t* cell
        cdef Target* target
        cdef Py_ssize_t status
        while self.late < self.late_count:
            column = self.late_columns[self.late]
            if first + column >= self.cell:
                cell, target = &self.cells[first + column, 0], &self.targets[column]
                if cell[OP] == EMPTY or record[cell[NULL_BYTE]] & cell[NULL_BIT]:
                    put_null(target, self.row)
                else:
                    status = put_field(self, target, record, cell, column)
                    if status != DONE:
                        self.cell = first + column
                        return stop_of(status)
            self.late += 1
        for index in range(self.variable_count):
            target = &self.targets[self.variable_columns[index]]
            self.row_bytes += offset_of(target, self.row + 1) - offset_of(target, self.row)
        end_row(self)
        return DONE

    # ------------------------------------------------------------ after the writer has stopped
    cdef int _resolve(self, int status) except -1:
        if status == GROW:
            self._grow(self.cell - self.formats[self.record.format].first, self.needed)
        elif status == NEED_FOLLOWING:
            self.fetch_following()
        elif status == FALLBACK_CELL:
            self._append_field()
        elif status == FALLBACK_SLOT:
            self.append_slot()
        elif status == FALLBACK_PAGE:
            self.pending = self.rows_helper.page_rows(self.page_index)[::-1]
            self.page_index += 1
        elif status == UNKNOWN_FORMAT:
            self._load_column_format()
        elif status == UNKNOWN_STATE:
            self.load_states()
        return 0

    cdef int _load_column_format(self) except -1:
        cdef int format_number = self.record.format, column, limit, block_columns = 0
        cdef RowFormat* known = &self.formats[format_number]
        self.load_format()
        # fields request their own room
        known.room = 0
        if known.first < 0:
            return 0
        limit = BLOCK_BYTES // known.image_length
        for column in range(self.columns):
            if fits_blocks(&self.targets[column], &self.cells[known.first + column, 0]):
                block_columns += 1
        if block_columns < min(self.columns, MIN_BLOCK_COLUMNS):
            limit = 0
        self.block_limits[format_number] = min(limit, BLOCK_ROWS) if limit >= MIN_BLOCK_ROWS else 0
        return 0

    cdef int _grow(self, int column, Py_ssize_t count) except -1:
        """Make room for `count` bytes of a variable value of the current row."""
        cdef Target* target = &self.targets[column]
        cdef Py_ssize_t start = offset_of(target, self.row)
        if count > target.data.length - start:
            grown = bytearray(max(start + count, 2 * target.data.length))
            grown[:start] = memoryview(self.data_buffers[column])[:start]
            self.data_buffers[column] = grown
            view_writable(&target.data, grown)
        return 0

    cdef int append_slot(self) except -1:
        self.spend()
        row = self.rows_helper.slot_row(self.page_index, self.slot)
        self.slot += 1
        self.refresh_blob_allowance()
        return 0 if row is None else self._append_row(row)

    cdef int _append_field(self) except -1:
        """Append a value by the reference implementation; a field that can't be read is NULL."""
        cdef int column = self.cell - self.formats[self.record.format].first
        cdef bint is_blob = self.cells[self.cell, OP] == BLOB
        cdef Py_ssize_t start = self.cells[self.cell, OFFSET]
        self.spend()
        image = self.image_of_row()
        if not is_blob:
            self._put(column, self.fields.value(
                self.record.format, column, image, self.page_index, self.slot
            ))
        else:
            content = self.pages.blob_content(
                column, image[start:start + 8], self.page_index, self.slot
            )
            if content is None:
                self._put(column, None)
            else:
                self._append_content(content, column)
        self.cell += 1
        self.refresh_blob_allowance()
        return 0

    cdef int _append_content(self, bytes content, int column) except -1:
        """Append a blob that the reference implementation has read."""
        cdef Py_ssize_t length = len(content), status
        if self.cells[self.cell, DECODING] == HEX:
            return self._put(column, content)
        self._grow(column, max_field_bytes(length))
        status = put_content(
            self, &self.targets[column], <const unsigned char*>content, length,
            &self.cells[self.cell, 0], column,
        )
        if status != DONE:
            self._put(column, self.pages.blob_value(column, content))
        return 0

    cdef int _append_row(self, list row) except -1:
        """Append a row of the reference implementation, which has counted it."""
        cdef int column
        for column in range(self.columns):
            self._put(column, row[column])
        end_row(self)
        self.rows -= 1
        return 0

    cdef int _put(self, int column, object value) except -1:
        """Write a value of StoredRows into the current row."""
        cdef Target* target = &self.targets[column]
        cdef Py_ssize_t length
        cdef bytes stored
        if target.storage == NESTED:
            values = self.nested[column]
            del values[self.row:]
            values += [None] * (self.row - len(values))
            values.append(value)
            return 0
        if value is None:
            put_null(target, self.row)
            return 0
        stored = value
        length = len(stored)
        if target.storage == VARIABLE:
            self._grow(column, max(length, 1))
            if length:
                memcpy(
                    writable_at(target.data, offset_of(target, self.row), length),
                    <const unsigned char*>stored, length,
                )
            end_value(self, target, length)
        elif target.storage == BITS:
            put_bit(target, self.row, stored == b"\1")
        else:
            if length != target.width:
                raise ValueError(f"a value of {length} bytes where {target.width} fit")
            memcpy(
                writable_at(target.values, self.row * length, length),
                <const unsigned char*>stored, length,
            )
        return 0


cdef inline int end_value(ColumnKernel self, Target* target, Py_ssize_t length) except -1 nogil:
    """Set the end of the current row's variable value."""
    cdef int32_t end = <int32_t>(offset_of(target, self.row) + length)
    memcpy(writable_at(target.values, 4 * (self.row + 1), 4), &end, 4)
    self.row_bytes += length
    return 0


cdef inline int end_row(ColumnKernel self) except -1 nogil:
    """Complete the current row. If the batch is full, set `written` so that `advance` stops."""
    self.row += 1
    self.rows += 1
    self.batch_bytes += self.row_bytes
    self.row_bytes = 0
    self.is_in_row = False
    if self.row >= self.max_rows or self.batch_bytes >= self.max_bytes:
        self.written = OUTPUT_BYTES
    return 0


cdef inline Py_ssize_t put_field(
    ColumnKernel self, Target* target, const unsigned char* record, const int32_t* cell, int column
) except -1 nogil:
    """Write a field that is not NULL; FALLBACK if the kernel does not know its value."""
    cdef int op = cell[OP]
    cdef Py_ssize_t length = 0, table = 0, status
    cdef const unsigned char* text
    cdef ByteView content
    if op == CHAR or op == VARCHAR:
        if target.storage != VARIABLE:
            return FALLBACK
        # string_field counts the value: ask for room first, so that it is counted only once
        self.needed = max_field_bytes(cell[LENGTH])
        if self.needed > target.data.length - offset_of(target, self.row):
            return NEEDS_ROOM
        text = string_field(record, cell, column, &self.context, &length, &table)
        return FALLBACK if text == NULL else put_text(
            self, target, text, length, table, cell, column
        )
    if op == BLOB:
        if target.storage != VARIABLE:
            return FALLBACK
        status = self.find_blob(record, cell, &content)
        if status != DONE:
            return status
        self.needed = max_field_bytes(content.length)
        if self.needed > target.data.length - offset_of(target, self.row):
            return NEEDS_ROOM
        status = put_content(self, target, content.first, content.length, cell, column)
        if status == DONE:
            self.blob_bytes += self.blob_cost
        return status
    if target.storage == FIXED:
        return put_fixed(
            writable_at(target.values, self.row * target.width, target.width), target.width,
            record + cell[OFFSET], op, cell[LENGTH],
        )
    if op == BOOLEAN and target.storage == BITS:
        put_bit(target, self.row, record[cell[OFFSET]] != 0)
        return DONE
    return FALLBACK


cdef inline Py_ssize_t put_content(
    ColumnKernel self, Target* target, const unsigned char* content, Py_ssize_t length,
    const int32_t* cell, int column,
) except -1 nogil:
    """Write the content of a blob, for which there is room; FALLBACK if its UTF-8 is invalid, and
    the kernel has no other table for it."""
    cdef Py_ssize_t table = cell[DECODING]
    if table == UTF8:
        table = utf8_table(
            utf8_characters(content, length), length, cell, column, &self.context
        )
        if table < 0:
            return FALLBACK
    return put_text(self, target, content, length, table, cell, column)


cdef inline Py_ssize_t put_text(
    ColumnKernel self, Target* target, const unsigned char* text, Py_ssize_t length,
    Py_ssize_t table, const int32_t* cell, int column,
) except -1 nogil:
    """Write text by a table, or binary data for HEX; there is room for it."""
    cdef Py_ssize_t width = write_value_of_text(
        writable_at(target.data, offset_of(target, self.row), max_field_bytes(length)),
        text, length, table, cell, column, &self.context,
    )
    end_value(self, target, width)
    return DONE


cdef inline int stop_of(Py_ssize_t result) noexcept nogil:
    """The Status for a field that was not written."""
    if result == NEEDS_ROOM:
        return GROW
    return NEED_FOLLOWING if result == NEEDS_PAGES else FALLBACK_CELL
