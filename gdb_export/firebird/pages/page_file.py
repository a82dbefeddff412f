"""PageFile: the pages of a database, by number, over the one or more files that hold them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import tee
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, FirebirdError, UnreadableDatabase
from gdb_export.firebird.core.ods import FIREBIRD_FLAG, HEADER_BYTES
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.pages.difference_file import difference_pages
from gdb_export.firebird.pages.header import Header, parse_header

_CACHED_BYTES = 8 << 20
_MAX_FILES = 1000


class _Extent(NamedTuple):
    """Pages `first` … `first + page_count - 1`, which begin at page `skipped` of `source`."""

    source: Source
    first: int
    page_count: int
    skipped: int


class _PageStorage:
    """Location and bytes of single pages. Separate from PageFile, so that PageFile's cache holds
    no reference to PageFile: that would be a cycle, and keep databases alive."""

    def __init__(self, extents: list[_Extent], page_size: int) -> None:
        self.extents = extents
        self.page_size = page_size
        # page number -> page of the difference file that replaces it
        self.overlay: dict[int, int] = {}
        self.difference: Source | None = None

    def page(self, page_number: int) -> bytes:
        """The bytes of a page; raises Damage if it lies beyond the end."""
        data = self.read(page_number)
        if len(data) < self.page_size:
            raise Damage("lies beyond the end of the file", page=page_number)
        return data

    def read(self, page_number: int) -> bytes:
        """The bytes of a page; fewer where the file ends."""
        if self.difference is not None and page_number in self.overlay:
            offset = self.overlay[page_number] * self.page_size
            return self.difference.read(offset, self.page_size)
        extent = self.extent(page_number)
        if extent is None:
            return b""
        return extent.source.read(self.offset(extent, page_number), self.page_size)

    def extent(self, page_number: int) -> _Extent | None:
        for extent in self.extents:
            if extent.first <= page_number < extent.first + extent.page_count:
                return extent
        return None

    def offset(self, extent: _Extent, page_number: int) -> int:
        """Offset of a page in the source of its extent, in bytes."""
        return (page_number - extent.first + extent.skipped) * self.page_size


class PageFile:
    """Pages by number. Safe to use from several threads.

    `page` returns the bytes of one page, from a cache, and raises Damage if the page lies beyond
    the end. `page_count` counts the pages that exist; page numbers may be higher where a file is
    shorter than its header says. Pages of an nbackup difference file replace those of the
    database.
    """

    def __init__(self, source: Source, header: Header, log: DamageLog) -> None:
        self.page_size = header.page_size
        extents = _extents(source, header, log)
        self.page_count = sum(extent.page_count for extent in extents)
        self.trailing_bytes = extents[-1].source.size % self.page_size
        self._storage = _PageStorage(extents, self.page_size)
        self.page = lru_cache(max(64, _CACHED_BYTES // self.page_size))(self._storage.page)

    def add_difference(self, source: Source) -> None:
        """Replace pages by those of an nbackup difference file; raises Damage."""
        storage = self._storage
        storage.overlay = difference_pages(source, self.page_size)
        storage.difference = source
        self.page_count += sum(storage.extent(number) is None for number in storage.overlay)
        self.page.cache_clear()

    def runs(self, max_count: int) -> Iterator[tuple[int, bytes]]:
        """All existing pages, in runs of at most `max_count`: (number of the first page, bytes)."""
        for extent in self._storage.extents:
            end = extent.first + extent.page_count
            for first in range(extent.first, end, max_count):
                yield first, self.run(first, min(max_count, end - first))
        for page_number in sorted(self._storage.overlay):
            if self._storage.extent(page_number) is None:
                yield page_number, self.run(page_number, 1)

    def run(self, first: int, count: int) -> bytes:
        """The bytes of `count` consecutive pages; fewer where the file ends.

        Pages that are missing before the end are zeros, so that the others keep their offsets.
        """
        storage = self._storage
        extent = storage.extent(first)
        if storage.overlay or extent is None or not self._contains(extent, first, count):
            pages = [storage.read(page_number) for page_number in range(first, first + count)]
            while pages and not pages[-1]:
                pages.pop()
            return b"".join(page.ljust(self.page_size, b"\0") for page in pages)
        return extent.source.read(storage.offset(extent, first), count * self.page_size)

    @property
    def coalescing_window(self) -> int:
        """The smallest window of the sources; 0 with a difference file, as no page is prefetched
        then."""
        if self._storage.overlay:
            return 0
        return min(extent.source.coalescing_window for extent in self._storage.extents)

    def will_read(self, runs: Iterable[tuple[int, int]]) -> None:
        """Announce that these runs (first page, count) are read next."""
        if self._storage.overlay:
            return
        extents = self._storage.extents
        for extent, extent_runs in zip(extents, tee(runs, len(extents)), strict=True):
            extent.source.will_read(self._ranges(extent, extent_runs))

    def _ranges(
        self, extent: _Extent, runs: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[int, int]]:
        for first, count in runs:
            if extent.first <= first < extent.first + extent.page_count:
                yield self._storage.offset(extent, first), count * self.page_size

    def _contains(self, extent: _Extent, first: int, count: int) -> bool:
        """Whether one read of the extent returns the run. A single extent may be read beyond its
        last page, because that is the end of the file too."""
        return len(self._storage.extents) == 1 or first + count <= extent.first + extent.page_count


def _extents(source: Source, header: Header, log: DamageLog) -> list[_Extent]:
    """The files of the database; each header but the last names the next file and its own last
    page."""
    page_size = header.page_size
    extents: list[_Extent] = []
    first = skipped = 0
    while True:
        count = max(source.size // page_size - skipped, 0)
        next_file, last = header.next_file, header.last_page
        if next_file is None or last is None or len(extents) >= _MAX_FILES:
            extents.append(_Extent(source, first, count, skipped))
            return extents
        name = base_name(next_file)
        continuation = source.open_adjacent(name)
        if last < first or (continuation is None and count > last - first + 1):
            log.add(Damage(f"page {last} can not be the last page of its file", page=0))
            extents.append(_Extent(source, first, count, skipped))
            return extents
        extents.append(_Extent(source, first, min(count, last - first + 1), skipped))
        source, header = _continuation(continuation, name, header, len(extents))
        first, skipped = last + 1, 1  # page 0 of the next file is its own header page


def _continuation(
    source: Source | None, name: str, previous: Header, sequence: int
) -> tuple[Source, Header]:
    """File number `sequence` of the database, counted from 0, and its header, which has no version
    word up to ODS 11.

    The name comes from a file: it may name another database of the same folder, whose rows must not
    be exported as those of this one. So the header must have the sequence, and not the first
    pointer page that the first file of every database has.
    """
    if source is None:
        raise UnreadableDatabase(
            f"the database continues in the file {name}, which is missing: put all files of the"
            " database in one folder"
        )
    data = source.read(0, HEADER_BYTES)
    if len(data) == HEADER_BYTES and data[18:20] == b"\0\0":
        has_flag = previous.ods[0] > 10 and not previous.is_interbase
        word = previous.ods[0] | (FIREBIRD_FLAG if has_flag else 0)
        data = data[:18] + word.to_bytes(2, "little") + data[20:]
    try:
        header = parse_header(data)
    except FirebirdError as error:
        raise UnreadableDatabase(f"the database continues in the file {name}: {error}") from error
    if header.first_pointer_page or header.file_sequence not in (None, sequence):
        raise UnreadableDatabase(
            f"the database continues in the file {name}, which is not its file {sequence + 1}: put"
            " the files of this database in one folder"
        )
    return source, header


def base_name(path: str) -> str:
    """The file name of a stored path, which may be a Windows or a POSIX path."""
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
