"""An upload -> its job document and one execution of the job, whatever is repeated or fails.

Order of writes: create the document, start the execution, write the execution's name. Whoever
starts an execution first writes `starting` to the document, so that of many deliveries of an event
one starts it; one that died in between is followed by another after START_PATIENCE. Should two
executions start all the same, the lease that the job takes lets one of them work.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from google.api_core.exceptions import GoogleAPICallError, PermissionDenied, RetryError
from google.cloud import firestore

from execution_starter import SECONDS_TO_ANSWER, ExecutionStarter
from gdb_export.contract.attempts import presumed_killed
from gdb_export.contract.execution import (
    EXPORT_DOCUMENT,
    EXPORT_TRACE,
    JOB_REGION,
    execution_fields,
)
from gdb_export.contract.job_document import JobDocument, Status, document_path
from gdb_export.contract.log_events import export_started
from gdb_export.contract.options import BadOption, options_from_metadata
from gdb_export.contract.results import ErrorCode, failed, waiting
from pending_document import ChangedMeanwhile, PendingDocument
from settings import Settings
from start_errors import StartLater, StartRefused
from upload import Upload

log = logging.getLogger(__name__)

START_PATIENCE = timedelta(seconds=2 * SECONDS_TO_ANSWER)
# Events are delivered for 24 hours; one of the last deliveries must say that it was the last.
LONGEST_WAIT = timedelta(hours=23)


def utc_now() -> datetime:
    return datetime.now(UTC)


class JobStarter:
    def __init__(
        self,
        documents: firestore.Client,
        executions: ExecutionStarter,
        settings: Settings,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._documents = documents
        self._executions = executions
        self._settings = settings
        self._now = now

    def start(self, upload: Upload, trace: str | None = None) -> None:
        """Raises StartLater where another delivery of the event may succeed."""
        reference = self._documents.document(document_path(upload.task_id))
        pending = PendingDocument(reference, uuid.uuid4().hex, self._now)
        try:
            if self._is_mine_to_start(pending, upload):
                self._start_execution(pending, upload, trace)
        except ChangedMeanwhile as error:
            raise StartLater("the job document was changed at the same moment") from error
        except PermissionDenied as error:
            log.error("the function may not write to Firestore: it needs roles/datastore.user")
            raise StartLater("Firestore denies access") from error
        except (GoogleAPICallError, RetryError) as error:
            raise StartLater(f"Firestore does not answer as it should: {error}") from error

    def _is_mine_to_start(self, pending: PendingDocument, upload: Upload) -> bool:
        document = self._new_document(upload)
        if pending.create(document):
            return document.status is Status.PENDING
        document = pending.read()
        if document.status is not Status.PENDING or document.execution or document.lease:
            self._look_at_lease(pending, document)
            return False
        if document.cancel_requested:
            pending.cancel()
            return False
        if pending.is_being_started(document, START_PATIENCE):
            raise StartLater("another delivery of this event is starting the export")
        pending.take_start()
        return True

    def _look_at_lease(self, pending: PendingDocument, document: JobDocument) -> None:
        """Say of an export that nothing was heard of any more what is to be supposed."""
        lease = document.lease
        if lease and lease.expires_at <= self._now() and not document.status.is_final:
            log.warning(
                "attempt %d of %s: %s", lease.attempt, lease.holder, presumed_killed(document)
            )
            pending.say(
                f"{presumed_killed(document)}. Another attempt follows, or the sweep ends it"
            )

    def _new_document(self, upload: Upload) -> JobDocument:
        now = self._now()
        try:
            options, status = options_from_metadata(upload.metadata), Status.PENDING
            result = waiting("Waiting for an execution to start")
        except BadOption as error:
            options, status = {}, Status.FAILURE
            message = f"{error}. Upload the file again with the option mended."
            result = failed(ErrorCode.BAD_OPTION, message)
        return JobDocument(
            task_id=upload.task_id,
            status=status,
            source=upload.source,
            result=result,
            options=options,
            created_at=now,
            updated_at=now,
            finished_at=now if status.is_final else None,
            expires_at=now + timedelta(days=self._settings.document_days),
        )

    def _start_execution(self, pending: PendingDocument, upload: Upload, trace: str | None) -> None:
        environment = {
            EXPORT_DOCUMENT: document_path(upload.task_id),
            JOB_REGION: self._settings.region,
        }
        try:
            name = self._executions.start(
                environment | ({EXPORT_TRACE: trace} if trace else {}),
                self._settings.tasks(upload.source.size),
            )
        except StartRefused as error:
            log.error("the export cannot be started: %s", error)
            message = f"{error}. When that is mended, upload the file again."
            pending.fail(ErrorCode.START_REFUSED, message)
        except StartLater as error:
            self._wait(pending, upload, error)
        else:
            log.info("started execution %s", name, extra=export_started())
            pending.started(execution_fields(self._settings.project, self._settings.region, name))

    def _wait(self, pending: PendingDocument, upload: Upload, reason: StartLater) -> None:
        """Let the next delivery of the event try again, if there is going to be one."""
        last_try = upload.uploaded_at + LONGEST_WAIT
        if self._now() >= last_try:
            message = f"Could not be started for a day: {reason}. Upload the file again."
            pending.fail(ErrorCode.START_EXPIRED, message)
            return
        try:
            pending.wait(f"Waiting: {reason}. Tried again until {last_try:%Y-%m-%d %H:%M} UTC")
        except (ChangedMeanwhile, GoogleAPICallError):
            log.warning("the document could not be told what it waits for")
        raise reason
