"""The estimated work of a table, from a sample of its pages."""

import csv
import io
from datetime import UTC, datetime

import pytest

from gdb_export.chunks.page_chunks import PageChunks, PagePlan
from gdb_export.csv_rows import IMPLEMENTATION
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.database import Database
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.data.databases import database_bytes
from tests.export.golden import DATA, golden_tables
from tests.export.slow_source import DiscardingDestination, SlowSource

BLOBS = database_bytes("fb15/blobs")
SOURCE_INFO = SourceInfo("BLOBS.GDB", len(BLOBS), "1", datetime(2024, 5, 1, tzinfo=UTC))


def pages_read(table: str) -> int:
    """The pages that the export of a table reads, the catalogue included."""
    source = SlowSource(BLOBS)
    export(
        source,
        SOURCE_INFO,
        DiscardingDestination(),
        ExportOptions(tables=(table,), workers=1),
        Progress(),
    )
    return source.bytes_read // Database(SlowSource(BLOBS)).page_size


def plans(data: bytes) -> dict[str, PagePlan]:
    """The plan of each table by name."""
    database = Database(SlowSource(data))
    chunks = PageChunks(database, IMPLEMENTATION.rows)
    return {table.name: chunks.plan(table) for table in database.tables}


@pytest.mark.parametrize(("table", "pages"), [("B_ALL", 36), ("B_BIG", 1)])
def test_the_work_of_a_table_includes_its_blob_pages(table: str, pages: int) -> None:
    plan = plans(BLOBS)[table]
    assert plan.pages == pages
    assert pages_read(table) / 1.5 < plan.work < pages_read(table) * 1.5
    assert sum(chunk.work for chunk in plan.chunks()) == plan.work


def test_the_work_of_a_table_without_blobs_is_its_data_pages() -> None:
    table_plans = plans(database_bytes("fb15/mvcc")).values()
    assert any(plan.pages > 10 for plan in table_plans)
    assert [plan.work for plan in table_plans] == [plan.pages for plan in table_plans]


@pytest.mark.parametrize("name", ["fb15/cnes", "fb15/mvcc", "fb15/evolve", "fb40/types"])
def test_the_estimated_rows_are_near_the_real_ones(name: str) -> None:
    """Deleted rows, older versions and rows of rolled back transactions are not counted."""
    golden = golden_tables(DATA / f"{name}.fdb.gz")
    estimated = {
        table: plan.estimated_rows() for table, plan in plans(database_bytes(name)).items()
    }
    for table, text in golden.items():
        rows = sum(1 for _ in csv.reader(io.StringIO(text.decode(), newline=""))) - 1
        assert estimated[table] == pytest.approx(rows, rel=0.2), table


def test_fewer_pages_are_read_of_each_of_many_tables() -> None:
    data = database_bytes("fb15/cnes")

    def pages_read_for(tables: int) -> int:
        source = SlowSource(data)
        database = Database(source)
        chunks = PageChunks(database, IMPLEMENTATION.rows)
        plan = max(map(chunks.plan, database.tables), key=lambda plan: plan.pages)
        before = source.bytes_read
        assert plan.estimated_rows(tables) > 0
        return (source.bytes_read - before) // database.page_size

    assert pages_read_for(1) > 10
    assert pages_read_for(2000) <= 4  # three data pages, and one with states of transactions


def test_headers_of_ordinary_records_are_not_parsed_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sample has thousands of records; only those with a longer header need the full parser."""
    parsed: list[int] = []
    plans_by_table = plans(database_bytes("fb15/cnes"))
    monkeypatch.setattr(
        "gdb_export.chunks.page_sample.parse_record_header", lambda *_: parsed.append(1)
    )
    assert sum(plan.estimated_rows() for plan in plans_by_table.values()) > 1000
    assert not parsed
