"""Loads all tables of an export into a dataset, several tables at a time."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from google.api_core.exceptions import GoogleAPIError
from google.cloud.bigquery import Client
from google.cloud.bigquery.table import TableListItem

from gdb_export.bigquery.load.batches import Batch, FailedTable, Result, in_batches
from gdb_export.bigquery.load.exported_files import Export
from gdb_export.bigquery.load.retries import ONCE, Retries
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.bigquery.load.table_load import LoadedTable, TableLoader
from gdb_export.bigquery.names import table_names
from gdb_export.bigquery.schemas.dataset_names import DatasetNames

log = logging.getLogger(__name__)

# A user may have 300 calls at once and 100 calls a second of each method:
# https://docs.cloud.google.com/bigquery/quotas
MAX_LOADS_AT_ONCE = 16
_PAGE_SIZE = 1000  # tables in one answer of BigQuery
_WAKE_SECONDS = 0.1  # the longest time between two calls of `check`


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
    table_done: Callable[[Result], None] = lambda table: None,
) -> LoadResult:
    """Load every table. The failure of one table does not stop the load of the others.

    `check` is called often, and raises Cancelled to stop the load; tables that are not loaded by
    then keep their earlier rows.
    """
    stopped = threading.Event()
    existing = _tables(client, settings, stopped)
    _remove_leftovers(client, settings, existing)
    names = _names(export, existing)
    loader = TableLoader(client, settings, export.files, stopped)
    batches = [Batch(loader, tables, names) for tables in in_batches(export.tables)]
    with ThreadPoolExecutor(MAX_LOADS_AT_ONCE, "load") as pool:
        futures = [pool.submit(batch.load, table) for batch in batches for table in batch.tables]
        try:
            done = _results(futures, check, table_done)
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            _remove_staging(batches)
            raise
    return LoadResult(
        tuple(table for table in done if isinstance(table, LoadedTable)),
        tuple(table for table in done if isinstance(table, FailedTable)),
    )


def _tables(
    client: Client, settings: LoadSettings, stopped: threading.Event
) -> list[TableListItem]:
    """The tables of the dataset."""
    retries = Retries(stopped, settings.patience)
    return retries.call(
        "list of the tables",
        lambda: list(client.list_tables(settings.dataset, page_size=_PAGE_SIZE, retry=ONCE)),
    )


def _names(export: Export, existing: Sequence[TableListItem]) -> dict[str, str]:
    """The names in the dataset of the export's tables."""
    computed = table_names(table.name for table in export.tables)
    listed = {table.name: table.bigquery_name or computed[table.name] for table in export.tables}
    return DatasetNames(existing).settle(listed)


def _remove_leftovers(
    client: Client, settings: LoadSettings, existing: Sequence[TableListItem]
) -> None:
    """Remove the staging tables of earlier attempts at this load, which have ended."""
    if not settings.staging_prefix:
        return
    for table in existing:
        if table.table_id.startswith(settings.staging_prefix):
            try:
                client.delete_table(table.reference, not_found_ok=True, retry=ONCE)
            except (GoogleAPIError, OSError) as error:
                log.warning("%s stays until it expires: %s", table.reference, error)


def _remove_staging(batches: Sequence[Batch]) -> None:
    """Remove the staging tables of batches that were stopped."""
    with ThreadPoolExecutor(MAX_LOADS_AT_ONCE, "remove") as pool:
        list(pool.map(lambda batch: batch.remove_staging(), batches))


def _results(
    futures: Sequence[Future[list[Result]]],
    check: Callable[[], None],
    table_done: Callable[[Result], None],
) -> list[Result]:
    """The results in the order of the tables' names."""
    results: list[Result] = []
    pending = set(futures)
    while pending:
        finished, pending = wait(pending, _WAKE_SECONDS, FIRST_COMPLETED)
        check()
        for future in finished:
            for result in future.result():
                results.append(result)
                table_done(result)
    return sorted(results, key=lambda table: table.table)
