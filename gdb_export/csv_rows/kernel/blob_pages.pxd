# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=False, initializedcheck=True
"""Blobs on pages that are at hand: those of the chunk, what lies between them, and those behind."""

from libc.stdint cimport int64_t
from libc.string cimport memcpy

from gdb_export.csv_rows.kernel._compiled cimport DONE, FALLBACK, NEEDS_PAGES
from gdb_export.csv_rows.kernel._row_writer cimport BEHIND, MAX_SEGMENTS, RowWriter
from gdb_export.csv_rows.kernel.blob_items cimport (
    BLOB_PAGE_DATA, BlobId, level_of, page_at, page_count, take_content, take_rest, used_of_page,
)
from gdb_export.firebird.pages.data_pages cimport ITEM, find_item, belongs_to, slot_count
from gdb_export.firebird.pages.byte_views cimport ByteView, bytes_at, writable_at, subview


cdef inline Py_ssize_t page_from(
    ByteView* page, ByteView data, int64_t offset, Py_ssize_t page_size
) except -1 nogil:
    if offset < 0:
        return FALLBACK
    subview(page, data, offset, page_size)
    return DONE


cdef inline Py_ssize_t blob_page(RowWriter self, BlobId* blob, ByteView* page) except -1 nogil:
    cdef Py_ssize_t place = blob.sequence - self.sequences[0]
    if blob.relation != self.relation or place < 0:
        return FALLBACK
    if place < self.offset_of.shape[0]:
        return page_from(page, self.data, self.offset_of[place], self.page_size)
    place -= self.offset_of.shape[0]
    if place >= BEHIND:
        return FALLBACK
    if place >= self.behind_offset_of.shape[0]:
        return NEEDS_PAGES
    return page_from(page, self.behind, self.behind_offset_of[place], self.page_size)


cdef inline Py_ssize_t blob_item(RowWriter self, BlobId* blob, ByteView* item) except -1 nogil:
    """The slot of a blob, on a page in the chunk or just behind it."""
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


cdef inline Py_ssize_t spent_on(RowWriter self, ByteView item) except -2 nogil:
    """Bytes that a blob is reckoned to take, as Blobs reckons; -1 if it is Python's."""
    cdef int level = level_of(item)
    cdef Py_ssize_t pages
    if level == 0:
        return take_rest(NULL, item)
    pages = page_count(item) if level == 1 else -1
    return pages * self.page_size if pages <= MAX_SEGMENTS // self.page_size else -1


cdef inline bint find_page(RowWriter self, int64_t number, ByteView* page) except -1 nogil:
    """A page that came with the chunk."""
    cdef Py_ssize_t run
    cdef int64_t place
    for run in range(self.extents.shape[0]):
        place = number - self.extents[run, 0]
        if 0 <= place < self.extents[run, 1]:
            subview(
                page, self.data, self.extents[run, 2] + place * self.page_size, self.page_size
            )
            return True
    return False


cdef inline bint gather_pages(RowWriter self, ByteView* stream, ByteView item) except -1 nogil:
    """What is on the pages of a blob, one after another."""
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
    """The content of a sound blob of level 0 or 1; False if something is not right or at hand."""
    if level_of(item) == 0:
        take_rest(content, item)
    elif not gather_pages(self, content, item):
        return False
    return take_content(content, item, self.segments)
