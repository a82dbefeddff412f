# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""The part of the kernel that runs without the GIL: formats records as lines of CSV.

The rules are in the docstring of _compiled.pyx, which handles every status that stops it.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport (
    BLOB, CONSTANT, DONE, FALLBACK, FULL, GROW, FALLBACK_CELL, FALLBACK_PAGE, FALLBACK_SLOT,
    CELL_FIELDS, LENGTH, NEEDS_PAGES, NEEDS_ROOM, NULL_BIT, NULL_BYTE, OFFSET, OP, NEED_FOLLOWING,
    UNKNOWN_FORMAT, UNKNOWN_STATE,
)
from gdb_export.csv_rows.kernel.backup_blobs cimport backup_blob
from gdb_export.csv_rows.kernel.blob_items cimport BlobId, read_blob_id
from gdb_export.csv_rows.kernel.blob_pages cimport blob_content, blob_item, bytes_spent
from gdb_export.csv_rows.kernel.cell_fields cimport write_common, write_content, write_field
from gdb_export.firebird.pages.data_pages cimport (
    DELETED, HEADER_SIZE, ITEM, NO_ITEM, NOT_PACKED, find_item, is_committed, belongs_to,
    knows_state, read_record_header, slot_count,
)
from gdb_export.csv_rows.kernel.number_fields cimport write_literal
from gdb_export.csv_rows.kernel.short_texts cimport UNUSUAL
from gdb_export.firebird.pages.byte_views cimport (
    ByteView, bytes_at, integer_at, subview, writable_at,
)
from gdb_export.csv_rows.kernel.text_fields cimport max_field_bytes
from gdb_export.firebird.records.record_images cimport unpack


cdef class RowWriter:
    """Writes the common rows of one table."""

    cdef int advance(self) except -1 nogil:
        """Write rows up to the end of the batch, or to one that needs help; return the Status."""
        cdef int status
        cdef ByteView page
        while self.page_index < self.sequences.shape[0]:
            if not self.is_in_page and not begin_page(self):
                return FALLBACK_PAGE
            if not self.has_images:
                subview(&page, self.data, self.offsets[self.page_index], self.page_size)
            while self.slot < self.slots:
                status = DONE
                if not self.is_in_row:
                    status = begin_image(self) if self.has_images else begin_row(self, page)
                if self.is_in_row:
                    status = self.write_record()
                if status != DONE:
                    return status
                self.slot += 1
                if self.written >= OUTPUT_BYTES:
                    return FULL
            self.is_in_page = False
            self.page_index += 1
        return DONE

    cdef int write_record(self) except -1 nogil:
        """Write the record whose image is unpacked; return the Status."""
        return write_row(self)

    cdef Py_ssize_t find_blob(
        self, const unsigned char* record, const int32_t* cell, ByteView* content
    ) except -1 nogil:
        """Set `content` to that of a blob whose pages are in the batch or follow it, or whose bytes
        are in `stream`, and `blob_cost` to the bytes to charge for it. FALLBACK or NEEDS_PAGES for
        any other blob."""
        cdef Py_ssize_t found
        cdef ByteView field, item
        cdef BlobId blob
        field.first, field.length = record + cell[OFFSET], 8
        content.first, content.length = field.first, 0
        self.blob_cost = 0
        if integer_at(field, 0, 8) == 0:
            return DONE
        if self.has_images:
            return backup_blob(self, integer_at(field, 0, 8), content)
        if self.blob_divisor == 0:
            return FALLBACK
        read_blob_id(&blob, field, self.major, self.blob_divisor)
        found = blob_item(self, &blob, &item)
        if found != DONE:
            return found
        self.blob_cost = bytes_spent(self, item)
        if self.blob_cost < 0 or self.blob_cost > self.blob_allowance - self.blob_bytes:
            return FALLBACK
        return DONE if blob_content(self, content, item) else FALLBACK

    cdef Py_ssize_t write_blob(
        self, Py_ssize_t at, const unsigned char* record, const int32_t* cell, int column
    ) except -1 nogil:
        """Write a blob whose pages are in the batch or follow it; FALLBACK for any other.

        A method, so that it is not inlined into the loop over the cells of a row.
        """
        cdef Py_ssize_t width, room = self.formats[self.record.format].room
        cdef ByteView content
        width = self.find_blob(record, cell, &content)
        if width != DONE:
            return width
        self.needed = max_field_bytes(content.length) + room
        if self.needed > self.output.length - at:
            return NEEDS_ROOM
        width = write_content(
            writable_at(self.output, at, max_field_bytes(content.length)), content.first,
            content.length, cell, column, &self.context,
        )
        if width >= 0:
            self.blob_bytes += self.blob_cost
        return width


cdef bint begin_page(RowWriter self) except -1 nogil:
    """Begin the page at `page_index`; False if it is not in order."""
    cdef Py_ssize_t start
    cdef ByteView page
    if not self.has_images:
        start = self.offsets[self.page_index]
        if self.page_size > self.data.length - start:
            return False
        subview(&page, self.data, start, self.page_size)
        self.slots = slot_count(page, self.max_slots)
        if self.slots < 0:
            return False
        if not belongs_to(page, self.relation, self.sequences[self.page_index]):
            return False
    self.slot = 0
    self.is_in_page = True
    return True


