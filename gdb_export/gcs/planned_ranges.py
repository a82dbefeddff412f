"""What is planned to be read and not asked for yet, and what of it one request should fetch."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A planned range; `position` is how many bytes are planned before it."""

    offset: int
    length: int
    position: int

    @property
    def end(self) -> int:
        return self.offset + self.length


class PlannedRanges:
    """The next parts of a plan, looked over some megabytes ahead: those that lie together in the
    object are taken together, though one is to be read long before the other."""

    def __init__(self, size: int, sweep: int, largest: int, max_gap_ratio: float) -> None:
        """In bytes: of the object, of the plan that is looked over, of a request. `in_vain` is how
        much may be fetched between the parts of a request, in times of what it is for."""
        self._size = size
        self._sweep = sweep
        self._largest = largest
        self._in_vain = max_gap_ratio
        self._plan: Iterator[Range] = iter(())
        self._planned = 0
        self._parts: dict[int, Part] = {}
        self._bytes = 0
        self._in_order_of_plan: deque[int] = deque()
        self._in_order_of_object: list[int] = []

    def replace(self, ranges: Iterable[Range]) -> None:
        """A new plan instead of what is left of the one before."""
        self._plan = iter(ranges)
        self._parts.clear()
        self._bytes = 0
        self._in_order_of_plan.clear()
        self._in_order_of_object.clear()

    def __contains__(self, offset: int) -> bool:
        self._look_ahead()
        return offset in self._parts

    def next(self) -> list[Part]:
        """The part that is to be read next, with its neighbours; none if all were given."""
        self._look_ahead()
        while self._in_order_of_plan:
            offset = self._in_order_of_plan.popleft()
            if offset in self._parts:
                return self.around(offset)
        return []

    def having(self, offset: int, length: int) -> int | None:
        """The offset of the part that has all of that; None if none has."""
        place = bisect_right(self._in_order_of_object, offset) - 1
        if place < 0:
            return None
        part = self._parts[self._in_order_of_object[place]]
        return part.offset if offset + length <= part.end else None

    def around(self, offset: int) -> list[Part]:
        """One of the parts with its neighbours, in the order of the object."""
        places = self._in_order_of_object
        first = bisect_left(places, offset)
        last = first + 1
        wanted = self._parts[offset].length
        start, end = offset, offset + wanted
        while last < len(places):
            part = self._parts[places[last]]
            if not self._is_worth(max(end, part.end) - start, wanted + part.length):
                break
            end, wanted, last = max(end, part.end), wanted + part.length, last + 1
        while first:
            part = self._parts[places[first - 1]]
            if not self._is_worth(max(end, part.end) - part.offset, wanted + part.length):
                break
            start, wanted, first = part.offset, wanted + part.length, first - 1
        return self._taken(first, last)

    def _is_worth(self, extent: int, wanted: int) -> bool:
        return extent <= min(self._largest, wanted * (1 + self._in_vain))

    def _taken(self, first: int, last: int) -> list[Part]:
        parts = [self._parts.pop(offset) for offset in self._in_order_of_object[first:last]]
        del self._in_order_of_object[first:last]
        self._bytes -= sum(part.length for part in parts)
        return parts

    def _look_ahead(self) -> None:
        while self._bytes < self._sweep and (following := next(self._plan, None)):
            offset, length = following
            length = min(length, self._size - offset)
            if length <= 0 or offset in self._parts:
                continue
            self._parts[offset] = Part(offset, length, self._planned)
            self._planned += length
            self._bytes += length
            self._in_order_of_plan.append(offset)
            insort(self._in_order_of_object, offset)
