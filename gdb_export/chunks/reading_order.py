"""In which order chunks are read where every distance costs a request.

Tables that grew at the same time lie in turns in the file. Read one after another, each of them is
thousands of short stretches. So, when a chunk is due whose pages are scattered, those that lie
between its pages are read in the same sweep, and their lines put aside until they are due.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

# Of what lies between the first and the last page of a chunk, how much its own pages are at least
# where it is read alone
_DENSE = 0.9


class Extent(NamedTuple):
    """The numbers of a chunk's first and last page in the file, and how many pages it has."""

    low: int
    high: int
    pages: int

    @classmethod
    def of(cls, pages: Iterable[int]) -> "Extent":
        numbers = sorted(pages)
        return cls(numbers[0], numbers[-1], len(numbers)) if numbers else cls(0, 0, 0)

    @property
    def length(self) -> int:
        return self.high - self.low + 1

    def is_scattered(self, sweep: int) -> bool:
        """Within what one sweep of so many pages can gather."""
        return 0 < self.pages < self.length * _DENSE and self.length <= sweep


def reading_order(extents: Sequence[Extent], sweep: int) -> Iterator[int]:
    """The places of the extents, each once: as they come, but what lies in turns together.

    `sweep` is in pages.
    """
    scattered = _Scattered(extents, sweep)
    for due, extent in enumerate(extents):
        if not extent.is_scattered(sweep):
            yield due
        elif due in scattered:
            # others of its turn may begin a little before it does
            yield from scattered.take(extent.low - extent.length // 2, extent.high)


class _Scattered:
    """The places of scattered extents, by their first pages; each is taken once."""

    def __init__(self, extents: Sequence[Extent], sweep: int) -> None:
        places = (place for place, one in enumerate(extents) if one.is_scattered(sweep))
        self._places = sorted(places, key=lambda place: extents[place].low)
        self._lows = [extents[place].low for place in self._places]
        self._left = set(self._places)
        # index -> one from which on all up to it were taken
        self._next = list(range(len(self._places) + 1))

    def __contains__(self, place: int) -> bool:
        return place in self._left

    def take(self, low: int, high: int) -> Iterator[int]:
        """Those that begin between two pages."""
        end = bisect_right(self._lows, high)
        index = self._first_left(bisect_left(self._lows, low))
        while index < end:
            self._left.remove(self._places[index])
            self._next[index] = index + 1
            yield self._places[index]
            index = self._first_left(index)

    def _first_left(self, index: int) -> int:
        following = self._next
        while following[index] != index:
            following[index] = following[following[index]]
            index = following[index]
        return index
