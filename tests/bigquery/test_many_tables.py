"""Databases of hundreds of tables: few jobs, within BigQuery's limits."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.cloud.bigquery import DatasetReference

from gdb_export.bigquery.load import table_load
from gdb_export.bigquery.load.batches import MAX_ROWS, MAX_TABLES, in_batches
from gdb_export.bigquery.load.dataset_load import MAX_LOADS_AT_ONCE, LoadResult, load_dataset
from gdb_export.bigquery.load.exported_files import Export, LocalFiles, read_export
from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.settings import LoadSettings
from tests.bigquery.counting_client import CountingClient
from tests.bigquery.made_export import make_export

TABLES, EMPTY = 300, 200


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """An export of tables of one row, and of empty ones."""
    rows = {f"T{index}": pa.table({"N": [index]}) for index in range(TABLES)}
    empty = {f"E{index}": pa.table({"N": pa.array([], pa.int32())}) for index in range(EMPTY)}
    folder = make_export(tmp_path_factory.mktemp("many") / "BACKUP", rows | empty)
    return read_export(LocalFiles(folder))


def load(client: Any, export: Export) -> LoadResult:
    settings = LoadSettings(
        DatasetReference("demo", "tables"),
        "US",
        "load",
        "file:///BACKUP.GDB",
        date(2025, 8, 1),
        datetime(2025, 8, 20, tzinfo=UTC),
    )
    return load_dataset(client, export, settings)


def test_small_tables_share_transactions_and_empty_ones_need_no_job(export: Export) -> None:
    client = CountingClient()
    result = load(client, export)
    assert (len(result.loaded), result.failed) == (TABLES + EMPTY, ())
    assert client.calls["load"] == TABLES
    assert client.calls["query"] == TABLES // MAX_TABLES
    assert client.calls["create_table"] == 2 * TABLES + EMPTY
    assert client.max_at_once <= MAX_LOADS_AT_ONCE
    inserted = [table for tables in client.inserted for table in tables]
    assert sorted(inserted) == sorted(f"T{index}" for index in range(TABLES))
    assert not any(name.startswith("_staging_") for name in client.table_ids())


def test_a_second_load_removes_the_rows_of_empty_tables_in_the_same_transactions(
    export: Export,
) -> None:
    client = CountingClient()
    load(client, export)
    client.calls.clear()
    load(client, export)
    assert client.calls["load"] == TABLES
    assert client.calls["query"] == (TABLES + EMPTY) // MAX_TABLES


def test_a_table_that_fails_costs_the_others_of_its_batch_nothing(export: Export) -> None:
    client = CountingClient(failing=("T7",))
    result = load(client, export)
    assert [(table.table, table.reason) for table in result.failed] == [("T7", "a value is bad")]
    assert len(result.loaded) == TABLES + EMPTY - 1
    inserted = [table for tables in client.inserted for table in tables]
    assert len(inserted) == len(set(inserted)) == TABLES - 1
    reason = f"replacement of the rows of {MAX_TABLES} tables in one transaction: a value is bad"
    retried = [table.retried for table in result.loaded if table.retried]
    assert retried == [(reason,)] * (MAX_TABLES - 1)


def test_a_long_script_is_divided(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_load, "_MAX_SCRIPT", 5000)
    client = CountingClient()
    assert not load(client, export).failed
    assert client.calls["query"] > TABLES // MAX_TABLES
    assert len({table for tables in client.inserted for table in tables}) == TABLES


def test_large_tables_have_transactions_of_their_own(tmp_path: Path) -> None:
    sizes = (5, MAX_ROWS + 1, 0, MAX_ROWS, 7, MAX_ROWS - 10)
    tables = [ExportedTable(f"T{rows}", (), rows) for rows in sizes]
    batches = [[table.rows for table in batch] for batch in in_batches(tables)]
    assert batches == [[MAX_ROWS + 1], [MAX_ROWS], [MAX_ROWS - 10, 7], [5, 0]]
