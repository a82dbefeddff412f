"""Interleaved tables are read within one coalescing window, and the ZIP has the same bytes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.databases import generate
from gdb_export.chunks import sizes
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.gcs.planned_ranges import PlannedRanges
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress, Snapshot
from tests.chunks.memory_spill import MemorySpill
from tests.data.databases import database_bytes
from tests.export.in_memory import MemoryDestination
from tests.firebird.memory_source import MemorySource

SOURCE_INFO = SourceInfo("BACKUP.FDB", 1, "17", datetime(2024, 5, 1, tzinfo=UTC))


@dataclass
class CoalescingSource(MemorySource):
    """Memory with the coalescing window of a bucket; records the announced ranges."""

    window: int = 0
    planned: list[tuple[int, int]] = field(default_factory=list)

    @property
    def coalescing_window(self) -> int:
        return self.window

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        self.planned += list(ranges)


class SpillingDestination(MemoryDestination):
    """A destination whose spill store is in memory and records its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.spill = MemorySpill()

    def spill_store(self) -> MemorySpill:
        return self.spill


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "CHUNK_BYTES", 1 << 18)
    monkeypatch.setattr(sizes, "BATCH_BYTES", 1 << 14)


@pytest.fixture(scope="module")
def interleaved(engine: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database of seven tables whose pages are interleaved."""
    path: Path = tmp_path_factory.mktemp("turns") / "turns.fdb"
    generate("turns", 8, path)
    return path.read_bytes()


def exported(
    data: bytes, window: int, progress: Progress | None = None
) -> tuple[CoalescingSource, SpillingDestination]:
    source, destination = CoalescingSource(data, window=window), SpillingDestination()
    options = ExportOptions(workers=2)
    export(source, SOURCE_INFO, destination, options, progress or Progress())
    return source, destination


def requests(source: CoalescingSource, window: int) -> int:
    """The number of requests that fetch the announced ranges."""
    ranges = PlannedRanges(source.size, window, 4 << 20, max_gap_ratio=0.1)
    ranges.replace(source.planned)
    return sum(1 for _ in iter(ranges.take_next, []))


@pytest.mark.parametrize("window", [1 << 21, 1 << 22])
def test_a_window_saves_requests_and_does_not_change_the_zip(
    interleaved: bytes, window: int
) -> None:
    in_order, expected = exported(interleaved, 0)
    coalesced, destination = exported(interleaved, window)
    assert destination.zip == expected.zip
    assert sorted(coalesced.planned) == sorted(in_order.planned)
    assert requests(coalesced, window) < requests(in_order, window) / 4


def test_chunks_read_before_their_turn_are_spilled(interleaved: bytes) -> None:
    """While a table is written, chunks of the six other tables wait; few of them fit in memory."""
    _, destination = exported(interleaved, 1 << 21)
    assert destination.zip is not None
    assert sum(destination.spill.put_sizes) > len(destination.zip) / 4
    assert destination.spill.items == {}
    assert destination.spill.is_closed


def test_progress_counts_pages_when_they_are_read(interleaved: bytes) -> None:
    """If pages were counted when they are written, progress would stand still and then jump."""
    shown: list[Snapshot] = []
    exported(interleaved, 1 << 22, Progress(shown.append, interval=0))
    second_table = next(snapshot for snapshot in shown if snapshot.current > 1)
    assert second_table.pages > 0.8 * second_table.pages_total
    assert shown[-1].pages == shown[-1].pages_total


@pytest.mark.parametrize("name", ["blobs", "mvcc", "evolve", "cnes"])
def test_a_window_does_not_change_the_zip_of_an_old_database(name: str) -> None:
    data = database_bytes(f"fb15/{name}")
    _, expected = exported(data, 0)
    _, coalesced = exported(data, 1 << 20)
    assert coalesced.zip == expected.zip
