"""Batches of tables whose rows are replaced in one transaction.

A transaction takes seconds, however few its rows are. So the small tables of a database share
one. BigQuery lets a transaction change up to 100 tables.

Knowledge: https://docs.cloud.google.com/bigquery/docs/transactions
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

import pyarrow as pa
from google.api_core.exceptions import GoogleAPIError

from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.retries import error_text
from gdb_export.bigquery.load.staging import RowCountDiffers
from gdb_export.bigquery.load.table_load import LoadedTable, StagedTable, TableLoader
from gdb_export.bigquery.schemas.reconciliation import Irreconcilable

MAX_TABLES = 50
# A larger table has a transaction of its own, which is not repeated because of other tables
MAX_ROWS = 100_000
# Errors of one table, which do not end the load of the others
_TABLE_ERRORS = (GoogleAPIError, Irreconcilable, RowCountDiffers, pa.ArrowException, OSError)


class FailedTable(NamedTuple):
    """A table that was not loaded, and the reason."""

    table: str
    name: str
    reason: str


Result: TypeAlias = LoadedTable | FailedTable


def in_batches(tables: Iterable[ExportedTable]) -> Iterator[list[ExportedTable]]:
    """Group the tables into batches. The largest tables come first: a large table that came last
    would be loaded while all other threads wait."""
    batch: list[ExportedTable] = []
    rows = 0
    for table in sorted(tables, key=lambda table: -table.rows):
        if batch and (len(batch) == MAX_TABLES or rows + table.rows > MAX_ROWS):
            yield batch
            batch, rows = [], 0
        batch.append(table)
        rows += table.rows
    if batch:
        yield batch


class Batch:
    """The load of one batch: several threads stage its tables, the last one replaces the rows.

    `names` has the names of the tables in BigQuery.
    """

    def __init__(
        self, loader: TableLoader, tables: Iterable[ExportedTable], names: Mapping[str, str]
    ) -> None:
        self.tables = list(tables)
        self._loader = loader
        self._names = names
        self._lock = threading.Lock()
        self._awaited = len(self.tables)
        self._staged: list[StagedTable] = []

    def load(self, table: ExportedTable) -> list[Result]:
        """Stage a table. The call for the last table of the batch replaces the rows of all staged
        tables and returns their results; an earlier call returns the table's result if it needs no
        replacement or has failed. Raises Cancelled."""
        results: list[Result] = []
        try:
            staged = self._loader.stage(table, self._names[table.name])
        except _TABLE_ERRORS as error:
            results.append(self._failed(table, error))
            staged = None
        if isinstance(staged, LoadedTable):
            results.append(staged)
        with self._lock:
            if isinstance(staged, StagedTable):
                self._staged.append(staged)
            self._awaited -= 1
            is_last = self._awaited == 0
        return results + self._replace() if is_last and self._staged else results

    def remove_staging(self) -> None:
        """Remove the staging tables that are left."""
        while self._staged:
            self._staged.pop().remove_staging()

    def _replace(self) -> list[Result]:
        """Replace the rows of all staged tables in one transaction; if that fails, in one for each
        table."""
        try:
            if len(self._staged) > 1:
                try:
                    return list(self._loader.replace(self._staged))
                except _TABLE_ERRORS as error:
                    for staged in self._staged:
                        staged.retries.reasons.append(
                            f"replacement of the rows of {len(self._staged)} tables in one"
                            f" transaction: {error_text(error)}"
                        )
            return [self._replace_alone(staged) for staged in self._staged]
        finally:
            self.remove_staging()

    def _replace_alone(self, staged: StagedTable) -> Result:
        try:
            return self._loader.replace([staged])[0]
        except _TABLE_ERRORS as error:
            return self._failed(staged.table, error)

    def _failed(self, table: ExportedTable, error: Exception) -> FailedTable:
        return FailedTable(table.name, self._names[table.name], error_text(error))
