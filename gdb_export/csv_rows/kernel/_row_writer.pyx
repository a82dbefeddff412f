# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""What the kernel does without the GIL: record after record of a chunk to a line of CSV.

The rules stand at the head of _compiled.pyx, which does what is not ordinary.
"""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport (
    BLOB, CONSTANT, DONE, FALLBACK, FULL, GROW, IN_PYTHON_CELL, IN_PYTHON_PAGE, IN_PYTHON_SLOT,
    LENGTH, NEEDS_PAGES, NEEDS_ROOM, NULL_BIT, NULL_BYTE, OFFSET, OP, PAGES_BEHIND, ROOM,
    UNKNOWN_FORMAT, UNKNOWN_STATE,
)
from gdb_export.csv_rows.kernel.blob_items cimport BlobId, read_blob_id
from gdb_export.csv_rows.kernel.blob_pages cimport blob_content, blob_item, spent_on
from gdb_export.csv_rows.kernel.cell_fields cimport put_content, put_field
from gdb_export.firebird.pages.data_pages cimport (
    DELETED, HEADER_SIZE, ITEM, NO_ITEM, NOT_PACKED, find_item, is_committed, belongs_to,
    knows_state, read_record_header, slot_count,
)
from gdb_export.csv_rows.kernel.number_fields cimport write_literal
from gdb_export.firebird.pages.byte_views cimport (
    ByteView, bytes_at, integer_at, subview, writable_at,
)
from gdb_export.csv_rows.kernel.text_fields cimport longest_field
from gdb_export.firebird.records.record_images cimport unpack


cdef class RowWriter:
    """Writes the rows of one table, as far as they are ordinary."""

    cdef int advance(self) except -1 nogil:
        """Write rows until there are no more, or something is not ordinary."""
        cdef int status
        cdef ByteView page
        while self.place < self.sequences.shape[0]:
            if not self.is_in_page and not begin_page(self):
                return IN_PYTHON_PAGE
            if not self.has_images:
                subview(&page, self.data, self.offsets[self.place], self.page_size)
            while self.slot < self.slots:
                status = DONE
                if not self.is_in_row:
                    status = begin_image(self) if self.has_images else begin_row(self, page)
                if self.is_in_row:
                    status = write_row(self)
                if status != DONE:
                    return status
                self.slot += 1
                if self.at >= PIECE:
                    return FULL
            self.is_in_page = False
            self.place += 1
        return DONE

    cdef Py_ssize_t put_blob(
        self, Py_ssize_t at, const unsigned char* record, const int32_t* cell, int column
    ) except -1 nogil:
        """A blob on pages that are at hand; FALLBACK if it is not that or not right. A method, so
        that it is not compiled into the loop over the cells of a row."""
        cdef Py_ssize_t put, spent, room = self.formats[self.record.format].room
        cdef ByteView field, item, content
        cdef BlobId blob
        field.first, field.length = record + cell[OFFSET], 8
        if integer_at(field, 0, 8) == 0:
            return write_literal(writable_at(self.out, at, 2), b'""', 2)
        if self.max_slots == 0:
            return FALLBACK
        read_blob_id(&blob, field, self.major, self.max_slots)
        put = blob_item(self, &blob, &item)
        if put != DONE:
            return put
        spent = spent_on(self, item)
        if spent < 0 or spent > self.blob_allowance - self.blob_bytes:
            return FALLBACK
        # no content is longer than what is spent on it
        self.needed = longest_field(spent) + room
        if self.needed > self.out.length - at:
            return NEEDS_ROOM
        if not blob_content(self, &content, item):
            return FALLBACK
        put = put_content(
            writable_at(self.out, at, longest_field(content.length)), content.first, content.length,
            cell, column, &self.texts,
        )
        if put >= 0:
            self.blob_bytes += spent
        return put


cdef bint begin_page(RowWriter self) except -1 nogil:
    """Is the page in order?"""
    cdef Py_ssize_t start
    cdef ByteView page
    if not self.has_images:
        start = self.offsets[self.place]
        if self.page_size > self.data.length - start:
            return False
        subview(&page, self.data, start, self.page_size)
        self.slots = slot_count(page, self.max_slots)
        if self.slots < 0:
            return False
        if not belongs_to(page, self.relation, self.sequences[self.place]):
            return False
    self.slot = 0
    self.is_in_page = True
    return True


cdef int begin_row(RowWriter self, ByteView page) except -1 nogil:
    """Unpack the image of the slot's record, if a row is there; then `is_in_row` is set."""
    cdef int found = find_item(page, self.slots, self.slot, &self.record.item)
    cdef uint64_t transaction
    if found == ITEM:
        found = read_record_header(&self.record, self.major)
    if found != ITEM:
        return DONE if found == NO_ITEM else IN_PYTHON_SLOT
    transaction = self.record.transaction
    if transaction and transaction >= self.committed_below:
        if transaction > self.last_transaction:
            return IN_PYTHON_SLOT
        if not knows_state(&self.states, transaction):
            return UNKNOWN_STATE
        if not is_committed(&self.states, transaction):
            return IN_PYTHON_SLOT
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
            count = unpack(image, MAX_IMAGE, packed, length, self.has_long_runs)
    expected = self.formats[self.record.format].image_length
    # raw records of ODS 13.1 are padded with zeros
    while count > expected and image[count - 1] == 0:
        count -= 1
    return begin_line(self, expected) if count == expected else IN_PYTHON_SLOT


