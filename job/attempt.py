"""One attempt of one export in the cloud: claim the job document, export, finish the document.

What another attempt cannot mend is a FAILURE and a success of the task, so that nothing is retried
in vain. What may pass leaves the document to the next attempt; the last one says that it was.
"""

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from google.cloud import firestore
from google.cloud.storage import Client

from gdb_export.contract.attempts import presumed_killed
from gdb_export.contract.execution import execution_fields
from gdb_export.contract.job_document import JobDocument, SourceObject, Status
from gdb_export.contract.log_events import export_ended
from gdb_export.contract.part_names import parts_of
from gdb_export.contract.results import ErrorCode, failed, succeeded, waiting, working
from gdb_export.gcs.bucket_export import Exported, ExportFunction, export_in_bucket
from gdb_export.gcs.failures import describe_transient, permanent_failure
from gdb_export.gcs.gcs_destination import abandon_uploads
from gdb_export.gcs.zip_name import Provenance
from gdb_export.memory_limit import memory_limit
from gdb_export.progress import Cancelled, Progress
from gdb_export.version import VERSION
from job.documents.job_store import LeasedDocument, LeaseHolder, LeaseLost, NotClaimable
from job.documents.reporter import Reporter
from job.settings import Settings
from job.watchdog import Watchdog

log = logging.getLogger(__name__)

DONE = 0
TRY_AGAIN = 1


class Stop(Enum):
    """Why an attempt ends before its work does."""

    REQUESTED = "Cancelled in the document"
    TERMINATED = "Stopped by Cloud Run (SIGTERM)"
    LEASE_LOST = "The document is held by another execution"


