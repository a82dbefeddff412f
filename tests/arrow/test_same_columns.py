"""Both implementations make the same record batches and statistics, batch for batch."""

import gzip
import random
from pathlib import Path

import pytest

import gdb_export
from gdb_export.arrow.implementation import IMPLEMENTATION, REFERENCE
from gdb_export.arrow.table_batches import MakeColumns, table_reader
from gdb_export.chunks import sizes
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.database import Database
from tests.arrow.comparable import batch_values, counts
from tests.csv_rows.implementations import require_kernel

DATA = Path(__file__).parents[1] / "data"
DATABASES = sorted(DATA.glob("*/*.f[db][bk].gz"))


@pytest.fixture(autouse=True)
def kernel() -> None:
    require_kernel()
    assert IMPLEMENTATION is not REFERENCE


def columns_of(
    db: gdb_export.Database, name: str, make_columns: MakeColumns
) -> tuple[list[list[object]], object]:
    """The batches as plain values, and what was counted."""
    table = db.tables[name]
    counted: list[TableStats] = []
    if isinstance(db._opened.reader, Database):
        db._opened.reader.blobs.bytes_left = 1 << 40
    reader = table_reader(
        db._opened,
        table._table,
        table._table.columns,
        table._decoder,
        counted.append,
        make_columns,
    )
    batches = batch_values(reader)
    (stats,) = counted
    return batches, counts(stats)


def assert_same(data: bytes) -> None:
    try:
        db = gdb_export.open(data)
    except gdb_export.FirebirdError:
        return
    with db:
        for name in db.tables:
            expected = columns_of(db, name, REFERENCE)
            assert columns_of(db, name, IMPLEMENTATION) == expected, name


@pytest.mark.parametrize("path", DATABASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_implementations_make_the_same_columns(path: Path) -> None:
    assert_same(gzip.decompress(path.read_bytes()))


@pytest.mark.parametrize("limit", ["_MAX_BATCH_ROWS", "MAX_BATCH_BYTES"])
def test_both_cut_the_same_batches(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"gdb_export.arrow.buffers.{limit}", 7)
    monkeypatch.setattr("gdb_export.arrow.buffers._MIN_BATCH_ROWS", 1)
    monkeypatch.setattr(sizes, "CHUNK_BYTES", 1)  # each page is a chunk
    for name in ("fb15/types", "fb15/blobs", "fb50/texts", "fb50/arrays"):
        assert_same(gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes()))


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("name", ["fb15/types", "fb50/texts", "fb50/blobs", "fb15/blobs"])
def test_damaged_pages_give_the_same_columns(name: str, seed: int) -> None:
    data = bytearray(gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes()))
    draw = random.Random(f"{name} {seed}")
    for _ in range(draw.choice([1, 5, 50])):
        data[draw.randrange(4096, len(data))] = draw.randrange(256)
    assert_same(bytes(data))


def test_both_leave_out_blobs_that_are_too_large_for_a_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gdb_export.firebird.python_values.MAX_CELL_BYTES", 100)
    monkeypatch.setattr("gdb_export.firebird.records.blobs.MAX_WHOLE_BLOB", 50)
    monkeypatch.setattr(Database, "blob_divisor", 0)  # the kernel leaves blobs to the reference
    data = gzip.decompress((DATA / "fb15/blobs.fdb.gz").read_bytes())
    assert_same(data)
    with gdb_export.open(data) as db:
        for table in db.tables.values():
            table.arrow().read_all()
        assert any("NULL in" in warning for warning in db.warnings)
