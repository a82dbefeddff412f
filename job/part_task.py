"""One of several tasks of an execution: it exports a part of the database.

The lease of the document belongs to the execution. Each task writes its progress to a document of
its own, and any task refreshes the totals in the job document once they are older than the report
interval. A task whose part is complete is not repeated. The last task to finish, determined by a
compare-and-set, assembles the ZIP or gives the Parquet files their names.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore
from google.cloud.storage import Client

from gdb_export.contract.attempts import earlier_attempt, presumed_killed
from gdb_export.contract.job_document import JobDocument, utc_now
from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.gcs.exports.folder_part_export import FolderPartExport
from gdb_export.gcs.exports.part_export import PartExport
from gdb_export.gcs.part_objects import PartObjects
from gdb_export.gcs.provenance import PublishedExport
from gdb_export.gcs.resumable_upload import OpenUploads
from gdb_export.options import PARQUET, options_from_fields
from gdb_export.progress import Progress, Snapshot
from job.documents.leased_document import LeasedDocument, LeaseHolder
from job.documents.progress_fields import ProgressFields
from job.documents.task_progress_store import TaskProgressStore, total
from job.settings import Settings
from job.task import provenance, source_budget

log = logging.getLogger(__name__)


class PartTask:
    """The work of one task; `settings` give its index and the number of tasks."""

    def __init__(self, settings: Settings, documents: firestore.Client, objects: Client) -> None:
        self._settings = settings
        self._objects = objects
        self._reference = documents.document(settings.document)
        # The same holder in every task and attempt, as the lease is the execution's.
        lease = timedelta(seconds=settings.lease_seconds)
        holder = LeaseHolder(settings.execution, 0, lease)
        self._document = LeasedDocument(documents, settings.document, holder)
        self._store = TaskProgressStore(
            documents, settings.document, settings.execution, settings.task_count
        )
        self._store_lock = threading.Lock()
        self._final_snapshot: Snapshot | None = None
        self._progress_fields = ProgressFields()
        self._uploads = OpenUploads()

    @property
    def document(self) -> LeasedDocument:
        return self._document

    def claim(self, fields: Mapping[str, Any]) -> JobDocument:
        document = self._document.join(fields)
        if self._settings.attempt and not self._is_previous_attempt_recorded(document):
            self._document.add_earlier_attempt(
                self._attempt_entry(self._settings.attempt - 1, presumed_killed(document))
            )
        return document

    def _is_previous_attempt_recorded(self, document: JobDocument) -> bool:
        identity = self._attempt_entry(self._settings.attempt - 1, "")
        del identity["ended"]
        return any(identity.items() <= entry.items() for entry in document.earlier_attempts)

    def _attempt_entry(self, attempt: int, ended: str) -> dict[str, Any]:
        return earlier_attempt(self._settings.execution, attempt, ended, self._settings.task_index)

    def write_progress(self, snapshot: Snapshot) -> None:
        self._store_progress(snapshot)
        updated_at = self._document.refresh().updated_at
        due = utc_now() - timedelta(seconds=self._settings.report_seconds)
        if updated_at is None or updated_at <= due:
            totals = total(self._store.states())
            self._document.report(self._progress_fields.of(totals, utc_now()))

    def _store_progress(self, snapshot: Snapshot) -> None:
        """Write this task's progress; after the part is complete, always its final progress."""
        with self._store_lock:
            is_done = self._final_snapshot is not None
            self._store.write(
                self._settings.task_index,
                self._settings.attempt,
                self._final_snapshot or snapshot,
                is_done,
                self._document.expires_at,
            )

    def export(
        self,
        document: JobDocument,
        progress: Progress,
        report: Callable[[], None],
        before_commit: Callable[[], None],
    ) -> PublishedExport | None:
        settings, parts = self._settings, self._parts(document)
        is_parquet = options_from_fields(document.options).format == PARQUET
        part = (FolderPartExport if is_parquet else PartExport)(
            self._objects.bucket(document.source.bucket),
            provenance(settings, document),
            parts,
            settings.task_count,
            document.source.size,
            source_budget(settings),
        )
        exported = part.existing()
        if exported is not None:
            return exported
        if not parts.has_report(settings.task_index):
            part.write(settings.task_index, progress, before_commit)
        self._final_snapshot = progress.snapshot
        self._store_progress(self._final_snapshot)
        return self._assemble(part, before_commit)

    def _assemble(
        self, part: PartExport | FolderPartExport, before_commit: Callable[[], None]
    ) -> PublishedExport | None:
        """Assemble the export if all parts are complete and no other task does."""
        if not self._store.is_complete(self._store.states()):
            return None
        reports = part.objects.reports()
        if reports is None or not self._document.claim_assembly(self._settings.task_index):
            return None
        exported = part.assemble(reports, before_commit)
        log.info("assembled the export from %d parts", self._settings.task_count)
        return exported

    def leave_to_next_attempt(self, message: str, reason: str) -> None:
        """Record the attempt; the document stays in progress, because the other tasks go on."""
        self._document.add_earlier_attempt(self._attempt_entry(self._settings.attempt, reason))

    def abandon_uploads(self) -> None:
        self._uploads.abandon()

    def clean_up(self) -> None:
        """Remove the parts if the export has ended or another execution has taken it over."""
        try:
            self._remove_unneeded_parts()
        except GoogleAPICallError as error:
            log.warning("parts may be left under %s: %s", PARTS_PREFIX, error)

    def _remove_unneeded_parts(self) -> None:
        fields = self._reference.get().to_dict()
        if not fields:
            return
        document = JobDocument.from_fields(fields)
        lease = document.lease
        if document.status.is_final or lease is None or lease.holder != self._settings.execution:
            self._parts(document).remove()

    def _parts(self, document: JobDocument) -> PartObjects:
        settings = self._settings
        bucket = self._objects.bucket(document.source.bucket)
        return PartObjects(
            bucket,
            document.task_id,
            settings.execution,
            settings.task_count,
            self._uploads,
        )
