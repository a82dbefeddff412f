"""The load of all tables of an export, several at a time."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

import pyarrow as pa
from google.api_core.exceptions import GoogleAPIError
from google.cloud.bigquery import Client

from gdb_export.bigquery.load.dataset_names import DatasetNames
from gdb_export.bigquery.load.exported_files import Export
from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.reconciliation import Irreconcilable
from gdb_export.bigquery.load.retries import ONCE, Retries, error_text
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.bigquery.load.staging import RowCountDiffers
from gdb_export.bigquery.load.table_load import LoadedTable, TableLoader
from gdb_export.bigquery.names import table_names

# All users of a project share a limit: 100 queries that change tables may run at once
MAX_LOADS_AT_ONCE = 8
_PAGE_SIZE = 1000  # tables in one answer of BigQuery
_WAKE_SECONDS = 0.1  # the longest time between two calls of `check`
# Errors of one table, which do not end the load of the others
_TABLE_ERRORS = (GoogleAPIError, Irreconcilable, RowCountDiffers, pa.ArrowException, OSError)


class FailedTable(NamedTuple):
    """A table that was not loaded, and the reason."""

    table: str
    name: str
    reason: str


class LoadResult(NamedTuple):
    loaded: tuple[LoadedTable, ...]
    failed: tuple[FailedTable, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.loaded)


def load_dataset(
    client: Client,
    export: Export,
    settings: LoadSettings,
    check: Callable[[], None] = lambda: None,
    table_done: Callable[[LoadedTable | FailedTable], None] = lambda table: None,
) -> LoadResult:
    """Load every table; one that fails leaves the others as they are.

    `check` is called often, and raises Cancelled to stop the load; tables that are not loaded by
    then keep their earlier rows.
    """
    stopped = threading.Event()
    names = _names(client, export, settings, stopped)
    loader = TableLoader(client, settings, export.files, stopped)

    def load(table: ExportedTable) -> LoadedTable | FailedTable:
        name = names[table.name]
        try:
            return loader.load(table, name)
        except _TABLE_ERRORS as error:
            return FailedTable(table.name, name, error_text(error))

    # The largest first, so that no large table is left to load alone at the end.
    by_size = sorted(export.tables, key=lambda table: -table.rows)
    with ThreadPoolExecutor(MAX_LOADS_AT_ONCE, "load") as pool:
        futures = [pool.submit(load, table) for table in by_size]
        try:
            done = _results(futures, check, table_done)
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return LoadResult(
        tuple(table for table in done if isinstance(table, LoadedTable)),
        tuple(table for table in done if isinstance(table, FailedTable)),
    )


def _names(
    client: Client, export: Export, settings: LoadSettings, stopped: threading.Event
) -> dict[str, str]:
    """The names in the dataset of the export's tables."""
    retries = Retries(stopped, settings.patience)
    existing = retries.call(
        "list of the tables",
        lambda: list(client.list_tables(settings.dataset, page_size=_PAGE_SIZE, retry=ONCE)),
    )
    computed = table_names(table.name for table in export.tables)
    listed = {table.name: table.bigquery_name or computed[table.name] for table in export.tables}
    return DatasetNames(existing).settle(listed)


def _results(
    futures: Sequence[Future[LoadedTable | FailedTable]],
    check: Callable[[], None],
    table_done: Callable[[LoadedTable | FailedTable], None],
) -> list[LoadedTable | FailedTable]:
    """The results in the order of the tables' names."""
    results: list[LoadedTable | FailedTable] = []
    pending = set(futures)
    while pending:
        finished, pending = wait(pending, _WAKE_SECONDS, FIRST_COMPLETED)
        check()
        for future in finished:
            results.append(future.result())
            table_done(results[-1])
    return sorted(results, key=lambda table: table.table)
