"""A stretch of a source held in memory, while several readers look at it."""

from collections.abc import Iterable
from typing import Protocol

_LONGEST = 8 << 20  # bytes that are held; what is longer is read as it is needed


class Readable(Protocol):
    """What a stream reads from."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes: ...

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None: ...


class Window:
    """The whole source, of which the bytes from `begin` to `end` are at hand."""

    def __init__(self, source: Readable, begin: int, end: int) -> None:
        self.size = source.size
        self._source = source
        self._begin = begin
        is_short = end - begin <= _LONGEST
        self._data = source.read(begin, end - begin) if is_short else b""

    def read(self, offset: int, length: int) -> bytes:
        """Fewer bytes only at the end of the source."""
        at = offset - self._begin
        if 0 <= at < len(self._data):
            data = self._data[at : at + length]
            lacking = length - len(data)
            return data if not lacking else data + self._source.read(offset + len(data), lacking)
        return self._source.read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._source.will_read(ranges)
