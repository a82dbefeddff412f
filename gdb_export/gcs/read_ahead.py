"""Prefetches the planned ranges of an object.

The plan lists ranges in the order in which they will be read. Neighbouring ranges are fetched by
one request if the gaps between them are small. Each range is returned once and then released. The
bytes held ahead of the reader are bounded by a budget.
"""

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from gdb_export.gcs.planned_ranges import PlannedRange, PlannedRanges, Range

Fetch = Callable[[int, int], bytes]

_THREADS = 8
_MAX_REQUEST = 4 << 20  # bytes
_MIN_REQUESTS = 4  # that fit in the budget


@dataclass(slots=True)
class _Request:
    """One request to the object. `ranges` are the planned ranges that were not taken yet, by
    offset; `position` is the largest position of all its ranges in the plan."""

    offset: int
    length: int
    position: int
    ranges: dict[int, PlannedRange]
    data: "Future[bytes]"


class ReadAhead:
    """The planned ranges of one object, fetched ahead. Safe to use from several threads."""

    def __init__(
        self, fetch: Fetch, size: int, budget: int, window: int, max_gap_ratio: float = 0.1
    ) -> None:
        """In bytes: the object's size, the budget, the coalescing window of the plan.

        `max_gap_ratio` is that of PlannedRanges.
        """
        self._fetch = fetch
        self._budget = budget
        # A skipped range is released when the reader is this many bytes of the plan beyond it.
        self._max_lag = budget * 3 // 4
        max_request = min(_MAX_REQUEST, budget // _MIN_REQUESTS)
        self._planned = PlannedRanges(size, window, max_request, max_gap_ratio)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_THREADS, "read ahead")
        self._requests_by_range: dict[int, _Request] = {}
        # By offset, in the order in which they were submitted
        self._requests: dict[int, _Request] = {}
        self._starts: list[int] = []
        self._held_bytes = 0

    def plan(self, ranges: Iterable[Range]) -> None:
        """Replace the plan. Ranges that are already requested can still be taken."""
        with self._lock:
            self._planned.replace(r for r in ranges if not self._is_requested(r[0]))
            self._fill()

    def take(self, offset: int, length: int) -> bytes | None:
        """Return and release a planned range. None if it is not planned or was taken before."""
        with self._lock:
            if offset in self._planned:
                self._submit(self._planned.take_around(offset))
            request = self._requests_by_range.get(offset)
            if request is None or request.ranges[offset].length < length:
                return None
            data = request.data
            position = request.ranges[offset].position
            self._release(request, [offset])
            self._release_skipped(position)
            self._fill()
        start = offset - request.offset
        return data.result()[start : start + length]

    def peek(self, offset: int, length: int) -> bytes | None:
        """Return bytes without releasing anything: a subrange of a planned range, or a gap between
        ranges of one request. None if no request has them."""
        with self._lock:
            if (planned := self._planned.containing(offset, length)) is not None:
                self._submit(self._planned.take_around(planned))
            index = bisect_right(self._starts, offset) - 1
            request = self._requests[self._starts[index]] if index >= 0 else None
        if request is None or offset + length > request.offset + request.length:
            return None
        start = offset - request.offset
        return request.data.result()[start : start + length]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _is_requested(self, offset: int) -> bool:
        return offset in self._requests_by_range or offset in self._requests

    def _release(self, request: _Request, offsets: Iterable[int]) -> None:
        """Drop ranges of a request, and the request with its last range."""
        for offset in offsets:
            del request.ranges[offset]
            del self._requests_by_range[offset]
        if not request.ranges:
            self._held_bytes -= request.length
            del self._requests[request.offset]
            del self._starts[bisect_left(self._starts, request.offset)]

    def _release_skipped(self, position: int) -> None:
        """Release the requests whose ranges the reader skipped long ago."""
        while oldest := next(iter(self._requests.values()), None):
            if oldest.position >= position - self._max_lag:
                break
            self._release(oldest, list(oldest.ranges))

    def _fill(self) -> None:
        while self._held_bytes < self._budget and (ranges := self._planned.take_next()):
            self._submit(ranges)

    def _submit(self, ranges: list[PlannedRange]) -> None:
        """Request ranges that are neighbours, given in the order of the object."""
        start = ranges[0].offset
        length = max(planned.end for planned in ranges) - start
        data = self._pool.submit(self._fetch, start, length)
        position = max(planned.position for planned in ranges)
        by_offset = {planned.offset: planned for planned in ranges}
        request = _Request(start, length, position, by_offset, data)
        self._requests[start] = request
        insort(self._starts, start)
        self._held_bytes += length
        self._requests_by_range.update(dict.fromkeys(by_offset, request))
