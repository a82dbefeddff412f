# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Blobs on pages in memory: pages of the batch, pages between them, and pages that follow it."""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport DONE, FALLBACK, NEEDS_PAGES
from gdb_export.csv_rows.kernel._row_writer cimport MAX_FOLLOWING, MAX_SEGMENTS, RowWriter
from gdb_export.csv_rows.kernel.blob_items cimport (
    BLOB_PAGE_DATA, BlobId, level_of, page_at, page_count, take_content, take_rest, used_of_page,
)
from gdb_export.firebird.pages.data_pages cimport ITEM, find_item, belongs_to, slot_count
from gdb_export.firebird.pages.byte_views cimport ByteView, bytes_at, writable_at, subview


cdef inline Py_ssize_t page_from(
    ByteView* page, ByteView data, int64_t offset, Py_ssize_t page_size
) except -1 nogil:
    """Set `page` to the page at an offset; FALLBACK if the offset is -1."""
    if offset < 0:
        return FALLBACK
    subview(page, data, offset, page_size)
    return DONE


cdef inline Py_ssize_t blob_page(RowWriter self, BlobId* blob, ByteView* page) except -1 nogil:
    """Set `page` to the data page of a blob; FALLBACK or NEEDS_PAGES if it is not in memory."""
    cdef Py_ssize_t index = blob.sequence - self.sequences[0]
    if blob.relation != self.relation or index < 0:
        return FALLBACK
    if index < self.offset_by_sequence.shape[0]:
        return page_from(page, self.data, self.offset_by_sequence[index], self.page_size)
    index -= self.offset_by_sequence.shape[0]
    if index >= MAX_FOLLOWING:
        return FALLBACK
    if index >= self.following_offsets.shape[0]:
        return NEEDS_PAGES
    return page_from(page, self.following, self.following_offsets[index], self.page_size)


cdef inline Py_ssize_t blob_item(RowWriter self, BlobId* blob, ByteView* item) except -1 nogil:
    """Set `item` to the bytes of a blob's slot, on a page of the batch or following it."""
    cdef Py_ssize_t slots
    cdef ByteView page
    cdef Py_ssize_t status = blob_page(self, blob, &page)
    if status != DONE:
        return status
    slots = slot_count(page, self.max_slots)
    if slots < 0 or not belongs_to(page, self.relation, blob.sequence):
        return FALLBACK
    if blob.slot >= slots or find_item(page, slots, blob.slot, item) != ITEM:
        return FALLBACK
    return DONE


cdef inline Py_ssize_t bytes_spent(RowWriter self, ByteView item) except -2 nogil:
    """The bytes to charge for a blob, as Blobs does; -1 to leave it to the reference."""
    cdef int level = level_of(item, self.blob_header)
    cdef Py_ssize_t pages
    if level == 0:
        return take_rest(NULL, item)
    pages = page_count(item) if level == 1 else -1
    return pages * self.page_size if pages <= MAX_SEGMENTS // self.page_size else -1


cdef inline bint find_page(RowWriter self, int64_t page_number, ByteView* page) except -1 nogil:
    """Set `page` to a page of the batch, or one between its pages."""
    cdef Py_ssize_t run
    cdef int64_t index
    for run in range(self.extents.shape[0]):
        index = page_number - self.extents[run, 0]
        if 0 <= index < self.extents[run, 1]:
            subview(
                page, self.data, self.extents[run, 2] + index * self.page_size, self.page_size
            )
            return True
    return False


cdef inline bint gather_pages(RowWriter self, ByteView* stream, ByteView item) except -1 nogil:
    """Copy the content of a blob's pages into `segments`; False if a page is not in order."""
    cdef Py_ssize_t sequence, used, to = 0
    cdef ByteView page
    for sequence in range(page_count(item)):
        if not find_page(self, page_at(item, sequence), &page):
            return False
        used = used_of_page(page, item, sequence)
        if used < 0:
            return False
        if used:
            memcpy(writable_at(self.segments, to, used), bytes_at(page, BLOB_PAGE_DATA, used), used)
        to += used
    stream.first, stream.length = self.segments.first, to
    return True


cdef inline bint blob_content(RowWriter self, ByteView* content, ByteView item) except -1 nogil:
    """Set `content` to that of a sound blob of level 0 or 1; False for any other blob."""
    if level_of(item, self.blob_header) == 0:
        take_rest(content, item)
    elif not gather_pages(self, content, item):
        return False
    return take_content(content, item, self.blob_header, self.segments)
