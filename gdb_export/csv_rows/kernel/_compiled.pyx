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

from libc.string cimport memcpy, memmove

from gdb_export.csv_rows.kernel._record_kernel cimport RecordKernel
from gdb_export.csv_rows.kernel._row_writer cimport MAX_IMAGE, OUTPUT_BYTES
from gdb_export.csv_rows.kernel.cell_fields cimport write_content
from gdb_export.csv_rows.kernel.text_fields cimport max_field_bytes
from gdb_export.firebird.pages.byte_views cimport view_writable, writable_at

from gdb_export.firebird.core.errors import Damage

CELL_WIDTH = ROOM  # the fields of a cell that kernel_cells.py fills


cdef class Kernel(RecordKernel):
    """Formats the rows of one table as CSV.

    `fields` compiles formats and formats fields (FieldHelper), `row_helper` formats rows
    (RowHelper), `pages` formats pages and finds blobs (PageHelper): see RecordKernel.
    """

    cdef object row_helper
    cdef object parts  # an iterator of bytes to return before anything else, or None
    cdef Py_ssize_t returned
    cdef bytearray buffer

    def __init__(
        self, fields: object, row_helper: object, pages: object, **settings: object
    ) -> None:
        super().__init__(fields, pages, **settings)
        self.row_helper = row_helper
        self.parts = None
        self.buffer = bytearray(OUTPUT_BYTES + MAX_IMAGE)
        view_writable(&self.output, self.buffer)

    cdef int _begin(self, bytes data) except -1:
        self.written = self.returned = 0
        self.parts = None
        return RecordKernel._begin(self, data)

    def next_lines(self) -> bytes | memoryview | None:
        """The next bytes of the batch's lines, None at its end. Valid only until the next call.

        Their length is a multiple of OUTPUT_BYTES, except for the last of a batch and around the
        fields of large blobs, whose parts are returned as they come.
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
            if self.parts is not None:
                if self.written:
                    self.returned = self.written
                    break
                part = next(self.parts, None)
                if part:
                    return part
                if part is None:
                    self.parts = None
                    # after a field; the end of the line replaces its last comma
                    if self.is_in_row:
                        self._append(b",")
                    self.refresh_blob_allowance()
                continue
            with nogil:
                status = self.advance()
            if status == DONE:
                self.report_counts()
                self.returned = self.written
                break
            self._resolve(status)
            if self.written >= OUTPUT_BYTES and not self.is_in_row:
                self.returned = self.written // OUTPUT_BYTES * OUTPUT_BYTES
                break
        return memoryview(self.buffer)[:self.returned] if self.returned else None

    # ------------------------------------------------------------ after the writer has stopped
    cdef int _resolve(self, int status) except -1:
        """Handle the status with which the writer stopped, so that it can continue."""
        if status == GROW:
            self._make_room(self.needed)
        elif status == NEED_FOLLOWING:
            self.fetch_following()
        elif status == FALLBACK_CELL:
            self._append_field()
        elif status == FALLBACK_SLOT:
            self.append_slot()
        elif status == FALLBACK_PAGE:
            self.parts = self.pages.page_lines(self.page_index)
            self.page_index += 1
        elif status == UNKNOWN_FORMAT:
            self.load_format()
        elif status == UNKNOWN_STATE:
            self.load_states()
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

    cdef int _append_written(self, object written) except -1:
        """Append a line or a field of the reference implementation: bytes, or parts of bytes, which
        are returned before anything else is written."""
        if isinstance(written, bytes):
            return self._append(written)
        self.parts = written
        # what is written of the line is returned before its end: it is not empty
        self.line_start = -1
        return 0

    cdef int append_slot(self) except -1:
        self.spend()
        self._append_written(self.row_helper.slot_line(self.page_index, self.slot))
        self.slot += 1
        self.refresh_blob_allowance()
        return 0

    cdef int _append_field(self) except -1:
        """Append one field by the reference implementation; a damaged field is NULL."""
        cdef int column = self.cell - self.formats[self.record.format].first
        # without pages the reference implementation reads the blob too
        cdef bint is_blob = self.cells[self.cell, OP] == BLOB and self.pages is not None
        cdef Py_ssize_t start = self.cells[self.cell, OFFSET]
        self.spend()
        image = self.image_of_row()
        if not is_blob:
            self._append_written(self.fields.field(
                self.record.format, column, image, self.page_index, self.slot
            ))
        else:
            try:
                content = self.pages.open_blob(column, image[start:start + 8])
            except Damage as damage:
                self.pages.add_field_damage(damage, column, self.page_index, self.slot)
            else:
                if isinstance(content, bytes):
                    self._append_content(content, column)
                else:
                    self._append_written(content)
        if self.parts is None:
            self._append(b",")
        self.cell += 1
        self.refresh_blob_allowance()
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