cdef int begin_row(RowWriter self, ByteView page) except -1 nogil:
    """Unpack the image of the slot's record, if it is a row; then `is_in_row` is set."""
    cdef int found = find_item(page, self.slots, self.slot, &self.record.item)
    cdef uint64_t transaction
    if found == ITEM:
        found = read_record_header(&self.record, self.major)
    if found != ITEM:
        return DONE if found == NO_ITEM else FALLBACK_SLOT
    transaction = self.record.transaction
    if transaction and transaction >= self.committed_below:
        if transaction > self.last_transaction:
            return FALLBACK_SLOT
        if not knows_state(&self.states, transaction):
            return UNKNOWN_STATE
        if not is_committed(&self.states, transaction):
            return FALLBACK_SLOT
    return DONE if self.record.flags & DELETED else unpack_image(self)


cdef int unpack_image(RowWriter self) except -1 nogil:
    cdef Py_ssize_t expected, count = 0, length = self.record.item.length - HEADER_SIZE
    cdef unsigned char* image = writable_at(self.image, 0, MAX_IMAGE)
    cdef const unsigned char* packed
    cdef int status = has_room(self)
    if status != DONE:
        return status
    if length:
        packed = bytes_at(self.record.item, HEADER_SIZE, length)
        if self.has_long_runs and self.record.flags & NOT_PACKED:
            count = length
            memcpy(writable_at(self.image, 0, count), packed, count)
        else:
            count = unpack(
                image, MAX_IMAGE, packed, length, self.data.first + self.data.length - packed,
                self.has_long_runs,
            )
    expected = self.formats[self.record.format].image_length
    # raw records of ODS 13.1 are padded with zeros
    while count > expected and image[count - 1] == 0:
        count -= 1
    return begin_line(self, expected) if count == expected else FALLBACK_SLOT


cdef int begin_image(RowWriter self) except -1 nogil:
    """Copy the image of the slot; then `is_in_row` is set."""
    cdef Py_ssize_t length
    cdef int status = has_room(self)
    if status != DONE:
        return status
    length = self.formats[self.record.format].image_length
    memcpy(
        writable_at(self.image, 0, length), bytes_at(self.data, self.slot * length, length), length
    )
    return begin_line(self, length)


cdef inline int has_room(RowWriter self) noexcept nogil:
    """DONE if the format is known and there is room for its longest row."""
    cdef RowFormat* known = &self.formats[self.record.format]
    if known.first == UNKNOWN:
        return UNKNOWN_FORMAT
    if known.first == FALLBACK:
        return FALLBACK_SLOT
    self.needed = known.room
    return GROW if self.needed > self.output.length - self.written else DONE


cdef inline int begin_line(RowWriter self, Py_ssize_t image_length) noexcept nogil:
    self.image_length = image_length
    self.has_image_bytes = False
    self.line_start = self.written
    self.cell = self.formats[self.record.format].first
    self.is_in_row = True
    return DONE


cdef int write_row(RowWriter self) except -1 nogil:
    """Write the cells from `self.cell` on, up to one that needs help.

    Each cell lies within the image: see `load_format`. There is room for all of them, since the
    room of a format is the sum of that of its cells, and a blob requests that much after itself.
    """
    cdef RowFormat* known = &self.formats[self.record.format]
    cdef int index = self.cell, columns = known.last - known.first
    cdef const unsigned char* record = bytes_at(
        ByteView(self.image.first, self.image.length), 0, self.image_length
    )
    cdef Py_ssize_t at = 0, width, room = self.output.length - self.written
    cdef unsigned char* to
    cdef const int32_t* cell
    cdef uint64_t present
    self.needed = known.room
    if self.needed > room:
        return GROW
    to = writable_at(self.output, self.written, room)
    if index < known.last:
        cell = &self.cells[index, 0]
        # the cells of a format lie one after another
        assert known.last <= self.cells.shape[0]
    while index < known.last:
        present = 0 if record[cell[NULL_BYTE]] & cell[NULL_BIT] else <uint64_t>0xFFFFFFFFFFFFFFFF
        width = write_common(to + at, record, cell, present)
        if width == UNUSUAL:
            width = write_unusual(self, to, at, record, cell, index - known.first)
        if width < 0:
            self.written += at
            self.cell = index
            return status_of(width)
        at += width
        to[at] = c","
        at += 1
        index += 1
        cell += CELL_FIELDS
    return end_line(self, at, columns)


cdef inline int end_line(RowWriter self, Py_ssize_t at, int columns) except -1 nogil:
    """Put the line feed in the place of the last comma, after `at` more bytes of the output."""
    self.written += at
    if columns:
        self.written -= 1
    if columns == 1 and self.written == self.line_start:
        self.written += write_literal(writable_at(self.output, self.written, MAX_END), b'""', 2)
    writable_at(self.output, self.written, 1)[0] = c"\n"
    self.written += 1
    self.rows += 1
    self.is_in_row = False
    return DONE


cdef Py_ssize_t write_unusual(
    RowWriter self, unsigned char* to, Py_ssize_t at, const unsigned char* record,
    const int32_t* cell, int column,
) except -1 nogil:
    """Write a field that is not NULL, after `at` bytes of the row."""
    cdef Py_ssize_t width
    if cell[OP] == BLOB:
        return self.write_blob(self.written + at, record, cell, column)
    if cell[OP] == CONSTANT:
        width = cell[LENGTH]
        if width:
            memcpy(to + at, bytes_at(self.constants, cell[OFFSET], width), width)
        return width
    return write_field(to + at, record, cell, column, &self.context)


cdef inline int status_of(Py_ssize_t result) noexcept nogil:
    """The status for the negative result of a field that was not written."""
    if result == NEEDS_ROOM:
        return GROW
    return NEED_FOLLOWING if result == NEEDS_PAGES else FALLBACK_CELL
