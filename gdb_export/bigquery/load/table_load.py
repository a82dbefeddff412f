"""Loads tables: their rows replace the earlier rows of the same source and month, or none.

The files of a table are loaded into a staging table. One transaction deletes the earlier rows of
this source and month and inserts those of the staging tables. Repeating any step changes nothing.
"""

import threading
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud.bigquery import Client

from gdb_export.bigquery.load.exported_files import ExportedFiles
from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.jobs import JobRunner
from gdb_export.bigquery.load.replacement import Replacement, replacement_script, start_script
from gdb_export.bigquery.load.retries import Retries
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.bigquery.load.staging import StagingTable
from gdb_export.bigquery.load.target_table import TargetTables
from gdb_export.bigquery.schemas.columns import table_columns
from gdb_export.contract.staging_names import STAGING_PREFIX

_MAX_TABLE_IN_STAGING_NAME = 200
# Characters of a script; BigQuery allows 1 MiB: https://docs.cloud.google.com/bigquery/quotas
_MAX_SCRIPT = 500_000


class LoadedTable(NamedTuple):
    """A table that was loaded. `table` is its name in the database, `name` its name in BigQuery;
    `retried` describes the steps that were repeated."""

    table: str
    name: str
    rows: int
    retried: tuple[str, ...] = ()


class StagedTable(NamedTuple):
    """A table whose rows can be replaced. `staging` is None for an empty table."""

    table: ExportedTable
    name: str
    replacement: Replacement
    staging: StagingTable | None
    retries: Retries

    def remove_staging(self) -> None:
        if self.staging is not None:
            self.staging.remove()


class TableLoader:
    """Loads tables of one export; called by several threads. `stopped` ends the loads."""

    def __init__(
        self,
        client: Client,
        settings: LoadSettings,
        files: ExportedFiles,
        stopped: threading.Event,
    ) -> None:
        self._client = client
        self._settings = settings
        self._files = files
        self._stopped = stopped
        self._targets = TargetTables(
            client, settings.location, settings.added, settings.is_partitioned
        )

    def stage(self, table: ExportedTable, name: str) -> StagedTable | LoadedTable:
        """Prepare a table under its name in BigQuery, and load its rows into a staging table.

        An empty table needs no load job; it is loaded already if it is new. Raises Irreconcilable,
        RowCountDiffers, Cancelled, OSError and BigQuery's errors.
        """
        settings = self._settings
        retries = Retries(self._stopped, settings.patience)
        short_name = name[:_MAX_TABLE_IN_STAGING_NAME]
        jobs = self._jobs(short_name, retries)
        schema = self._schema(table)
        names = table.column_names(schema.names, settings.added)
        columns = table_columns(schema, names, table.descriptions)
        target = self._targets.prepare(settings.dataset.table(name), table, columns, retries, jobs)
        if not table.rows:
            if target.is_new:
                return LoadedTable(table.name, name, 0, tuple(retries.reasons))
            return StagedTable(table, name, Replacement(target, None), None, retries)
        reference = settings.dataset.table(f"{STAGING_PREFIX}{settings.load_id}_{short_name}")
        staging = StagingTable(
            self._client, settings.location, reference, target.columns, retries, jobs
        )
        staging.create(self._files, table)
        return StagedTable(table, name, Replacement(target, reference), staging, retries)

    def replace(self, staged: Sequence[StagedTable]) -> list[LoadedTable]:
        """Replace the rows of these tables in one transaction, or in several if its script is too
        long. Raises Cancelled and BigQuery's errors."""
        script = replacement_script(self._settings, [table.replacement for table in staged])
        if len(script) > _MAX_SCRIPT and len(staged) > 1:
            middle = len(staged) // 2
            return self.replace(staged[:middle]) + self.replace(staged[middle:])
        retries = Retries(self._stopped, self._settings.patience)
        prefix = f"rows_of_{staged[0].name[:_MAX_TABLE_IN_STAGING_NAME]}_and_{len(staged) - 1}"
        start = partial(start_script, self._client, self._settings.location, script)
        self._jobs(prefix, retries).run("replacement of the rows", start)
        return [
            LoadedTable(
                table.table.name,
                table.name,
                table.table.rows,
                (*table.retries.reasons, *retries.reasons),
            )
            for table in staged
        ]

    def _jobs(self, name: str, retries: Retries) -> JobRunner:
        prefix = f"gdb_export_{name}_{self._settings.load_id}"
        return JobRunner(self._client, self._settings.location, prefix, retries)

    def _schema(self, table: ExportedTable) -> pa.Schema:
        with self._files.open(table.paths[0]) as file:
            return pq.read_schema(file)
