"""A source that checks for cancellation before each read.

An export is planned before its progress is counted, and planning a backup reads all of it: without
this check it could not be cancelled meanwhile.
"""

from collections.abc import Callable, Iterable

from gdb_export.firebird.core.source import Source


class CancellableSource:
    """Wraps a source; `check` is called before each read, in the thread that reads."""

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
        """Raises the exceptions of `check` and of the source."""
        self._check()
        return self._source.read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._source.will_read(ranges)

    def adjacent_names(self) -> Iterable[str]:
        self._check()
        return self._source.adjacent_names()

    def open_adjacent(self, name: str) -> Source | None:
        adjacent = self._source.open_adjacent(name)
        return None if adjacent is None else CancellableSource(adjacent, self._check)
