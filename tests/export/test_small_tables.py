"""Many small tables: a worker takes several at once, and those of one layout share a formatter.

The ZIP does not depend on either.
"""

import io
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gdb_export.chunks.chunks import Chunk
from gdb_export.chunks.sizes import batches
from gdb_export.csv_rows import CsvImplementation
from gdb_export.csv_rows.implementation import TableRows
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import IMPLEMENTATIONS, implementation, opener
from tests.export.in_memory import MemoryDestination, export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, integer_field, integer_row, record
from tests.firebird.memory_source import MemorySource

OTHER_COLUMNS = (("A", integer_field(4)), ("C", integer_field(8)))
TABLES = 12


def database(version: tuple[int, int] = (12, 0)) -> DatabaseBuilder:
    """Tables T00 … T11 of one row, every third with other columns; in T05 a record is damaged."""
    builder = DatabaseBuilder(version, 2048)
    for index in range(TABLES):
        columns = OTHER_COLUMNS if index % 3 == 1 else ()
        builder.table(f"T{index:02}", [integer_row(index, None)], columns)
    builder.tables[5].pages[0].insert(0, record(integer_row(1, 2))[:20])
    return builder


def zip_of(data: bytes, workers: int, csv_implementation: CsvImplementation) -> bytes:
    destination = MemoryDestination()
    source_info = SourceInfo("test.fdb", len(data), None, datetime(2026, 1, 1, tzinfo=UTC))
    options = ExportOptions(workers=workers)
    open_source = opener(csv_implementation)
    export(MemorySource(data), source_info, destination, options, Progress(), open_source)
    assert destination.zip is not None
    return destination.zip


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_each_table_has_its_own_rows_columns_and_damage(name: str) -> None:
    builder = database()
    result = export_in_memory(builder.build(), opener=opener(implementation(name)))
    assert result.rows == {f"T{index:02}": [f"{index},"] for index in range(TABLES)}
    headers = {"A,C" if index % 3 == 1 else "A,B" for index in range(TABLES)}
    assert set(result.headers.values()) == headers
    assert result.headers["T04"] == "A,C"
    assert result.locations == [("T05", builder.tables[5].numbers[0], 0)]


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_the_zip_does_not_depend_on_the_distribution_of_tables(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables of the same layout share a formatter if one worker exports both."""
    data = database().build()
    csv_implementation = implementation(name)
    expected = zip_of(data, 1, csv_implementation)
    assert zip_of(data, 3, csv_implementation) == expected
    monkeypatch.setattr("gdb_export.chunks.sizes.BATCH_BYTES", 1)
    assert zip_of(data, 3, csv_implementation) == expected

    def never_reused(*arguments: Any) -> TableRows:
        rows = csv_implementation.rows(*arguments)
        cast(Any, rows).rebind = lambda table: False
        return rows

    assert zip_of(data, 1, csv_implementation._replace(rows=never_reused)) == expected
    with zipfile.ZipFile(io.BytesIO(expected)) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_a_worker_reuses_its_formatter_for_a_table_of_the_same_layout(name: str) -> None:
    csv_implementation = implementation(name)
    created: list[str] = []

    def recorded(database: Any, table: Any, *options: Any) -> TableRows:
        created.append(table.name)
        return csv_implementation.rows(database, table, *options)

    zip_of(database().build(), 1, csv_implementation._replace(rows=recorded))
    assert created == ["T00", "T01", "T02", "T04", "T05", "T07", "T08", "T10", "T11"]


def chunks_of(*weights: int) -> list[Chunk]:
    return cast(list[Chunk], [SimpleNamespace(weight=weight) for weight in weights])


def weights_of_batches(chunks: list[Chunk]) -> list[list[int]]:
    return [[chunk.weight for chunk in batch] for batch in batches(chunks, 8192)]


def test_small_chunks_share_a_batch() -> None:
    # a batch is complete with 64 pages of 8 KB
    assert weights_of_batches(chunks_of(257, 257, 3)) == [[257], [257], [3]]
    assert weights_of_batches(chunks_of(*[20] * 6, 257)) == [[20] * 4, [20, 20, 257]]
    assert weights_of_batches([]) == []
