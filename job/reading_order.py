"""In which order chunks are read where every distance costs a request.

Tables that grew at the same time lie in turns in the file. Read one after another, each of them is
thousands of short stretches. So, when a chunk is due whose pages are scattered, those that lie
between its pages are read in the same sweep, and their lines put aside until they are due.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Of what lies between the first and the last page of a chunk, how much its own pages are at least
# where it is read alone
_DENSE = 0.9


@dataclass(frozen=True, slots=True)
class Extent:
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
    scattered = [place for place, one in enumerate(extents) if one.is_scattered(sweep)]
    scattered.sort(key=lambda place: extents[place].low)
    lows = [extents[place].low for place in scattered]
    is_read = bytearray(len(extents))
    for due, extent in enumerate(extents):
        if is_read[due]:
            continue
        # no scattered extent that begins further ahead can overlap
        begin = bisect_left(lows, extent.low - sweep)
        end = bisect_right(lows, extent.high) if extent.is_scattered(sweep) else begin
        between = [n for n in scattered[begin:end] if extents[n].high >= extent.low]
        for place in between or [due]:
            if not is_read[place]:
                is_read[place] = True
                yield place
