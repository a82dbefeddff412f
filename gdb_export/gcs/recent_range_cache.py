"""What was given out last, for who comes back to it: blobs lie beside the rows that they are of."""

import bisect
import threading
from collections import deque

# One for each of a few workers, even if they are larger than the budget.
_FEWEST = 4


class RecentRangeCache:
    """Safe to use from several threads. Runs that are kept do not overlap."""

    def __init__(self, budget: int) -> None:
        """`budget` in bytes."""
        self._budget = budget
        self._lock = threading.Lock()
        self._starts: list[int] = []
        self._runs: dict[int, bytes] = {}
        self._order: deque[int] = deque()
        self._held = 0

    def add(self, offset: int, data: bytes) -> None:
        with self._lock:
            if offset in self._runs:
                return
            bisect.insort(self._starts, offset)
            self._runs[offset] = data
            self._order.append(offset)
            self._held += len(data)
            while self._held > self._budget and len(self._order) > _FEWEST:
                self._drop(self._order.popleft())

    def get(self, offset: int, length: int) -> bytes | None:
        """None if no run has all of it."""
        with self._lock:
            place = bisect.bisect_right(self._starts, offset) - 1
            if place < 0:
                return None
            start = self._starts[place]
            data = self._runs[start]
        if offset + length > start + len(data):
            return None
        return data[offset - start : offset - start + length]

    def _drop(self, offset: int) -> None:
        self._held -= len(self._runs.pop(offset))
        del self._starts[bisect.bisect_left(self._starts, offset)]
