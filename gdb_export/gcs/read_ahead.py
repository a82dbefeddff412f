"""Parts of an object that are known to be read, fetched before they are asked for.

The plan comes in the order of reading. What lies close together is fetched by one request, as long
as little is fetched in vain. Each part is given out once and then forgotten. Only so many bytes
are held ahead of the reader.
"""

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from gdb_export.gcs.planned_ranges import Part, PlannedRanges, Range

Fetch = Callable[[int, int], bytes]

_THREADS = 8
_LARGEST = 4 << 20
_FEWEST_REQUESTS = 4


@dataclass(slots=True)
class _Request:
    """`parts` are those that have not been asked for, by offset; `position` is the last's."""

    offset: int
    length: int
    position: int
    parts: dict[int, Part]
    data: "Future[bytes]"


class ReadAhead:
    """Safe to use from several threads."""

    def __init__(
        self, fetch: Fetch, size: int, budget: int, sweep: int, max_gap_ratio: float = 0.1
    ) -> None:
        """In bytes: what is held, and how much of the plan is looked over for what lies together,
        which is the smaller. `in_vain` is as of PlannedRanges."""
        self._fetch = fetch
        self._budget = budget
        # A reader so many bytes further on in the plan will not come back for what it left out.
        self._behind = budget * 3 // 4
        largest = min(_LARGEST, budget // _FEWEST_REQUESTS)
        self._planned = PlannedRanges(size, sweep, largest, max_gap_ratio)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "read ahead")
        self._requests_by_part: dict[int, _Request] = {}
        # by where they start, in the order in which they were made
        self._requests: dict[int, _Request] = {}
        self._starts: list[int] = []
        self._held = 0

    def plan(self, ranges: Iterable[Range]) -> None:
        """Replaces the plan before it; what that one has fetched stays for who asks for it."""
        with self._lock:
            self._planned.replace(one for one in ranges if not self._is_requested(one[0]))
            self._fill()

    def take(self, offset: int, length: int) -> bytes | None:
        """A part of the plan; None if it is not, or was taken before."""
        with self._lock:
            if offset in self._planned:
                self._request(self._planned.around(offset))
            request = self._requests_by_part.get(offset)
            if request is None or request.parts[offset].length < length:
                return None
            data = request.data
            position = request.parts[offset].position
            self._forget(request, [offset])
            self._leave_behind(position)
            self._fill()
        start = offset - request.offset
        return data.result()[start : start + length]

    def look(self, offset: int, length: int) -> bytes | None:
        """The same of what is not a part as a whole: of one that is not asked for yet, or between
        two of them; None if it is not there. The parts stay."""
        with self._lock:
            if (part := self._planned.having(offset, length)) is not None:
                self._request(self._planned.around(part))
            place = bisect_right(self._starts, offset) - 1
            request = self._requests[self._starts[place]] if place >= 0 else None
        if request is None or offset + length > request.offset + request.length:
            return None
        start = offset - request.offset
        return request.data.result()[start : start + length]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _is_requested(self, offset: int) -> bool:
        return offset in self._requests_by_part or offset in self._requests

    def _forget(self, request: _Request, parts: Iterable[int]) -> None:
        for offset in parts:
            del request.parts[offset]
            del self._requests_by_part[offset]
        if not request.parts:
            self._held -= request.length
            del self._requests[request.offset]
            del self._starts[bisect_left(self._starts, request.offset)]

    def _leave_behind(self, position: int) -> None:
        """Let go of what was left out long ago."""
        while oldest := next(iter(self._requests.values()), None):
            if oldest.position >= position - self._behind:
                break
            self._forget(oldest, list(oldest.parts))

    def _fill(self) -> None:
        while self._held < self._budget and (parts := self._planned.next()):
            self._request(parts)

    def _request(self, parts: list[Part]) -> None:
        """What lies together, in the order of the object."""
        start = parts[0].offset
        length = max(part.end for part in parts) - start
        data = self._pool.submit(self._fetch, start, length)
        position = max(part.position for part in parts)
        request = _Request(start, length, position, {part.offset: part for part in parts}, data)
        self._requests[start] = request
        insort(self._starts, start)
        self._held += length
        self._requests_by_part.update(dict.fromkeys(request.parts, request))
