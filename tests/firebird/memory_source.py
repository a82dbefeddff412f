"""A source that is bytes, with the files that lie beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class MemorySource:
    data: bytes
    name: str = "test.fdb"
    beside: Mapping[str, "MemorySource"] = field(default_factory=dict)
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
        """Memory needs no reading ahead."""

    def open_adjacent(self, name: str) -> "MemorySource | None":
        return self.beside.get(name)
