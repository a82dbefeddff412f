"""The load of an export into BigQuery, after its ZIP or folder is complete.

A repeated load changes nothing, so an attempt that follows a stopped one loads all tables again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import Forbidden
from google.cloud.storage import Client

from gdb_export.bigquery.errors import LoadRefused
from gdb_export.bigquery.reference_month import ReferenceMonth, reference_month
from gdb_export.contract.job_document import JobDocument
from gdb_export.contract.part_names import parts_of
from gdb_export.contract.results import working
from gdb_export.contract.staging_names import staging_of
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.gcs.exports.bucket_export import BucketExport
from gdb_export.gcs.gcs_source import SourceGone
from gdb_export.gcs.provenance import PublishedExport
from gdb_export.gcs.resumable_upload import OpenUploads
from gdb_export.options import BadOption
from gdb_export.progress import Progress, TableDone
from job.settings import Settings
from job.task import provenance, source_budget

if TYPE_CHECKING:
    from gdb_export.bigquery.load.batches import FailedTable
    from gdb_export.bigquery.load.clients import FoundDataset
    from gdb_export.bigquery.load.exported_files import BucketFiles, Export
    from gdb_export.bigquery.load.settings import LoadSettings
    from gdb_export.bigquery.load.table_load import LoadedTable

Show = Callable[[Mapping[str, Any]], None]

# Errors that another attempt would meet again
_REFUSALS = (LoadRefused, BadOption, FirebirdError, SourceGone)


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """The result of a load.

    `fields` are those of `result.dataset`; `error` is None if every table was loaded.
    """

    fields: Mapping[str, Any]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class LoadReports:
    """Takes the state of a running load.

    `show` takes the field `result`, `table_ended` the fields of a table's document.
    """

    show: Show
    table_ended: Show


class DatasetLoader:
    """Loads the export of a job document into the dataset of the upload or of the deployment."""

    def __init__(self, settings: Settings, objects: Client) -> None:
        self._settings = settings
        self._objects = objects

    def dataset(self, document: JobDocument) -> str | None:
        """The name of the dataset; None if nothing is to be loaded."""
        chosen: str | None = document.options.get("dataset")
        return chosen or self._settings.bigquery.dataset

    def load(
        self,
        document: JobDocument,
        exported: PublishedExport,
        progress: Progress,
        reports: LoadReports,
    ) -> LoadOutcome:
        """Load every table. `progress` stops the load.

        Raises Cancelled, and the errors that another attempt may avoid.
        """
        name = self.dataset(document) or ""
        try:
            return self._load(name, document, exported, progress, reports)
        except _REFUSALS as error:
            return LoadOutcome({"name": name}, str(error))
        except Forbidden as error:
            message = (
                f"the job may not load into {name}: its service account needs"
                " roles/bigquery.dataEditor on the dataset and roles/bigquery.jobUser on the"
                f" project ({error.message})"
            )
            return LoadOutcome({"name": name}, message)

    def _load(
        self,
        name: str,
        document: JobDocument,
        exported: PublishedExport,
        progress: Progress,
        reports: LoadReports,
    ) -> LoadOutcome:
        # imported late: docs/architecture.md
        from gdb_export.bigquery.load.clients import dataset_reference, find_dataset, open_client
        from gdb_export.bigquery.load.dataset_load import load_dataset
        from gdb_export.bigquery.load.exported_files import read_export
        from job.load_fields import dataset_fields, failure_message, loaded_table_fields

        project = self._settings.project
        client = open_client(project)
        found = find_dataset(client, dataset_reference(name, project))
        full_name = f"{found.reference.project}.{found.reference.dataset_id}"
        ended = 0

        def table_done(table: "LoadedTable | FailedTable") -> None:
            nonlocal ended
            ended += 1
            total = len(export.tables)
            text = f"Loading into {full_name} ({ended} of {total})"
            reports.show(working(text, ended, total))
            reports.table_ended(loaded_table_fields(table))

        with self._files(document, exported, full_name, progress, reports.show) as files:
            export = read_export(files)
            settings, month = self._load_settings(document, found, export)
            result = load_dataset(client, export, settings, progress.check, table_done)
        client.close()  # type: ignore[no-untyped-call]
        return LoadOutcome(
            dataset_fields(full_name, month, result), failure_message(full_name, result)
        )

    def _load_settings(
        self, document: JobDocument, found: "FoundDataset", export: "Export"
    ) -> "tuple[LoadSettings, ReferenceMonth]":
        from gdb_export.bigquery.load.retries import Patience
        from gdb_export.bigquery.load.settings import LoadSettings

        settings = self._settings
        given = document.options.get("reference")
        month = reference_month(
            date.fromisoformat(given) if given else None,
            document.source.name,
            export.modified_at.date(),
        )
        attempt = f"{document.task_id}_{settings.execution}_{settings.attempt}"
        load_settings = LoadSettings(
            found.reference,
            found.location,
            re.sub(r"\W", "_", attempt, flags=re.ASCII),
            document.source.uri,
            month.first_day,
            datetime.now(UTC),
            settings.bigquery.added,
            settings.bigquery.is_partitioned,
            Patience(first_delay=settings.bigquery.retry_seconds),
            staging_of(document.task_id),
        )
        return load_settings, month

    @contextmanager
    def _files(
        self,
        document: JobDocument,
        exported: PublishedExport,
        dataset: str,
        progress: Progress,
        show: Show,
    ) -> "Iterator[BucketFiles]":
        """The Parquet files of the export; for a ZIP they are made in a temporary folder."""
        from gdb_export.bigquery.load.exported_files import BucketFiles
        from gdb_export.gcs.exports.temporary_folder import TemporaryFolder

        bucket = self._objects.bucket(document.source.bucket)
        folder_uri = exported.folder or exported.uri
        if folder_uri.endswith("/"):
            yield BucketFiles(bucket, folder_uri.removeprefix(f"gs://{bucket.name}/"))
            return
        prefix = f"{parts_of(document.task_id)}{self._settings.execution}/load/"
        uploads = OpenUploads()
        export = BucketExport(
            bucket,
            provenance(self._settings, document),
            source_budget(self._settings),
            prefix,
            uploads,
        )
        folder = TemporaryFolder(bucket, prefix, uploads)
        try:
            show(working(f"Preparing the load into {dataset}"))
            export.write_parquet(folder, _FollowingProgress(progress, dataset, show))
            yield BucketFiles(bucket, prefix)
        finally:
            folder.remove()


class _FollowingProgress(Progress):
    """The progress of the temporary export, which stops when the attempt stops."""

    def __init__(self, followed: Progress, dataset: str, show: Show) -> None:
        super().__init__(table_done=self._show_table)
        self._followed = followed
        self._dataset = dataset
        self._show = show

    def check(self) -> None:
        self._followed.check()

    def _show_table(self, table: TableDone) -> None:
        snapshot = self.snapshot
        text = f"Preparing {table.name} for {self._dataset}"
        self._show(working(text, snapshot.tables, snapshot.tables_total))
