"""Logical pages of a database over the files that hold them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath, PureWindowsPath

from job.firebird.errors import Damage
from job.firebird.header import HEADER_BYTES, Header, parse_header
from job.firebird.source import Source

_CACHED_BYTES = 8 << 20
_MOST_FILES = 1000


@dataclass(frozen=True, slots=True)
class _Extent:
    """Pages from `first` on lie in `source`, `skip` pages from its start."""

    source: Source
    first: int
    count: int
    skip: int


class PageFile:
    """Pages by number, of one file or of several that continue each other.

    `overlay` maps pages that an nbackup difference file replaces to their place in it.
    Safe to use from several threads.
    """

    def __init__(self, source: Source, header: Header) -> None:
        self.page_size = header.page_size
        self._extents = _extents(source, header)
        self.page_count = sum(extent.count for extent in self._extents)
        self.leftover = self._extents[-1].source.size % self.page_size
        self._difference: Source | None = None
        self._overlay: dict[int, int] = {}
        self.page = lru_cache(max(64, _CACHED_BYTES // self.page_size))(self._page)

    def add_difference(self, source: Source) -> None:
        """Let the pages of an nbackup difference file stand for those of the database."""
        self._difference = source
        self._overlay = _difference_pages(source, self.page_size)
        self.page_count = max(self.page_count, max(self._overlay, default=0) + 1)
        self.page.cache_clear()

    def _page(self, number: int) -> bytes:
        """The bytes of a page; raises Damage if it lies beyond the end."""
        data = self.run(number, 1)
        if len(data) < self.page_size:
            raise Damage("lies beyond the end of the file", page=number)
        return data

    def run(self, first: int, count: int) -> bytes:
        """`count` consecutive pages, fewer bytes where the file ends."""
        if self._overlay or not self._is_within_one_file(first, count):
            return b"".join(self._one(number) for number in range(first, first + count))
        extent = self._extent(first)
        assert extent is not None
        place = (first - extent.first + extent.skip) * self.page_size
        return extent.source.read(place, count * self.page_size)

    def will_read(self, runs: list[tuple[int, int]]) -> None:
        """A hint that these runs (first page, count) come next."""
        for extent in self._extents:
            ranges = [
                ((first - extent.first + extent.skip) * self.page_size, count * self.page_size)
                for first, count in runs
                if extent.first <= first < extent.first + extent.count
            ]
            if ranges:
                extent.source.will_read(ranges)

    def _one(self, number: int) -> bytes:
        if self._difference is not None and number in self._overlay:
            return self._difference.read(self._overlay[number] * self.page_size, self.page_size)
        extent = self._extent(number)
        if extent is None:
            return b""
        place = (number - extent.first + extent.skip) * self.page_size
        return extent.source.read(place, self.page_size)

    def _extent(self, number: int) -> _Extent | None:
        for extent in self._extents:
            if extent.first <= number < extent.first + extent.count:
                return extent
        return None

    def _is_within_one_file(self, first: int, count: int) -> bool:
        extent = self._extent(first)
        return extent is not None and (
            len(self._extents) == 1 or first + count <= extent.first + extent.count
        )


def _extents(source: Source, header: Header) -> list[_Extent]:
    """The files of the database: each but the last says where it ends and what follows it."""
    page_size = header.page_size
    extents: list[_Extent] = []
    first = skip = 0
    while True:
        count = source.size // page_size - skip
        following = header.next_file
        last = header.last_page
        if following is None or last is None or last < first or len(extents) >= _MOST_FILES:
            extents.append(_Extent(source, first, count, skip))
            return extents
        extents.append(_Extent(source, first, last - first + 1, skip))
        name = base_name(following)
        beside = source.sibling(name)
        if beside is None:
            raise Damage(f"the database goes on in the file {name}, which is not beside it", page=0)
        first, skip, source = last + 1, 1, beside
        header = _continuation_header(source.read(0, HEADER_BYTES), header)


def _continuation_header(data: bytes, before: Header) -> Header:
    """The header page of a continuation file; its version word is zero up to ODS 11."""
    if len(data) == HEADER_BYTES and data[18:20] == b"\0\0":
        word = before.ods[0] | (0x8000 if before.ods[0] > 10 else 0)
        data = data[:18] + word.to_bytes(2, "little") + data[20:]
    return parse_header(data)


def base_name(path: str) -> str:
    """The file's own name: stored paths are those of the machine that made the database."""
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name


def _difference_pages(source: Source, page_size: int) -> dict[int, int]:
    """Page of the database -> page of the difference file.

    Pages 0, N, 2N … of it (N numbers fit a page) list which pages follow them.
    """
    per_page = page_size // 4
    pages: dict[int, int] = {}
    for at in range(0, max(source.size // page_size, 1), per_page):
        data = source.read(at * page_size, page_size)
        numbers = [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
        if not numbers or numbers[0] > per_page - 1 or len(numbers) < per_page:
            raise Damage("the nbackup difference file is damaged")
        for place in range(1, numbers[0] + 1):
            pages[numbers[place]] = at + place
        if numbers[0] < per_page - 1:
            break
    return pages