class Attempt:
    def __init__(
        self,
        settings: Settings,
        documents: firestore.Client,
        objects: Client,
        export: ExportFunction,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self._settings = settings
        self._objects = objects
        self._export_to = export
        self._stopped_by: Stop | None = None
        self._last_resort = Watchdog(self._end_by_force, leave=leave)
        self._began = time.monotonic()
        self._document = self._make_document(documents)
        self._reporter = self._make_reporter(
            document=self._document,
            interval=settings.report_seconds,
            patience=settings.lease_seconds * 0.8,
            cancel_requested=lambda: self.stop(Stop.REQUESTED),
            lease_lost=lambda: self.stop(Stop.LEASE_LOST),
        )
        # Always told: the reporter is what waits for its interval.
        self._progress = Progress(self._reporter.show, self._reporter.table_done, interval=0)

    def _make_document(self, documents: firestore.Client) -> LeasedDocument:
        settings = self._settings
        lease = timedelta(seconds=settings.lease_seconds)
        holder = LeaseHolder(settings.execution, settings.attempt, lease)
        return LeasedDocument(documents, settings.document, holder)

    def _make_reporter(self, **arguments: Any) -> Reporter:
        return Reporter(**arguments)

    def stop(self, reason: Stop) -> None:
        """May be called by any thread and by a signal handler; the first reason counts."""
        self._stopped_by = self._stopped_by or reason
        self._progress.cancel(reason.value)
        self._last_resort.prepare()

    def run(self) -> int:
        """The task's exit code."""
        try:
            return self._work(self._claim())
        except NotClaimable as error:
            log.info("nothing to do: %s", error)
        except LeaseLost as error:
            log.warning("left to others: %s", error)
        return DONE

    def _claim(self) -> JobDocument:
        document = self._document.claim(self._first_fields())
        if (lease := document.lease) and not self._document.is_mine(lease):
            log.warning(
                "attempt %d of %s: %s", lease.attempt, lease.holder, presumed_killed(document)
            )
        return document

    def _first_fields(self) -> dict[str, Any]:
        settings = self._settings
        execution = execution_fields(settings.project, settings.region, settings.execution)
        return {
            "execution": {**execution, "attempt": settings.attempt},
            "result": working(self._starting()),
            "started_at": datetime.now(UTC),
            "version": VERSION,
        }

    def _starting(self) -> str:
        settings = self._settings
        number, most = settings.attempt + 1, settings.max_retries + 1
        return f"Starting attempt {number} of {most}" if settings.attempt else "Starting"

    def _work(self, document: JobDocument) -> int:
        try:
            with self._reporter:
                exported = self._export(document)
        except Cancelled:
            self._last_resort.disarm()
            return self._end_stopped()
        except LeaseLost:
            raise
        except Exception as error:
            self._last_resort.disarm()
            return self._end_failed(error, document.source)
        self._last_resort.disarm()
        if exported is None:
            log.info("the part is done; other tasks are still at work")
            return DONE
        result = exported.result
        told = succeeded(exported.uri, result.tables, result.rows, result.bytes, result.warnings)
        self._document.finish(Status.SUCCESS, told, {"source.ods": result.ods})
        self._log_end(f"exported to {exported.uri}", Status.SUCCESS, told, document.source.size)
        return DONE

    def _provenance(self, document: JobDocument) -> Provenance:
        source = document.source
        return Provenance(
            bucket=source.bucket,
            name=source.name,
            generation=source.generation,
            options=document.options,
            job=self._settings.document,
        )

    def _export(self, document: JobDocument) -> Exported | None:
        exported = export_in_bucket(
            self._export_to,
            self._objects.bucket(document.source.bucket),
            self._provenance(document),
            self._progress,
            self._before_commit,
            self._settings.source_bytes or memory_limit() // 2,
            f"{parts_of(document.task_id)}{self._settings.execution}/aside/",
        )
        self._reporter.report()
        return exported

    def _before_commit(self) -> None:
        """The last moment to stop; from here on there is a ZIP."""
        self._reporter.report()
        self._progress.check()
        self._last_resort.disarm()

    def _end_stopped(self) -> int:
        match self._stopped_by:
            case Stop.REQUESTED:
                reason = failed(ErrorCode.CANCELLED, Stop.REQUESTED.value)
                self._document.finish(Status.CANCELLED, reason)
                self._log_end("cancelled in the document", Status.CANCELLED, reason)
                return DONE
            case Stop.TERMINATED:
                return self._give_up(Stop.TERMINATED.value)
        log.warning("stopped: the document is held by another execution")
        return DONE

    def _end_by_force(self) -> int:
        try:
            return self._end_stopped()
        finally:
            abandon_uploads()

    def _end_failed(self, error: Exception, source: SourceObject) -> int:
        failure = permanent_failure(error, source.bucket, source.name)
        if failure is None:
            log.exception("the attempt failed")
            return self._give_up(describe_transient(error))
        result = failed(failure.code, failure.message, failure.replaced_by)
        self._document.finish(Status.FAILURE, result)
        self._log_end(f"the export fails for good: {failure.message}", Status.FAILURE, result)
        return DONE

    def _give_up(self, reason: str) -> int:
        """Leave the document to the next attempt, or end it if this was the last."""
        attempts = self._settings.max_retries + 1
        told = f"{reason} in attempt {self._settings.attempt + 1} of {attempts}"
        log.warning("%s", told)
        if self._settings.is_last_attempt:
            message = f"{told}, the last one. Upload the file again to try once more."
            result = failed(ErrorCode.GAVE_UP, message)
            self._document.finish(Status.FAILURE, result)
            self._log_end(message, Status.FAILURE, result)
        else:
            self._document.release(waiting(f"{told}; the next attempt starts afresh"), reason)
        return TRY_AGAIN

    def _log_end(
        self, words: str, status: Status, result: dict[str, Any], source_size: int | None = None
    ) -> None:
        level = logging.WARNING if status is Status.FAILURE else logging.INFO
        seconds = time.monotonic() - self._began
        log.log(level, "%s", words, extra=export_ended(status, result, seconds, source_size))
