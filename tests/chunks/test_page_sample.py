"""How much work a table is, by some of its pages."""

import gzip
from datetime import UTC, datetime

import pytest

from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.database import Database
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.export.golden import DATA
from tests.export.slow_source import Nowhere, SlowSource

BLOBS = gzip.decompress((DATA / "fb15" / "blobs.fdb.gz").read_bytes())
ORIGIN = SourceInfo("BLOBS.GDB", len(BLOBS), "1", datetime(2024, 5, 1, tzinfo=UTC))


def pages_read(table: str) -> int:
    """All that its export reads, the catalogue too."""
    source = SlowSource(BLOBS)
    export(source, ORIGIN, Nowhere(), ExportOptions(tables=(table,), workers=1), Progress())
    return source.bytes_read // Database(SlowSource(BLOBS)).page_size


@pytest.mark.parametrize(("table", "pages"), [("B_ALL", 36), ("B_BIG", 1)])
def test_pages_of_blobs_are_work_too(table: str, pages: int) -> None:
    database = Database(SlowSource(BLOBS))
    (found,) = (one for one in database.tables if one.name == table)
    plan = PageChunks(database).plan(found)
    assert plan.pages == pages
    assert pages_read(table) / 1.5 < plan.work < pages_read(table) * 1.5
    assert sum(chunk.work for chunk in plan.chunks()) == plan.work


def test_a_table_without_blobs_is_its_data_pages() -> None:
    content = gzip.decompress((DATA / "fb15" / "mvcc.fdb.gz").read_bytes())
    database = Database(SlowSource(content))
    plans = [PageChunks(database).plan(table) for table in database.tables]
    assert any(plan.pages > 10 for plan in plans)
    assert [plan.work for plan in plans] == [plan.pages for plan in plans]
