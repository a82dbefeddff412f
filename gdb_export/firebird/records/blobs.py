"""Blobs: from an id in a record to bytes, levels 0, 1 and 2, in segments or as a stream.

Knowledge: blb.cpp of Firebird 1.5 to 5.0.
"""

from collections.abc import Iterator
from typing import NamedTuple

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import RecordFlag
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import BlobPage, DataPage

BlobPlace = tuple[int, int]  # page number and slot


class BlobId(NamedTuple):
    """A blob's table and its record number there; 0:0 is the empty blob."""

    relation: int
    record: int

    @classmethod
    def parse(cls, value: bytes, major: int) -> "BlobId":
        """From the 8 bytes of a field; ODS 10 has u32 relation, u32 number."""
        low = int.from_bytes(value[4:8], "little")
        if major < 11:
            return cls(int.from_bytes(value[:4], "little"), low)
        return cls(int.from_bytes(value[:2], "little"), value[3] << 32 | low)


class BlobHeader(NamedTuple):
    lead_page: int
    last_sequence: int
    flags: int
    level: int
    length: int

    @classmethod
    def parse(cls, item: bytes) -> "BlobHeader":
        if len(item) < ods.BLOB_HEADER_SIZE:
            raise Damage(f"a blob header of {len(item)} bytes")
        lead, last, _, flags, level, _, length, _, _ = ods.BLOB_HEADER.unpack_from(item)
        if not flags & RecordFlag.BLOB:
            raise Damage("the blob id leads to something that is no blob")
        if flags & RecordFlag.DAMAGED:
            raise Damage("the engine marked the blob as damaged")
        if level > 2:
            raise Damage(f"a blob of level {level}")
        return cls(lead, last, flags, level, length)


class Blobs:
    """Reads blobs of one file. Safe to use from several threads.

    All blobs together can't be longer than the file that holds them: a budget of bytes keeps
    a file whose many records name one blob from growing without end.
    """

    def __init__(self, pages: PageFile) -> None:
        self._pages = pages
        self.bytes_left = 2 * pages.page_count * pages.page_size

    def read(self, item: bytes) -> bytes:
        """The content of the blob whose header stands in `item`; raises Damage."""
        header = BlobHeader.parse(item)
        stream = b"".join(self._stream(item, header))
        content = stream if header.flags & RecordFlag.STREAM else join_segments(stream)
        if len(content) != header.length:
            raise Damage(f"a blob of {header.length} bytes has {len(content)}")
        return content

    def _stream(self, item: bytes, header: BlobHeader) -> Iterator[bytes]:
        """The bytes as they lie, page after page; segments still with their lengths."""
        rest = item[ods.BLOB_HEADER_SIZE :]
        if header.level == 0:
            self._spend(len(rest))
            yield rest
            return
        numbers = _page_numbers(rest)
        if header.level == 2:
            numbers = self._second_level(numbers, header)
        if len(numbers) != header.last_sequence + 1:
            raise Damage(f"a blob of {header.last_sequence + 1} pages names {len(numbers)}")
        for sequence, number in enumerate(numbers):
            page = self._blob_page(number, header)
            if page.has_pointers or page.sequence != sequence:
                raise Damage(f"page {number} is not page {sequence} of its blob")
            yield page.content

    def _second_level(self, numbers: list[int], header: BlobHeader) -> list[int]:
        data_pages: list[int] = []
        for number in numbers:
            page = self._blob_page(number, header)
            if not page.has_pointers:
                raise Damage(f"page {number} does not list the pages of its blob")
            data_pages += _page_numbers(page.content)
        return data_pages

    def _blob_page(self, number: int, header: BlobHeader) -> BlobPage:
        self._spend(self._pages.page_size)
        try:
            page = BlobPage(self._pages.page(number), number)
        except Damage as damage:
            raise Damage(f"a page of its blob is lost: {damage}") from damage
        if page.lead != header.lead_page:
            raise Damage(f"page {number} belongs to another blob")
        return page

    def _spend(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise Damage("its blobs are longer than the file: several records name the same one")


def _page_numbers(content: bytes) -> list[int]:
    whole = len(content) // 4 * 4
    return list(memoryview(content)[:whole].cast("I"))


def join_segments(stream: bytes) -> bytes:
    """The content of segments that each begin with their u16 length; raises Damage."""
    parts = []
    at, end = 0, len(stream)
    while at < end:
        length = int.from_bytes(stream[at : at + 2], "little")
        at += 2
        if length > end - at:
            raise Damage("a segment of a blob goes past its end")
        parts.append(stream[at : at + length])
        at += length
    return b"".join(parts)


def blob_item(page: DataPage, slot: int) -> bytes:
    """The item of a blob header; raises Damage."""
    item = page.item(slot)
    if item is None:
        raise Damage(f"there is no blob at page {page.number} slot {slot}")
    return item
