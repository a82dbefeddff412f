"""The ZIP is the same to the byte, however many tasks write it."""

import json
from pathlib import Path
from types import TracebackType

import pytest

from gdb_export.export.assembly import PartBytes
from gdb_export.export.export import SourceInfo, assemble, export, export_part
from gdb_export.export.part_range import PartRange
from gdb_export.export.part_report import PartReport
from gdb_export.files.local_files import LocalSource
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.chunks.memory_spill import MemorySpill
from tests.export.golden import DATA, unpack

OPTIONS = ExportOptions(workers=1)


class KeepingDestination:
    """A destination that keeps the written bytes in memory."""

    uri = "memory"

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_entered = False
        self.is_committed = False

    def __enter__(self) -> "KeepingDestination":
        self.is_entered = True
        return self

    def write(self, data: bytes) -> None:
        assert self.is_entered
        self.data += data

    def spill_store(self) -> MemorySpill:
        return MemorySpill()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.is_committed = kind is None


def whole_zip(database: Path) -> tuple[bytes, SourceInfo]:
    """The ZIP that one task writes."""
    with LocalSource(database) as source:
        destination, source_info = KeepingDestination(), source.info()
        export(source, source_info, destination, OPTIONS, Progress())
    assert destination.is_committed
    return bytes(destination.data), source_info


def zip_of_parts(database: Path, source_info: SourceInfo, count: int) -> bytes:
    """The ZIP assembled from what `count` tasks write."""
    heads, tails = (
        [KeepingDestination() for _ in range(count)],
        [KeepingDestination() for _ in range(count)],
    )
    reports = []
    with LocalSource(database) as source:
        for index in range(count):
            report = export_part(
                source,
                source_info,
                PartRange(index, count),
                heads[index],
                tails[index],
                OPTIONS,
                Progress(),
            )
            reports.append(PartReport.from_fields(json.loads(json.dumps(report.to_fields()))))
        assembly = assemble(source, source_info, OPTIONS, reports)
    assert [report.has_head for report in reports] == [head.is_committed for head in heads]
    assert [report.has_tail for report in reports] == [tail.is_committed for tail in tails]
    written = {"head": heads, "tail": tails}
    zipped = b"".join(
        bytes(written[item.which][item.index].data) if isinstance(item, PartBytes) else item
        for item in assembly.sequence
    )
    assert assembly.result.bytes == len(zipped)
    return zipped


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("types", (1, 2, 3, 64)),
        ("evolve", (3, 8)),
        ("mvcc", (1, 8)),
        ("names", (3,)),
        ("cnes", (5,)),
    ],
)
def test_any_number_of_parts_gives_the_same_zip(
    name: str, counts: tuple[int, ...], tmp_path: Path
) -> None:
    database = unpack(DATA / "fb15" / f"{name}.fdb.gz", tmp_path)
    expected, source_info = whole_zip(database)
    for count in counts:
        assert zip_of_parts(database, source_info, count) == expected


def test_parts_have_the_same_schema_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.OPTIONS", ExportOptions(workers=1, schema_sql=True))
    database = unpack(DATA / "fb15" / "types.fdb.gz", tmp_path)
    expected, source_info = whole_zip(database)
    assert b"schema.sql" in expected
    assert zip_of_parts(database, source_info, 3) == expected


def test_a_table_can_be_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of one page: most parts neither begin nor end the table that they write."""
    monkeypatch.setattr("gdb_export.chunks.sizes.CHUNK_BYTES", 1)
    database = unpack(DATA / "fb15" / "blobs.fdb.gz", tmp_path)
    expected, source_info = whole_zip(database)
    for count in (2, 7, 30):
        assert zip_of_parts(database, source_info, count) == expected


@pytest.mark.parametrize("damage_offset", [None, 40_000])
def test_a_backup_can_be_cut_anywhere(
    damage_offset: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gdb_export.chunks.sizes.CHUNK_BYTES", 500)
    backup = unpack(DATA / "fb15" / "types.fbk.gz", tmp_path)
    if damage_offset is not None:
        data = bytearray(backup.read_bytes())
        data[damage_offset : damage_offset + 3000] = b"\xff" * 3000
        backup.write_bytes(data)
    expected, source_info = whole_zip(backup)
    for count in (2, 7, 30):
        assert zip_of_parts(backup, source_info, count) == expected
