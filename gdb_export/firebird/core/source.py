"""Source: the interface through which the reader gets the bytes of a file."""

from collections.abc import Iterable
from typing import Protocol


class Source(Protocol):
    """One file, whose bytes never change while it is read; safe to use from several threads."""

    @property
    def name(self) -> str:
        """File name without the folder."""
        ...

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    @property
    def coalescing_window(self) -> int:
        """The number of announced bytes among which scattered ranges are coalesced into requests; 0
        if scattered reads cost nothing, as in local files."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at `offset`; fewer than `length` only where the file ends."""
        ...

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Announce reads: (offset, length) ranges, each read once, roughly in this order."""
        ...

    def adjacent_names(self) -> Iterable[str]:
        """The names of the files in the same folder, this one included, in any order."""
        ...

    def open_adjacent(self, name: str) -> "Source | None":
        """Open another file of the same folder (a continuation or difference file); None if there
        is none."""
        ...
