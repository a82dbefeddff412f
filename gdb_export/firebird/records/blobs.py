"""Blobs: ids, headers and contents; levels 0, 1 and 2, with segments or as a stream.

Knowledge: blb.cpp of Firebird 1.5 to 6.0.
"""

from array import array
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import RecordFlag
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import BlobPage, DataPage
from gdb_export.firebird.records.large_blobs import (
    MAX_WHOLE_BLOB,
    LargeBlob,
    segment_contents,
)

_PAGES_PER_PART = 32  # a blob is read in parts of this number of pages


class BlobId(NamedTuple):
    """Table and record number of a blob; 0:0 is the empty blob."""

    relation: int
    record: int

    @classmethod
    def parse(cls, value: bytes, major: int) -> "BlobId":
        """Parse the 8 bytes of a field; up to ODS 10 u32 relation, u32 record number."""
        low = int.from_bytes(value[4:8], "little")
        if major < 11:
            return cls(int.from_bytes(value[:4], "little"), low)
        return cls(int.from_bytes(value[:2], "little"), value[3] << 32 | low)


class BlobHeader(NamedTuple):
    """The header of a blob, at the start of its item. `length` is in bytes, without the lengths
    of segments."""

    lead_page: int
    last_sequence: int
    flags: int
    level: int
    length: int

    @classmethod
    def parse(cls, item: bytes, major: int) -> "BlobHeader":
        if len(item) < ods.BLOB_HEADER_SIZE:
            raise Damage(f"a blob header of {len(item)} bytes")
        lead, last, _, flags = ods.BLOB_HEADER.unpack_from(item)
        level_at, length_at, length_bytes = ods.BLOB_HEADERS[major]
        level = item[level_at]
        length = int.from_bytes(item[length_at : length_at + length_bytes], "little")
        if not flags & RecordFlag.BLOB:
            raise Damage("the blob id points to something else")
        if flags & RecordFlag.DAMAGED:
            raise Damage("the engine marked the blob as damaged")
        if level > 2:
            raise Damage(f"a blob of level {level}")
        return cls(lead, last, flags, level, length)

    def is_long(self, page_size: int) -> bool:
        """Whether the blob must be checked while it is read: its pages may hold far more bytes than
        `length`, which may be false."""
        return self.level > 0 and (self.last_sequence + 1) * page_size > 2 * MAX_WHOLE_BLOB


class Blobs:
    """Reads the blobs of one file. Safe to use from several threads.

    A shared budget of bytes, linear in the size of the file, bounds the output of a file in which
    many records name the same blob.
    """

    def __init__(self, pages: PageFile, major: int) -> None:
        self._pages = pages
        self._major = major
        self.bytes_left = 2 * pages.page_count * pages.page_size

    def read(self, item: bytes) -> bytes:
        """The content of the blob whose item begins with its header; raises Damage."""
        header = BlobHeader.parse(item, self._major)
        if header.is_long(self._pages.page_size):
            return b"".join(self._parts(item, header, is_charged=True))
        stream = b"".join(self._stream(item, header, is_charged=True))
        content = stream if header.flags & RecordFlag.STREAM else join_segments(stream)
        if len(content) != header.length:
            raise Damage(f"a blob of {header.length} bytes has {len(content)}")
        return content

    def open(self, item: bytes) -> bytes | LargeBlob:
        """The content, or a LargeBlob if it has more than MAX_WHOLE_BLOB bytes; raises Damage."""
        header = BlobHeader.parse(item, self._major)
        if header.length <= MAX_WHOLE_BLOB:
            return self.read(item)
        return LargeBlob(partial(self._parts, item, header), header.length)

    def _parts(self, item: bytes, header: BlobHeader, is_charged: bool) -> Iterator[bytes]:
        """The content in parts, checked to have the length of the header in all.

        Without `is_charged` it spends no budget, for content that was read before.
        """
        parts = self._stream(item, header, is_charged)
        if not header.flags & RecordFlag.STREAM:
            parts = segment_contents(parts)
        length = 0
        for part in parts:
            length += len(part)
            if length > header.length:
                raise Damage(f"a blob of {header.length} bytes has more")
            yield part
        if length < header.length:
            raise Damage(f"a blob of {header.length} bytes has {length}")

    def _stream(self, item: bytes, header: BlobHeader, is_charged: bool) -> Iterator[bytes]:
        """The stored bytes, some pages at a time; segments still have their lengths."""
        data = item[ods.BLOB_HEADER_SIZE :]
        if header.level == 0:
            self._spend(len(data), is_charged)
            yield data
            return
        page_numbers = _page_numbers(data)
        if header.level == 2:
            page_numbers = self._second_level(page_numbers, header, is_charged)
        if len(page_numbers) != header.last_sequence + 1:
            raise Damage(f"a blob of {header.last_sequence + 1} pages names {len(page_numbers)}")
        contents: list[bytes] = []
        for sequence, page_number in enumerate(page_numbers):
            page = self._blob_page(page_number, header, is_charged)
            if page.has_pointers or page.sequence != sequence:
                raise Damage(f"page {page_number} is not page {sequence} of its blob")
            contents.append(page.content)
            if len(contents) == _PAGES_PER_PART:
                yield b"".join(contents)
                contents = []
        yield b"".join(contents)

    def _second_level(
        self, list_pages: "array[int]", header: BlobHeader, is_charged: bool
    ) -> "array[int]":
        """The numbers of the blob's data pages, which the pages of `list_pages` hold.

        Ends at the last sequence of the blob: memory is bounded by the pages of the file, however
        often a pointer page is named.
        """
        if header.last_sequence >= self._pages.page_count:
            raise Damage(
                f"a blob of {header.last_sequence + 1} pages in a file of {self._pages.page_count}"
            )
        data_pages = array("I")
        for page_number in list_pages:
            if len(data_pages) > header.last_sequence:
                raise Damage(f"a blob of {header.last_sequence + 1} pages names more")
            page = self._blob_page(page_number, header, is_charged)
            if not page.has_pointers:
                raise Damage(f"page {page_number} does not list the pages of its blob")
            data_pages += _page_numbers(page.content)
        return data_pages

    def _blob_page(self, page_number: int, header: BlobHeader, is_charged: bool) -> BlobPage:
        self._spend(self._pages.page_size, is_charged)
        try:
            page = BlobPage(self._pages.page(page_number), page_number)
        except Damage as damage:
            raise Damage(f"a page of its blob is lost: {damage}") from damage
        if page.lead != header.lead_page:
            raise Damage(f"page {page_number} belongs to another blob")
        return page

    def _spend(self, count: int, is_charged: bool) -> None:
        if is_charged:
            self.bytes_left -= count
            if self.bytes_left < 0:
                raise Damage("read limit exceeded: several records name the same blob")


def _page_numbers(content: bytes) -> "array[int]":
    return array("I", content[: len(content) // 4 * 4])


def join_segments(stream: bytes) -> bytes:
    """Join segments, each of which begins with its u16 length; raises Damage."""
    segments = []
    at, end = 0, len(stream)
    while at < end:
        length = int.from_bytes(stream[at : at + 2], "little")
        at += 2
        if length > end - at:
            raise Damage("a segment of a blob goes past its end")
        segments.append(stream[at : at + length])
        at += length
    return b"".join(segments)


def blob_item(page: DataPage, slot: int) -> bytes:
    """The item of a slot that a blob id points to; raises Damage if the slot is free."""
    item = page.item(slot)
    if item is None:
        raise Damage(f"there is no blob at page {page.number} slot {slot}")
    return item
