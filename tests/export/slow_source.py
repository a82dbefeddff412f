"""A slow source on a simulated clock."""

import threading
from collections.abc import Iterable
from types import TracebackType

from tests.chunks.memory_spill import MemorySpill


class SlowSource:
    """Reads one megabyte a second; `seconds` is the time that reading took so far."""

    name = "SLOW.GDB"
    coalescing_window = 0

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._lock = threading.Lock()
        self.size = len(content)
        self.bytes_read = 0

    def seconds(self) -> float:
        return self.bytes_read / 1e6

    def read(self, offset: int, length: int) -> bytes:
        data = self._content[offset : offset + length]
        with self._lock:
            self.bytes_read += len(data)
        return data

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        pass

    def adjacent_names(self) -> tuple[str, ...]:
        return ()

    def open_adjacent(self, name: str) -> None:
        return None


class DiscardingDestination:
    """A destination that discards the ZIP."""

    def __enter__(self) -> "DiscardingDestination":
        return self

    def write(self, data: bytes) -> None:
        pass

    def spill_store(self) -> MemorySpill:
        return MemorySpill()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass
