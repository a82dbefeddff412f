"""The only task of an execution: it exports the whole database."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from google.cloud import firestore
from google.cloud.storage import Client

from gdb_export.contract.attempts import presumed_killed
from gdb_export.contract.job_document import JobDocument, utc_now
from gdb_export.contract.part_names import parts_of
from gdb_export.contract.results import waiting
from gdb_export.gcs.exports.bucket_export import BucketExport, ExportFunction
from gdb_export.gcs.provenance import PublishedExport
from gdb_export.gcs.resumable_upload import OpenUploads
from gdb_export.progress import Progress, Snapshot
from job.documents.leased_document import LeasedDocument, LeaseHolder
from job.documents.progress_fields import ProgressFields
from job.settings import Settings
from job.task import provenance, source_budget

log = logging.getLogger(__name__)


class SingleTask:
    """The export of a whole database. The lease belongs to the attempt: the next attempt takes it
    over at once."""

    def __init__(
        self,
        settings: Settings,
        documents: firestore.Client,
        objects: Client,
        export: ExportFunction,
    ) -> None:
        self._settings = settings
        self._objects = objects
        self._export_function = export
        self._uploads = OpenUploads()
        lease = timedelta(seconds=settings.lease_seconds)
        holder = LeaseHolder(settings.execution, settings.attempt, lease)
        self._document = LeasedDocument(documents, settings.document, holder)
        self._progress_fields = ProgressFields()

    @property
    def document(self) -> LeasedDocument:
        return self._document

    def claim(self, fields: Mapping[str, Any]) -> JobDocument:
        document = self._document.claim(fields)
        if (lease := document.lease) and not self._document.owns(lease):
            log.warning(
                "attempt %d of %s: %s", lease.attempt, lease.holder, presumed_killed(document)
            )
        return document

    def write_progress(self, snapshot: Snapshot) -> None:
        self._document.report(self._progress_fields.of(snapshot, utc_now()))

    def export(
        self,
        document: JobDocument,
        progress: Progress,
        report: Callable[[], None],
        before_commit: Callable[[], None],
    ) -> PublishedExport:
        export = BucketExport(
            self._objects.bucket(document.source.bucket),
            provenance(self._settings, document),
            source_budget(self._settings),
            f"{parts_of(document.task_id)}{self._settings.execution}/",
            self._uploads,
        )
        exported = export.run(self._export_function, progress, before_commit)
        report()
        return exported

    def leave_to_next_attempt(self, message: str, reason: str) -> None:
        self._document.release(waiting(f"{message}; the next attempt starts afresh"), reason)

    def abandon_uploads(self) -> None:
        self._uploads.abandon()

    def clean_up(self) -> None:
        """Nothing remains: the destination removes its own objects."""