cdef int begin_image(RowWriter self) except -1 nogil:
    """Take the image of the slot; then `is_in_row` is set."""
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
    """Is the format known, and is there room for its longest row?"""
    cdef RowFormat* known = &self.formats[self.record.format]
    if known.first == UNKNOWN:
        return UNKNOWN_FORMAT
    if known.first == FALLBACK:
        return IN_PYTHON_SLOT
    self.needed = known.room
    return GROW if self.needed > self.out.length - self.at else DONE


cdef inline int begin_line(RowWriter self, Py_ssize_t image_length) noexcept nogil:
    self.image_length = image_length
    self.has_image_bytes = False
    self.line_at = self.at
    self.cell = self.formats[self.record.format].first
    self.is_in_row = True
    return DONE


cdef int write_row(RowWriter self) except -1 nogil:
    """The cells from `self.cell` on; stops at one that is Python's.

    Each cell lies within the image, and says how much room it takes: see `_learn_format`.
    """
    cdef int first = self.formats[self.record.format].first
    cdef int last = self.formats[self.record.format].last
    cdef int number = self.cell
    cdef const unsigned char* record = bytes_at(
        ByteView(self.image.first, self.image.length), 0, self.image_length
    )
    cdef Py_ssize_t at = 0, put, room = self.out.length - self.at
    cdef unsigned char* to
    cdef const int32_t* cell
    self.needed = self.formats[self.record.format].room
    if self.needed > room:
        return GROW
    to = writable_at(self.out, self.at, room)
    while number < last:
        cell = &self.cells[number, 0]
        if cell[ROOM] > room - at:
            return stopped(self, GROW, at, number)
        if number > first and not self.has_comma:
            to[at] = c","
            at += 1
        self.has_comma = False
        if record[cell[NULL_BYTE]] & cell[NULL_BIT]:
            put = 0
        elif cell[OP] == BLOB:
            put = self.put_blob(self.at + at, record, cell, number - first)
        elif cell[OP] == CONSTANT:
            put = cell[LENGTH]
            memcpy(to + at, bytes_at(self.constants, cell[OFFSET], put), put)
        else:
            put = put_field(to + at, record, cell, number - first, &self.texts)
        if put < 0:
            self.has_comma = True
            return stopped(self, why(put), at, number)
        at += put
        number += 1
    if LONGEST_END > room - at:
        return stopped(self, GROW, at, number)
    if last - first == 1 and self.at + at == self.line_at:
        at += write_literal(to + at, b'""', 2)
    to[at] = c"\n"
    self.at += at + 1
    self.rows += 1
    self.is_in_row = False
    return DONE


cdef inline int why(Py_ssize_t put) noexcept nogil:
    """The status for a field that took no bytes."""
    if put == NEEDS_ROOM:
        return GROW
    return PAGES_BEHIND if put == NEEDS_PAGES else IN_PYTHON_CELL


cdef inline int stopped(RowWriter self, int status, Py_ssize_t written, int cell) noexcept nogil:
    """Leave a row behind so many bytes, to go on at a cell."""
    self.at += written
    self.cell = cell
    return status
