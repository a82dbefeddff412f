"""FIFO cache of recently returned ranges.

A page is often read twice, for its rows and for the blobs that are stored among them.
"""

import bisect
import threading
from collections import deque

# At least one for each of a few workers, even if that exceeds the budget
_MIN_RANGES = 4


class RecentRangeCache:
    """FIFO cache of byte ranges that do not overlap. Safe to use from several threads."""

    def __init__(self, budget: int) -> None:
        """`budget` is in bytes."""
        self._budget = budget
        self._lock = threading.Lock()
        self._starts: list[int] = []
        self._ranges: dict[int, bytes] = {}
        self._order: deque[int] = deque()
        self._bytes = 0

    def add(self, offset: int, data: bytes) -> None:
        with self._lock:
            if offset in self._ranges:
                return
            bisect.insort(self._starts, offset)
            self._ranges[offset] = data
            self._order.append(offset)
            self._bytes += len(data)
            while self._bytes > self._budget and len(self._order) > _MIN_RANGES:
                self._drop(self._order.popleft())

    def get(self, offset: int, length: int) -> bytes | None:
        """Return the bytes, or None unless one cached range contains all of them."""
        with self._lock:
            index = bisect.bisect_right(self._starts, offset) - 1
            if index < 0:
                return None
            start = self._starts[index]
            data = self._ranges[start]
        if offset + length > start + len(data):
            return None
        return data[offset - start : offset - start + length]

    def _drop(self, offset: int) -> None:
        self._bytes -= len(self._ranges.pop(offset))
        del self._starts[bisect.bisect_left(self._starts, offset)]
