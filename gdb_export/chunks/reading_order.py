"""The order in which chunks are read from a source where scattered reads cost requests.

The pages of tables that grew at the same time are interleaved in the file: each table has its pages
in thousands of short runs. So together with a chunk whose pages are scattered, the chunks whose
pages lie between them are read within the same coalescing window, and their CSV is spilled until
the ZIP can take it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# A chunk is scattered if it has less than this share of the pages from its first to its last one
_DENSE = 0.9


class Extent(NamedTuple):
    """The numbers of a chunk's first and last page in the file, and its number of pages."""

    low: int
    high: int
    pages: int

    @classmethod
    def of(cls, page_numbers: Iterable[int]) -> "Extent":
        numbers = sorted(page_numbers)
        return cls(numbers[0], numbers[-1], len(numbers)) if numbers else cls(0, 0, 0)

    @property
    def length(self) -> int:
        return self.high - self.low + 1

    def is_scattered(self, window: int) -> bool:
        """Whether the extent is scattered, but fits into a coalescing window of `window` pages."""
        return 0 < self.pages < self.length * _DENSE and self.length <= window


def reading_order(extents: Sequence[Extent], window: int) -> Iterator[int]:
    """The index of every extent once: in order, but interleaved extents together.

    `window` is the coalescing window in pages.
    """
    scattered = _Scattered(extents, window)
    for index, extent in enumerate(extents):
        if not extent.is_scattered(window):
            yield index
        elif index in scattered:
            # extents interleaved with this one may begin a little before it
            yield from scattered.take(extent.low - extent.length // 2, extent.high)


class _Scattered:
    """The indexes of scattered extents, sorted by first page; each is taken once."""

    def __init__(self, extents: Sequence[Extent], window: int) -> None:
        scattered = (index for index, extent in enumerate(extents) if extent.is_scattered(window))
        self._indexes = sorted(scattered, key=lambda index: extents[index].low)
        self._lows = [extents[index].low for index in self._indexes]
        self._not_taken = set(self._indexes)
        # a union-find forest over positions in `_indexes`: the root of a position is the first
        # position from there on that is not taken
        self._next = list(range(len(self._indexes) + 1))

    def __contains__(self, index: int) -> bool:
        return index in self._not_taken

    def take(self, low: int, high: int) -> Iterator[int]:
        """Take the extents whose first page is from `low` to `high`."""
        end = bisect_right(self._lows, high)
        position = self._next_not_taken(bisect_left(self._lows, low))
        while position < end:
            self._not_taken.remove(self._indexes[position])
            self._next[position] = position + 1
            yield self._indexes[position]
            position = self._next_not_taken(position)

    def _next_not_taken(self, position: int) -> int:
        """The position of the next extent that is not taken, from `position` on."""
        following = self._next
        while following[position] != position:
            following[position] = following[following[position]]
            position = following[position]
        return position
