"""Tables that lie in turns are read in one sweep, and the ZIP is the same to the byte."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.databases import generate
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.gcs.planned_ranges import PlannedRanges
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress, Snapshot
from tests.chunks.memory_spill import MemorySpill
from tests.data.databases import database_bytes
from tests.export.in_memory import MemoryDestination
from tests.firebird.memory_source import MemorySource

ORIGIN = SourceInfo("BACKUP.FDB", 1, "17", datetime(2024, 5, 1, tzinfo=UTC))


@dataclass
class SweptSource(MemorySource):
    """Memory that would rather be read as a bucket is; `planned` is what it was told of."""

    swept: int = 0
    planned: list[tuple[int, int]] = field(default_factory=list)

    @property
    def coalescing_window(self) -> int:
        return self.swept

    def will_read(self, ranges: object) -> None:
        self.planned += list(ranges)  # type: ignore[call-overload]


class ShelvedDestination(MemoryDestination):
    def __init__(self) -> None:
        super().__init__()
        self.aside = MemorySpill()

    def spill_store(self) -> MemorySpill:
        return self.aside


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdb_export.chunks.sizes.CHUNK_BYTES", 1 << 18)
    monkeypatch.setattr("gdb_export.chunks.sizes.BATCH_BYTES", 1 << 14)


@pytest.fixture(scope="module")
def in_turns(engine: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("turns") / "turns.fdb"
    generate("turns", 8, path)
    return path.read_bytes()


def exported(
    data: bytes, sweep: int, progress: Progress | None = None, **options: int
) -> tuple[SweptSource, ShelvedDestination]:
    source, destination = SweptSource(data, swept=sweep), ShelvedDestination()
    chosen = ExportOptions(**{"workers": 2} | options)
    export(source, ORIGIN, destination, chosen, progress or Progress())
    return source, destination


def requests(source: SweptSource, sweep: int) -> int:
    """How many it would take to fetch what was planned."""
    ranges = PlannedRanges(source.size, sweep, 4 << 20, max_gap_ratio=0.1)
    ranges.replace(source.planned)
    return sum(1 for _ in iter(ranges.next, []))


@pytest.mark.parametrize("sweep", [1 << 21, 1 << 22])
def test_the_zip_is_the_same_whatever_is_swept(in_turns: bytes, sweep: int) -> None:
    near, plain = exported(in_turns, 0)
    swept, aside = exported(in_turns, sweep)
    assert aside.zip == plain.zip
    assert sorted(swept.planned) == sorted(near.planned)
    assert requests(swept, sweep) < requests(near, sweep) / 4


def test_little_is_held_of_what_was_read_before_it_is_due(in_turns: bytes) -> None:
    """Six of seven tables wait; what there is no room for is on the shelf until it is due."""
    _, destination = exported(in_turns, 1 << 21)
    assert destination.zip is not None
    assert sum(destination.aside.put_sizes) > len(destination.zip) / 4
    assert destination.aside.items == {}
    assert destination.aside.is_closed


def test_pages_count_when_they_are_read(in_turns: bytes) -> None:
    """Not when their table is due: then nothing would move for a while, and all at once."""
    shown: list[Snapshot] = []
    exported(in_turns, 1 << 22, Progress(shown.append, interval=0))
    halfway = next(one for one in shown if one.current > 1)
    assert halfway.pages > 0.8 * halfway.pages_total
    assert shown[-1].pages == shown[-1].pages_total


@pytest.mark.parametrize("name", ["blobs", "mvcc", "evolve", "cnes"])
def test_databases_of_an_old_engine(name: str) -> None:
    data = database_bytes(f"fb15/{name}")
    _, plain = exported(data, 0)
    _, swept = exported(data, 1 << 20)
    assert swept.zip == plain.zip
