"""Where a database's bytes come from. Nothing here opens anything."""

from collections.abc import Iterable
from typing import Protocol


class Source(Protocol):
    """The bytes of one file that never change while read; safe to use from several threads."""

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        ...

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    @property
    def coalescing_window(self) -> int:
        """How many bytes it fetches together of what is planned, wherever in the file that is; 0
        where distance costs nothing."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at `offset`; fewer than `length` only where the file ends."""
        ...

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """A hint: these (offset, length) ranges will be read, each once, in about this order."""
        ...

    def open_adjacent(self, name: str) -> "Source | None":
        """The file of that name beside this one: a continuation or a difference file."""
        ...
