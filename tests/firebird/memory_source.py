"""MemorySource: a source whose bytes, and those of adjacent files, are in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class MemorySource:
    """A source in memory. `adjacent` holds the other files of its folder; `reads` counts calls."""

    data: bytes
    name: str = "test.fdb"
    adjacent: Mapping[str, "MemorySource"] = field(default_factory=dict)
    reads: int = 0

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def coalescing_window(self) -> int:
        return 0

    def read(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        assert length >= 0
        self.reads += 1
        return self.data[offset : offset + length]

    def will_read(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Nothing to prefetch."""

    def adjacent_names(self) -> list[str]:
        return list(self.adjacent)

    def open_adjacent(self, name: str) -> "MemorySource | None":
        return self.adjacent.get(name)
