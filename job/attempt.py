"""One attempt of a task: claim the job document, export, finalise the document.

An error that no other attempt can avoid finalises the document as FAILURE and ends the task with
success, so that Cloud Run does not retry it. A transient error leaves the document to the next
attempt; the last attempt finalises it.
"""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from google.api_core.exceptions import Forbidden

from gdb_export.contract.attempts import MAX_WAIT
from gdb_export.contract.execution import execution_fields
from gdb_export.contract.job_document import (
    JobDocument,
    SourceObject,
    Status,
    collection_prefix,
    utc_now,
)
from gdb_export.contract.log_events import export_ended
from gdb_export.contract.results import (
    ErrorCode,
    failed,
    load_failed,
    succeeded,
    waiting,
    working,
)
from gdb_export.gcs.failures import Failure, describe_transient, permanent_failure
from gdb_export.gcs.provenance import PublishedExport
from gdb_export.progress import Cancelled, Progress, Snapshot
from gdb_export.version import VERSION
from job.dataset_load import DatasetLoader, LoadOutcome, LoadReports
from job.documents.contention import DocumentContended
from job.documents.leased_document import LeaseLost, NotClaimable
from job.documents.reporter import Reporter
from job.settings import Settings
from job.task import Task
from job.watchdog import Watchdog

log = logging.getLogger(__name__)

# Exit codes of the task; Cloud Run starts another attempt for any but 0.
DONE = 0
RETRY = 1

# Seconds between two checks of a waiting attempt for a request to stop.
_WAIT_STEP = 0.2

# Share of the lease's duration after which an attempt without a successful report stops. It is less
# than 1, because another execution may take over when the lease ends.
_REPORT_PATIENCE = 0.8


class StopReason(Enum):
    """The reasons to stop an attempt before its export is complete."""

    REQUESTED = "Cancelled in the document"
    TERMINATED = "Stopped by Cloud Run (SIGTERM)"
    LEASE_LOST = "The document is held by another execution"
    UNREPORTED = "The progress could not be written within the duration of a lease"


