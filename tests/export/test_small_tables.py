"""Many small tables: several are one task, alike ones share what was made for the first, and
nothing of that can be seen."""

import io
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gdb_export.chunks import page_chunks
from gdb_export.chunks.chunks import Chunk
from gdb_export.chunks.sizes import batches
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import TWINS, twin
from tests.export.in_memory import MemoryDestination, export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, integer_field, integer_row, record
from tests.firebird.memory_source import MemorySource

OTHER_COLUMNS = (("A", integer_field(4)), ("C", integer_field(8)))
TABLES = 12


def database(version: tuple[int, int] = (12, 0)) -> DatabaseBuilder:
    """Tables T00 … T11 of one row, every third with other columns; in T05 a record is damaged."""
    made = DatabaseBuilder(version, 2048)
    for number in range(TABLES):
        columns = OTHER_COLUMNS if number % 3 == 1 else ()
        made.table(f"T{number:02}", [integer_row(number, None)], columns)
    made.tables[5].pages[0].insert(0, record(integer_row(1, 2))[:20])
    return made


def zip_of(data: bytes, workers: int) -> bytes:
    destination = MemoryDestination()
    origin = SourceInfo("test.fdb", len(data), None, datetime(2026, 1, 1, tzinfo=UTC))
    export(MemorySource(data), origin, destination, ExportOptions(workers=workers), Progress())
    assert destination.zip is not None
    return destination.zip


@pytest.mark.parametrize("name", TWINS)
def test_each_table_has_its_own_rows_columns_and_damage(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_chunks, "table_rows", twin(name))
    made = database()
    found = export_in_memory(made.build())
    assert found.rows == {f"T{number:02}": [f"{number},"] for number in range(TABLES)}
    headers = {"A,C" if number % 3 == 1 else "A,B" for number in range(TABLES)}
    assert set(found.headers.values()) == headers
    assert found.headers["T04"] == "A,C"
    assert found.places == [("T05", made.tables[5].numbers[0], 0)]


@pytest.mark.parametrize("name", TWINS)
def test_it_is_no_matter_who_exports_which_table(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alike tables share lines only where one worker has both; a batch may be one table."""
    data = database().build()
    monkeypatch.setattr(page_chunks, "table_rows", twin(name))
    expected = zip_of(data, 1)
    assert zip_of(data, 3) == expected
    monkeypatch.setattr("gdb_export.chunks.sizes.BATCH_BYTES", 1)
    assert zip_of(data, 3) == expected
    monkeypatch.setattr(ReferenceRows, "rebind", lambda self, table: False)
    monkeypatch.setattr(twin(name), "rebind", lambda self, table: False)
    assert zip_of(data, 1) == expected
    with zipfile.ZipFile(io.BytesIO(expected)) as archive:
        assert archive.testzip() is None


def test_a_worker_goes_from_a_table_to_one_that_is_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Counted(ReferenceRows):
        def __init__(self, database: Any, table: Any, *options: Any) -> None:
            made.append(table.name)
            super().__init__(database, table, *options)

    monkeypatch.setattr(page_chunks, "table_rows", Counted)
    zip_of(database().build(), 1)
    assert made == ["T00", "T01", "T02", "T04", "T05", "T07", "T08", "T10", "T11"]


def chunks(*weights: int) -> list[Chunk]:
    return cast(list[Chunk], [SimpleNamespace(weight=weight) for weight in weights])


def weights_of_batches(own: list[Chunk]) -> list[list[int]]:
    return [[chunk.weight for chunk in batch] for batch in batches(own, 8192)]


def test_small_chunks_go_together_and_large_ones_alone() -> None:
    assert weights_of_batches(chunks(257, 257, 3)) == [[257], [257], [3]]
    assert weights_of_batches(chunks(*[20] * 6, 257)) == [[20] * 4, [20, 20, 257]]
    assert weights_of_batches([]) == []
