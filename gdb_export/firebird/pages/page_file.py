"""Logical pages of a database over the files that hold them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import tee
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, FirebirdError, UnreadableDatabase
from gdb_export.firebird.core.ods import FIREBIRD_FLAG
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.pages.header import HEADER_BYTES, Header, parse_header

_CACHED_BYTES = 8 << 20
_MAX_FILES = 1000


class _Extent(NamedTuple):
    """Pages from `first` on lie in `source`, `skip` pages from its start."""

    source: Source
    first: int
    pages: int
    skip: int


class PageFile:
    """Pages by number, of one file or of several that continue each other.

    `overlay` maps pages that an nbackup difference file replaces to their place in it.
    `page_count` is how many pages are there, whatever numbers the files claim for them.
    Safe to use from several threads.
    """

    def __init__(self, source: Source, header: Header, log: DamageLog) -> None:
        self.page_size = header.page_size
        self._extents = _extents(source, header, log)
        self.page_count = sum(extent.pages for extent in self._extents)
        self.leftover = self._extents[-1].source.size % self.page_size
        self._difference: Source | None = None
        self._overlay: dict[int, int] = {}
        self.page = lru_cache(max(64, _CACHED_BYTES // self.page_size))(self._page)

    def add_difference(self, source: Source) -> None:
        """Let the pages of an nbackup difference file stand for those of the database."""
        self._overlay = _difference_pages(source, self.page_size)
        self._difference = source
        self.page_count += sum(self._extent(number) is None for number in self._overlay)
        self.page.cache_clear()

    def runs(self, most: int) -> Iterator[tuple[int, bytes]]:
        """All pages that are there, in runs of at most `most`: (number of the first, bytes)."""
        for extent in self._extents:
            end = extent.first + extent.pages
            for first in range(extent.first, end, most):
                yield first, self.run(first, min(most, end - first))
        for number in sorted(self._overlay):
            if self._extent(number) is None:
                yield number, self.run(number, 1)

    def _page(self, number: int) -> bytes:
        """The bytes of a page; raises Damage if it lies beyond the end."""
        data = self._one(number)
        if len(data) < self.page_size:
            raise Damage("lies beyond the end of the file", page=number)
        return data

    def run(self, first: int, count: int) -> bytes:
        """`count` consecutive pages, fewer bytes where the file ends.

        Where pages before the end are missing, zeros keep the others in their places.
        """
        if self._overlay or not self._is_within_one_file(first, count):
            pages = [self._one(number) for number in range(first, first + count)]
            while pages and not pages[-1]:
                pages.pop()
            return b"".join(page.ljust(self.page_size, b"\0") for page in pages)
        extent = self._extent(first)
        assert extent is not None
        place = (first - extent.first + extent.skip) * self.page_size
        return extent.source.read(place, count * self.page_size)

    @property
    def coalescing_window(self) -> int:
        """As of its sources; pages of a difference file are not fetched ahead."""
        return (
            0 if self._overlay else min(extent.source.coalescing_window for extent in self._extents)
        )

    def will_read(self, runs: Iterable[tuple[int, int]]) -> None:
        """A hint that these runs (first page, count) come next."""
        if self._overlay:
            return
        of_each = tee(runs, len(self._extents))
        for extent, its_runs in zip(self._extents, of_each, strict=True):
            extent.source.will_read(self._ranges(extent, its_runs))

    def _ranges(
        self, extent: _Extent, runs: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[int, int]]:
        for first, count in runs:
            if extent.first <= first < extent.first + extent.pages:
                place = (first - extent.first + extent.skip) * self.page_size
                yield place, count * self.page_size

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
            if extent.first <= number < extent.first + extent.pages:
                return extent
        return None

    def _is_within_one_file(self, first: int, count: int) -> bool:
        extent = self._extent(first)
        return extent is not None and (
            len(self._extents) == 1 or first + count <= extent.first + extent.pages
        )


def _extents(source: Source, header: Header, log: DamageLog) -> list[_Extent]:
    """The files of the database: each but the last says where it ends and what follows it."""
    page_size = header.page_size
    extents: list[_Extent] = []
    first = skip = 0
    while True:
        count = max(source.size // page_size - skip, 0)
        following, last = header.next_file, header.last_page
        if following is None or last is None or len(extents) >= _MAX_FILES:
            extents.append(_Extent(source, first, count, skip))
            return extents
        name = base_name(following)
        beside = source.open_adjacent(name)
        if last < first or (beside is None and count > last - first + 1):
            log.add(Damage(f"page {last} is said to be the last of its file", page=0))
            extents.append(_Extent(source, first, count, skip))
            return extents
        extents.append(_Extent(source, first, min(count, last - first + 1), skip))
        source, header = _continuation(beside, name, header)
        first, skip = last + 1, 1


def _continuation(beside: Source | None, name: str, before: Header) -> tuple[Source, Header]:
    """The file that goes on, and its header; its version word is zero up to ODS 11."""
    if beside is None:
        raise UnreadableDatabase(
            f"the database goes on in the file {name}, which is not beside it: put all files of"
            " the database in one folder"
        )
    data = beside.read(0, HEADER_BYTES)
    if len(data) == HEADER_BYTES and data[18:20] == b"\0\0":
        word = before.ods[0] | (FIREBIRD_FLAG if before.ods[0] > 10 else 0)
        data = data[:18] + word.to_bytes(2, "little") + data[20:]
    try:
        return beside, parse_header(data)
    except FirebirdError as error:
        raise UnreadableDatabase(f"the database goes on in the file {name}: {error}") from error


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
            raise Damage(f"its list of pages at page {at} is damaged")
        for place in range(1, numbers[0] + 1):
            pages[numbers[place]] = at + place
        if numbers[0] < per_page - 1:
            break
    return pages
