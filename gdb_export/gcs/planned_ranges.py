"""The ranges of a read plan that are not requested yet, and their coalescing into requests."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Offset and length in bytes
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PlannedRange:
    """A range in the plan; `position` is the number of bytes that are planned before it."""

    offset: int
    length: int
    position: int

    @property
    def end(self) -> int:
        return self.offset + self.length


class PlannedRanges:
    """The next ranges of a plan, as many as fit in the coalescing window.

    Ranges that are neighbours in the object are taken together, even if one of them is to be read
    much later than the other.
    """

    def __init__(self, size: int, window: int, max_request: int, max_gap_ratio: float) -> None:
        """In bytes: the object's size, the coalescing window, the largest request.

        `max_gap_ratio` is the number of unplanned bytes that a request may fetch for each planned
        byte.
        """
        self._size = size
        self._window = window
        self._max_request = max_request
        self._max_gap_ratio = max_gap_ratio
        self._plan: Iterator[Range] = iter(())
        self._position = 0
        self._ranges: dict[int, PlannedRange] = {}
        self._bytes = 0
        # Offsets of the ranges; `_in_plan_order` may also hold offsets that are already taken.
        self._in_plan_order: deque[int] = deque()
        self._in_object_order: list[int] = []

    def replace(self, ranges: Iterable[Range]) -> None:
        """Discard the rest of the plan and start a new one."""
        self._plan = iter(ranges)
        self._ranges.clear()
        self._bytes = 0
        self._in_plan_order.clear()
        self._in_object_order.clear()

    def __contains__(self, offset: int) -> bool:
        self._fill_window()
        return offset in self._ranges

    def take_next(self) -> list[PlannedRange]:
        """Take the next range of the plan with its neighbours; empty at the end of the plan."""
        self._fill_window()
        while self._in_plan_order:
            offset = self._in_plan_order.popleft()
            if offset in self._ranges:
                return self.take_around(offset)
        return []

    def containing(self, offset: int, length: int) -> int | None:
        """The offset of the planned range that contains all of the given one, or None."""
        index = bisect_right(self._in_object_order, offset) - 1
        if index < 0:
            return None
        planned = self._ranges[self._in_object_order[index]]
        return planned.offset if offset + length <= planned.end else None

    def take_around(self, offset: int) -> list[PlannedRange]:
        """Take the planned range at `offset` with its neighbours, in the order of the object."""
        offsets = self._in_object_order
        first = bisect_left(offsets, offset)
        last = first + 1
        wanted = self._ranges[offset].length
        start, end = offset, offset + wanted
        while last < len(offsets):
            following = self._ranges[offsets[last]]
            if not self._is_worthwhile(max(end, following.end) - start, wanted + following.length):
                break
            end, wanted, last = max(end, following.end), wanted + following.length, last + 1
        while first:
            previous = self._ranges[offsets[first - 1]]
            extent = max(end, previous.end) - previous.offset
            if not self._is_worthwhile(extent, wanted + previous.length):
                break
            start, wanted, first = previous.offset, wanted + previous.length, first - 1
        return self._take(first, last)

    def _is_worthwhile(self, extent: int, wanted: int) -> bool:
        """Return whether one request of `extent` bytes should fetch `wanted` planned bytes."""
        return extent <= min(self._max_request, wanted * (1 + self._max_gap_ratio))

    def _take(self, first: int, last: int) -> list[PlannedRange]:
        taken = [self._ranges.pop(offset) for offset in self._in_object_order[first:last]]
        del self._in_object_order[first:last]
        self._bytes -= sum(planned.length for planned in taken)
        return taken

    def _fill_window(self) -> None:
        while self._bytes < self._window and (following := next(self._plan, None)):
            offset, length = following
            length = min(length, self._size - offset)
            if length <= 0 or offset in self._ranges:
                continue
            self._ranges[offset] = PlannedRange(offset, length, self._position)
            self._position += length
            self._bytes += length
            self._in_plan_order.append(offset)
            insort(self._in_object_order, offset)
