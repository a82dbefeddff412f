"""One attempt of one of several tasks that export together.

The document belongs to their execution. Each task tells how far it is in a document of its own,
and whoever finds the report older than an interval tells the sum. A task whose part is done is
not repeated; the last of them, found by a compare-and-set, puts the ZIP together.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore
from google.cloud.storage import Client

from gdb_export.contract.attempts import ended, presumed_killed
from gdb_export.contract.job_document import JobDocument
from gdb_export.contract.part_names import PREFIX
from gdb_export.export.export import export
from gdb_export.gcs.bucket_export import Exported
from gdb_export.gcs.part_export import PartExport
from gdb_export.gcs.part_objects import PartObjects
from gdb_export.memory_limit import memory_limit
from job.attempt import TRY_AGAIN, Attempt
from job.documents.job_store import LeasedDocument, LeaseHolder
from job.documents.reporter import Reporter
from job.documents.task_progress_store import TaskProgressStore, total
from job.settings import Settings

log = logging.getLogger(__name__)


class PartReporter(Reporter):
    """Tells the task's own document, and now and then the sum of all."""

    def join(self, board: TaskProgressStore, index: int, attempt: int) -> None:
        self._board = board
        self._task = index, attempt
        self._is_done = False

    def part_is_done(self) -> None:
        """From here on no report says anything else."""
        with self._reporting:
            self._is_done = True
            self._tell()

    def _tell(self) -> None:
        self._board.tell(*self._task, self._snapshot, self._is_done)

    def _write(self) -> None:
        self._write_tables()
        self._tell()
        updated_at = self._document.look().updated_at
        due = datetime.now(UTC) - timedelta(seconds=self._interval)
        if updated_at is None or updated_at <= due:
            self._write_progress(total(self._board.states()))
        self._is_reported()


class PartAttempt(Attempt):
    """`settings` say which of how many tasks this is."""

    def __init__(self, settings: Settings, documents: firestore.Client, objects: Client) -> None:
        self._board = TaskProgressStore(
            documents, settings.document, settings.execution, settings.task_count
        )
        self._reference = documents.document(settings.document)
        super().__init__(settings, documents, objects, export)

    def _make_document(self, documents: firestore.Client) -> LeasedDocument:
        """The lease is the execution's, whichever of its tasks prolongs it."""
        lease = timedelta(seconds=self._settings.lease_seconds)
        holder = LeaseHolder(self._settings.execution, 0, lease)
        return LeasedDocument(documents, self._settings.document, holder)

    def _make_reporter(self, **arguments: Any) -> Reporter:
        reporter = PartReporter(**arguments)
        reporter.join(self._board, self._settings.task_index, self._settings.attempt)
        self._part_reporter = reporter
        return reporter

    def _claim(self) -> JobDocument:
        document = self._document.join(self._first_fields())
        if self._settings.attempt and not self._told(document):
            self._document.tell_of(
                self._ended(self._settings.attempt - 1, presumed_killed(document))
            )
        return document

    def _told(self, document: JobDocument) -> bool:
        """Whether this task's attempt before this one said how it ended."""
        mine = self._ended(self._settings.attempt - 1, "").items()
        return any(
            all(one.get(key) == value for key, value in mine if key != "ended")
            for one in document.earlier_attempts
        )

    def _ended(self, attempt: int, words: str) -> dict[str, Any]:
        return ended(self._settings.execution, attempt, words, self._settings.task_index)

    def run(self) -> int:
        """The task's exit code."""
        code = super().run()
        try:
            self._remove_what_nobody_needs()
        except GoogleAPICallError as error:
            log.warning("parts may be left under %s: %s", PREFIX, error)
        return code

    def _remove_what_nobody_needs(self) -> None:
        """The parts stay as long as the export goes on, and is this execution's."""
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
        return PartObjects(bucket, document.task_id, settings.execution, settings.task_count)

    def _export(self, document: JobDocument) -> Exported | None:
        """None where other tasks are still at work."""
        settings, parts = self._settings, self._parts(document)
        part = PartExport(
            self._objects.bucket(document.source.bucket),
            self._provenance(document),
            parts,
            settings.task_count,
            document.source.size,
            settings.source_bytes or memory_limit() // 2,
        )
        exported = part.existing_zip()
        if exported is not None:
            return exported
        if not parts.has_report(settings.task_index):
            part.write(settings.task_index, self._progress, self._before_commit)
        self._part_reporter.part_is_done()
        return self._assemble(part)

    def _assemble(self, part: PartExport) -> Exported | None:
        if not self._board.is_complete(self._board.states()):
            return None
        reports = part.objects.reports()
        if reports is None or not self._document.take_assembly(self._settings.task_index):
            return None
        exported = part.assemble(reports, self._before_commit)
        log.info("put %d parts together", self._settings.task_count)
        return exported

    def _give_up(self, reason: str) -> int:
        """The other tasks go on: only the last attempt ends the document."""
        if self._settings.is_last_attempt:
            return super()._give_up(reason)
        log.warning("%s in attempt %d", reason, self._settings.attempt + 1)
        self._document.tell_of(self._ended(self._settings.attempt, reason))
        return TRY_AGAIN
