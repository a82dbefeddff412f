"""The load of one table: its rows replace those of the same source and month, or nothing changes.

The files are loaded into a staging table. One transaction deletes the earlier rows of this source
and month and inserts those of the staging table. Repeating any step changes nothing.
"""

import threading
from functools import partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud.bigquery import Client

from gdb_export.bigquery.load.columns import table_columns
from gdb_export.bigquery.load.exported_files import ExportedFiles
from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.jobs import JobRunner
from gdb_export.bigquery.load.replacement import start_replacement
from gdb_export.bigquery.load.retries import Retries
from gdb_export.bigquery.load.settings import LoadSettings
from gdb_export.bigquery.load.staging import StagingTable
from gdb_export.bigquery.load.target_table import TargetTables
from gdb_export.bigquery.names import STAGING_PREFIX

_MAX_TABLE_IN_STAGING_NAME = 200


class LoadedTable(NamedTuple):
    """A table that was loaded. `name` is that in BigQuery; `retried` lists, in words, the steps
    that were repeated."""

    table: str
    name: str
    rows: int
    retried: tuple[str, ...] = ()


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

    def load(self, table: ExportedTable, name: str) -> LoadedTable:
        """Load a table under its name in BigQuery. An empty one needs no load job.

        Raises Irreconcilable, RowCountDiffers, Cancelled, OSError and BigQuery's errors.
        """
        settings = self._settings
        retries = Retries(self._stopped, settings.patience)
        staging_id = f"{STAGING_PREFIX}{name[:_MAX_TABLE_IN_STAGING_NAME]}_{settings.load_id}"
        job_prefix = f"gdb_export_{name[:_MAX_TABLE_IN_STAGING_NAME]}_{settings.load_id}"
        jobs = JobRunner(self._client, settings.location, job_prefix, retries)
        schema = self._schema(table)
        names = table.column_names(schema.names, settings.added)
        columns = table_columns(schema, names, table.descriptions)
        reference = settings.dataset.table(name)
        target = self._targets.prepare(reference, table, columns, retries, jobs)
        replace = partial(start_replacement, self._client, settings, target, target.columns)
        if table.rows:
            staged = settings.dataset.table(staging_id)
            with StagingTable(
                self._client, settings.location, staged, target.columns, retries, jobs
            ) as staging:
                staging.fill(self._files, table)
                jobs.run("replacement of the rows", partial(replace, staged))
        elif not target.is_new:
            jobs.run("removal of the earlier rows", partial(replace, None))
        return LoadedTable(table.name, name, table.rows, tuple(retries.reasons))

    def _schema(self, table: ExportedTable) -> pa.Schema:
        with self._files.open(table.paths[0]) as file:
            return pq.read_schema(file)
