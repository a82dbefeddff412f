"""The staging table of one table's load: created with an expiry, filled from Parquet, removed."""

import io
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import BinaryIO

from google.api_core.exceptions import GoogleAPIError
from google.cloud.bigquery import (
    Client,
    LoadJob,
    LoadJobConfig,
    ParquetOptions,
    SourceFormat,
    Table,
    TableReference,
    WriteDisposition,
)

from gdb_export.bigquery.load.converted_files import converted_row_groups, needs_conversion
from gdb_export.bigquery.load.exported_files import ExportedFiles
from gdb_export.bigquery.load.exported_tables import ExportedTable
from gdb_export.bigquery.load.jobs import JobRunner
from gdb_export.bigquery.load.retries import ONCE, Retries
from gdb_export.bigquery.schemas.columns import TableColumn

log = logging.getLogger(__name__)

# A staging table that could not be removed disappears after this time
_LIFETIME = timedelta(days=1)
# Each conversion has a row group in memory
_CONVERSIONS = threading.Semaphore(4)


class RowCountDiffers(Exception):
    """The numbers of rows in BigQuery and in the export differ; the message has both."""


class StagingTable:
    """A staging table."""

    def __init__(
        self,
        client: Client,
        location: str,
        reference: TableReference,
        columns: Sequence[TableColumn],
        retries: Retries,
        jobs: JobRunner,
    ) -> None:
        """`location` is that of the dataset."""
        self.reference = reference
        self._client = client
        self._location = location
        self._columns = columns
        self._retries = retries
        self._jobs = jobs
        self._fields = [column.field() for column in columns]

    def create(self, files: ExportedFiles, table: ExportedTable) -> None:
        """Create it with the rows of a table; nothing is left of it after an error.

        Raises RowCountDiffers, Cancelled, OSError and BigQuery's errors.
        """
        staging = Table(self.reference, schema=self._fields)
        staging.expires = datetime.now(UTC) + _LIFETIME
        try:
            self._retries.call(
                "creation of the staging table",
                lambda: self._client.create_table(staging, exists_ok=True, retry=ONCE),
            )
            self._fill(files, table)
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove it, or leave that to its expiry. Does not raise BigQuery's errors."""
        try:
            self._retries.call_at_end(
                lambda: self._client.delete_table(self.reference, not_found_ok=True, retry=ONCE)
            )
        except (GoogleAPIError, OSError) as failure:
            log.warning("%s stays until it expires: %s", self.reference, failure)

    def _fill(self, files: ExportedFiles, table: ExportedTable) -> None:
        uris = [uri for path in table.paths if (uri := files.uri(path)) is not None]
        if needs_conversion(self._columns):
            self._load_converted(files, table)
        elif uris:
            self._jobs.run("load", partial(self._start_from_uris, uris))
        else:
            self._upload_files(files, table)
        stored = self._retries.call(
            "count of the rows", lambda: self._client.get_table(self.reference, retry=ONCE)
        )
        if stored.num_rows != table.rows:
            raise RowCountDiffers(f"BigQuery has read {stored.num_rows} rows of {table.rows}")

    def _load_converted(self, files: ExportedFiles, table: ExportedTable) -> None:
        for path in table.paths:
            with _CONVERSIONS, files.open(path) as file:
                for content in converted_row_groups(file, self._columns):
                    start = partial(self._start_from_file, io.BytesIO(content))
                    self._jobs.run("load", start)

    def _upload_files(self, files: ExportedFiles, table: ExportedTable) -> None:
        for path in table.paths:
            with files.open(path) as file:
                self._jobs.run("load", partial(self._start_from_file, file))

    def _start_from_uris(self, uris: Sequence[str], job_id: str) -> LoadJob:
        return self._client.load_table_from_uri(
            uris,
            self.reference,
            job_id=job_id,
            location=self._location,
            job_config=self._config(),
            retry=ONCE,
        )

    def _start_from_file(self, file: BinaryIO, job_id: str) -> LoadJob:
        return self._client.load_table_from_file(
            file,
            self.reference,
            rewind=True,
            job_id=job_id,
            location=self._location,
            job_config=self._config(),
        )

    def _config(self) -> LoadJobConfig:
        options = ParquetOptions()  # type: ignore[no-untyped-call]
        options.enable_list_inference = True
        config = LoadJobConfig(schema=self._fields, parquet_options=options)
        config.source_format = SourceFormat.PARQUET
        config.write_disposition = WriteDisposition.WRITE_APPEND
        return config