class Attempt:
    """Works on one task until its document is final or left to the next attempt."""

    def __init__(
        self,
        settings: Settings,
        task: Task,
        leave: Callable[[int], None] = os._exit,
        loader: DatasetLoader | None = None,
    ) -> None:
        """`leave` ends the process with an exit code. Without a loader nothing is loaded into
        BigQuery."""
        self._loader = loader
        # The field `result` while the export is loaded into BigQuery
        self._load_state: Mapping[str, Any] | None = None
        self._output: str | None = None
        self._settings = settings
        self._task = task
        self._document = task.document
        self._stop_reason: StopReason | None = None
        self._waiting_message: str | None = None
        self._watchdog = Watchdog(self._finalise_by_force, leave=leave)
        self._started = time.monotonic()
        self._reporter = Reporter(
            self._document,
            self._write_progress,
            interval=settings.report_seconds,
            patience=settings.lease_seconds * _REPORT_PATIENCE,
            on_cancel_request=lambda: self.stop(StopReason.REQUESTED),
            on_lease_lost=lambda: self.stop(StopReason.LEASE_LOST),
            on_report_overdue=lambda: self.stop(StopReason.UNREPORTED),
        )
        # No interval here: the reporter has its own.
        self._progress = Progress(self._reporter.set_snapshot, self._reporter.add_table, interval=0)

    def stop(self, reason: StopReason) -> None:
        """May be called by any thread and by a signal handler; the first reason counts."""
        self._stop_reason = self._stop_reason or reason
        self._progress.cancel(reason.value)
        self._watchdog.arm()

    def run(self) -> int:
        """Run the attempt and return the task's exit code."""
        code = DONE
        try:
            code = self._work(self._task.claim(self._first_fields()))
        except Forbidden as error:
            log.error(
                "the job may not use the job document: its service account needs "
                "roles/datastore.user on the database (%s)",
                error.message,
            )
            with contextlib.suppress(Cancelled):
                self._sleep_for_access()
            return RETRY
        except NotClaimable as error:
            log.info("nothing to do: %s", error)
        except LeaseLost as error:
            log.warning("the lease is lost, nothing more is written: %s", error)
        except DocumentContended as error:
            log.warning("left to the next attempt: %s", error)
            code = RETRY
        self._task.clean_up()
        return code

    def _first_fields(self) -> dict[str, Any]:
        settings = self._settings
        execution = execution_fields(settings.project, settings.region, settings.execution)
        message = f"Starting {self._attempt_of_attempts()}" if settings.attempt else "Starting"
        return {
            "execution": {**execution, "attempt": settings.attempt},
            "result": working(message),
            "started_at": utc_now(),
            "version": VERSION,
        }

    def _attempt_of_attempts(self) -> str:
        return f"attempt {self._settings.attempt + 1} of {self._settings.max_retries + 1}"

    def _work(self, document: JobDocument) -> int:
        try:
            with self._reporter:
                try:
                    exported = self._task.export(
                        document, self._progress, self._reporter.report, self._before_commit
                    )
                except Exception as error:
                    self._wait_for_access(error, document)
                    raise
                outcome = self._load(document, exported)
        except Cancelled:
            self._watchdog.disarm()
            return self._finalise_stopped()
        except LeaseLost:
            raise
        except Exception as error:
            self._watchdog.disarm()
            return self._finalise_failed(error, document)
        self._watchdog.disarm()
        if exported is None:
            log.info("the part is complete; other tasks are still at work")
            return DONE
        return self._finalise_exported(exported, document.source, outcome)

    def _load(self, document: JobDocument, exported: PublishedExport | None) -> LoadOutcome | None:
        """Load a complete export into BigQuery, if a dataset is configured. Raises Cancelled."""
        dataset = self._loader.dataset(document) if self._loader else None
        if self._loader is None or exported is None or dataset is None:
            return None
        # From here on a stop keeps the ZIP. The load notices a stop itself, without the watchdog.
        self._watchdog.disarm()
        self._output = exported.uri
        self._show_load(working(f"Loading into {dataset}"))
        reports = LoadReports(self._show_load, self._reporter.add_table_fields)
        outcome = self._loader.load(document, exported, self._progress, reports)
        self._reporter.report()
        return outcome

    def _show_load(self, state: Mapping[str, Any]) -> None:
        self._load_state = state

    def _write_progress(self, snapshot: Snapshot) -> None:
        if self._load_state is not None:
            self._document.report({"result": self._load_state})
        elif self._waiting_message:
            self._document.report({"result": waiting(self._waiting_message)})
        else:
            self._task.write_progress(snapshot)

    def _wait_for_access(self, error: Exception, document: JobDocument) -> None:
        """Wait before the next attempt if access is denied: a grant takes minutes to take effect.

        Raises Cancelled.
        """
        failure = self._permanent_failure(error, document.source)
        if failure and self._awaits_grant(failure):
            log.warning("%s", failure.message)
            self._waiting_message = f"Waiting: {failure.cause}"
            self._reporter.report()
            self._sleep_for_access()

    def _sleep_for_access(self) -> None:
        if self._settings.is_last_attempt:
            return
        end = time.monotonic() + self._settings.access_wait
        while time.monotonic() < end:
            self._progress.check()
            time.sleep(min(_WAIT_STEP, self._settings.access_wait))

    def _awaits_grant(self, failure: Failure) -> bool:
        return failure.code is ErrorCode.ACCESS_DENIED and not self._settings.is_last_attempt

    def _permanent_failure(self, error: Exception, source: SourceObject) -> Failure | None:
        prefix = collection_prefix(self._settings.document)
        return permanent_failure(error, source.bucket, source.name, prefix)

    def _before_commit(self) -> None:
        """The last chance to stop: after this call the ZIP exists."""
        self._reporter.report()
        self._progress.check()
        self._watchdog.disarm()

    def _finalise_exported(
        self, exported: PublishedExport, source: SourceObject, outcome: LoadOutcome | None
    ) -> int:
        counts = exported.result
        if outcome and outcome.error is not None:
            folder = exported.folder
            result = load_failed(exported.uri, outcome.error, outcome.fields, folder)
            self._document.finish(Status.FAILURE, result, {"source.ods": counts.ods})
            self._log_end(f"the load failed: {outcome.error}", Status.FAILURE, result, source.size)
            return DONE
        dataset = outcome.fields if outcome else None
        result = succeeded(
            exported.uri,
            counts.tables,
            counts.rows,
            counts.bytes,
            counts.warnings,
            exported.folder,
            dataset,
        )
        self._document.finish(Status.SUCCESS, result, {"source.ods": counts.ods})
        self._log_end(f"exported to {exported.uri}", Status.SUCCESS, result, source.size)
        return DONE

    def _finalise_stopped(self) -> int:
        match self._stop_reason:
            case StopReason.REQUESTED:
                result = failed(ErrorCode.CANCELLED, self._cancel_message())
                self._document.finish(Status.CANCELLED, result)
                self._log_end("cancelled in the document", Status.CANCELLED, result)
                return DONE
            case StopReason.TERMINATED | StopReason.UNREPORTED as reason:
                return self._give_up(reason.value)
        log.warning("stopped: the document is held by another execution")
        return DONE

    def _cancel_message(self) -> str:
        requested = StopReason.REQUESTED.value
        if self._output is None:
            return requested
        return f"{requested} during the load into BigQuery; {self._output} is complete"

    def _finalise_by_force(self) -> int:
        """Called by the watchdog, in its own thread."""
        try:
            return self._finalise_stopped()
        finally:
            self._task.abandon_uploads()

    def _finalise_failed(self, error: Exception, document: JobDocument) -> int:
        failure = self._permanent_failure(error, document.source)
        if failure is None:
            log.exception("the attempt failed")
            return self._give_up(describe_transient(error))
        if self._awaits_grant(failure):
            return self._give_up(failure.cause)
        if failure.code is ErrorCode.ACCESS_DENIED and utc_now() < document.created_at + MAX_WAIT:
            return self._leave_to_sweep(failure, document)
        result = failed(failure.code, failure.message, failure.replaced_by)
        self._document.finish(Status.FAILURE, result)
        self._log_end(f"the export failed: {failure.message}", Status.FAILURE, result)
        return DONE

    def _leave_to_sweep(self, failure: Failure, document: JobDocument) -> int:
        """Leave the document to another execution: the grant may have taken effect by then."""
        last_try = document.created_at + MAX_WAIT
        message = f"Waiting: {failure.cause}. Retried until {last_try:%Y-%m-%d %H:%M} UTC"
        log.warning("%s", message)
        self._document.request_restart(waiting(message), failure.cause)
        return DONE

    def _give_up(self, reason: str) -> int:
        """Leave the document to the next attempt, or finalise it if this is the last one."""
        message = f"{reason} in {self._attempt_of_attempts()}"
        log.warning("%s", message)
        if self._settings.is_last_attempt:
            message = f"{message}, the last one. Upload the file again to try once more."
            result = failed(ErrorCode.GAVE_UP, message)
            self._document.finish(Status.FAILURE, result)
            self._log_end(message, Status.FAILURE, result)
        else:
            self._task.leave_to_next_attempt(message, reason)
        return RETRY

    def _log_end(
        self, message: str, status: Status, result: dict[str, Any], source_size: int | None = None
    ) -> None:
        level = logging.WARNING if status is Status.FAILURE else logging.INFO
        seconds = time.monotonic() - self._started
        log.log(level, "%s", message, extra=export_ended(status, result, seconds, source_size))
