"""Reads an object that is larger than its memory budget.

Planned ranges are fetched ahead of the reader and cached for a while; all other ranges are fetched
by blocks.
"""

from collections.abc import Callable, Iterable

from gdb_export.gcs.block_cache import BlockCache
from gdb_export.gcs.planned_ranges import Range
from gdb_export.gcs.read_ahead import ReadAhead
from gdb_export.gcs.recent_range_cache import RecentRangeCache

Fetch = Callable[[int, int], bytes]

# In bytes: large enough to hold some chunks of several interleaved tables
_WIDE_WINDOW = 8 << 20


class PlannedReader:
    """A reader of one object by planned and unplanned ranges. Safe to use from several threads."""

    def __init__(self, fetch: Fetch, size: int, budget: int, is_shared: bool) -> None:
        """`budget` is in bytes of memory. `is_shared`: other tasks read other parts of the object.

        The reader uses three quarters of the budget. The spill buffer of the export has the last
        quarter, which is also the size of the coalescing window.
        """
        self.coalescing_window = budget // 4
        max_gap_ratio = _max_gap_ratio(self.coalescing_window, is_shared)
        self._ahead = ReadAhead(fetch, size, budget // 2, self.coalescing_window, max_gap_ratio)
        self._recent = RecentRangeCache(budget // 8)
        self._blocks = BlockCache(fetch, size, budget // 8)

    def read(self, offset: int, length: int) -> bytes:
        planned = self._ahead.take(offset, length)
        if planned is not None:
            self._recent.add(offset, planned)
            return planned
        cached = self._recent.get(offset, length)
        if cached is None:
            cached = self._ahead.peek(offset, length)
        return self._blocks.read(offset, length) if cached is None else cached

    def will_read(self, ranges: Iterable[Range]) -> None:
        self._ahead.plan(ranges)

    def close(self) -> None:
        self._ahead.close()


def _max_gap_ratio(window: int, is_shared: bool) -> float:
    """The maximum number of unplanned bytes that are fetched for each planned byte.

    A request takes as long as the transfer of a megabyte. It is therefore faster to fetch the index
    pages between the planned pages with them, and in a shared object the pages of other tasks. If
    the window is too small for interleaved tables, the pages between the planned pages belong to
    later parts of the plan: they would be fetched twice.
    """
    if is_shared:
        return 8.0
    return 1.0 if window >= _WIDE_WINDOW else 0.1
