"""A source that can be left at any read: while an export is planned nothing else looks whether
somebody asked for its end, and a backup is read as a whole for its plan."""

from collections.abc import Callable, Iterable

from gdb_export.firebird.core.source import Source


class CancellableSource:
    """The same bytes; `check` is called before each read, in the thread that reads."""

    def __init__(self, source: Source, check: Callable[[], None]) -> None:
        self._source = source
        self._check = check

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def size(self) -> int:
        return self._source.size

    @property
    def coalescing_window(self) -> int:
        return self._source.coalescing_window

    def read(self, offset: int, length: int) -> bytes:
        """Raises what `check` raises."""
        self._check()
        return self._source.read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._source.will_read(ranges)

    def open_adjacent(self, name: str) -> Source | None:
        found = self._source.open_adjacent(name)
        return None if found is None else CancellableSource(found, self._check)
