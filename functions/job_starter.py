"""Creates the job document of an upload and starts one execution of the job.

Events are delivered at least once and deliveries may overlap or crash. The order of writes is:
create the document, start the execution, write the execution's name. A delivery first claims the
start by writing `starting` to the document, so that only one delivery starts an execution. If that
delivery crashes, another one may claim the start after START_PATIENCE. If two executions start
nevertheless, the job's lease lets only one of them work.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, PermissionDenied, RetryError
from google.cloud import firestore

from execution_starter import START_PATIENCE, ExecutionStarter, task_count
from gdb_export.contract.attempts import MAX_WAIT, presumed_killed
from gdb_export.contract.execution import (
    EXPORT_DOCUMENT,
    EXPORT_TRACE,
    JOB_REGION,
    execution_fields,
)
from gdb_export.contract.job_document import JobDocument, Status, document_path
from gdb_export.contract.log_events import export_started
from gdb_export.contract.options import METADATA_PREFIX, BadOption, options_from_metadata
from gdb_export.contract.results import ErrorCode, failed, waiting
from pending_document import ConcurrentChange, PendingDocument
from settings import Settings
from start_errors import StartLater
from upload import Upload

log = logging.getLogger(__name__)


class JobStarter:
    """Starts the exports of uploads."""

    def __init__(
        self,
        documents: firestore.Client,
        executions: ExecutionStarter,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._documents = documents
        self._executions = executions
        self._settings = settings
        self._now = now

    def start(self, upload: Upload, trace: str | None = None) -> None:
        """Create the job document and start an execution, unless another delivery has. Raises
        StartLater if another delivery of the event may succeed."""
        reference = self._documents.document(self._path(upload))
        pending = PendingDocument(reference, uuid.uuid4().hex, self._now)
        try:
            if self._claim_start(pending, upload):
                self._start_execution(pending, upload, trace)
        except ConcurrentChange as error:
            raise StartLater("the job document was changed at the same time") from error
        except PermissionDenied as error:
            log.error("the function may not write to Firestore: it needs roles/datastore.user")
            raise StartLater("Firestore denies access") from error
        except (GoogleAPICallError, RetryError) as error:
            raise StartLater(f"Firestore answered with an unexpected error: {error}") from error

    def _path(self, upload: Upload) -> str:
        return document_path(upload.task_id, self._settings.collection_prefix)

    def _claim_start(self, pending: PendingDocument, upload: Upload) -> bool:
        """Return whether this delivery starts the execution."""
        document = self._new_document(upload)
        if pending.create(document):
            return document.status is Status.PENDING
        document = pending.read()
        if document.status is not Status.PENDING or document.execution or document.lease:
            self._report_expired_lease(pending, document)
            return False
        if document.cancel_requested:
            pending.cancel()
            return False
        if pending.is_being_started(document, START_PATIENCE):
            raise StartLater("another delivery of this event is starting the export")
        pending.claim_start()
        return True

    def _report_expired_lease(self, pending: PendingDocument, document: JobDocument) -> None:
        lease = document.lease
        if lease and lease.expires_at <= self._now() and not document.status.is_final:
            description = presumed_killed(document)
            log.warning("attempt %d of %s: %s", lease.attempt, lease.holder, description)
            pending.set_message(
                f"{description}. Another attempt follows, or the scheduled sweep ends the export"
            )

    def _new_document(self, upload: Upload) -> JobDocument:
        now = self._now()
        try:
            options, status = self._options(upload), Status.PENDING
            result = waiting("Waiting for an execution to start")
        except BadOption as error:
            options, status = {}, Status.FAILURE
            message = f"{error}. Correct the option and upload the file again."
            result = failed(ErrorCode.BAD_OPTION, message)
        return JobDocument(
            task_id=upload.task_id,
            status=status,
            source=upload.source,
            result=result,
            options=options,
            job=self._settings.job_name,
            created_at=now,
            updated_at=now,
            finished_at=now if status.is_final else None,
            expires_at=now + timedelta(days=self._settings.document_days),
        )

    def _options(self, upload: Upload) -> dict[str, Any]:
        options = options_from_metadata(upload.metadata)
        if options.get("overwrite") and not self._settings.allow_overwrite:
            raise BadOption(
                f"{METADATA_PREFIX}overwrite is switched off here: an upload may not replace a ZIP"
            )
        return options

    def _start_execution(self, pending: PendingDocument, upload: Upload, trace: str | None) -> None:
        environment = {
            EXPORT_DOCUMENT: self._path(upload),
            JOB_REGION: self._settings.region,
        }
        try:
            name = self._executions.start(
                environment | ({EXPORT_TRACE: trace} if trace else {}),
                task_count(self._settings, upload.source.size, self._options(upload)),
            )
        except StartLater as error:
            if error.is_refusal:
                log.error("the export cannot be started yet: %s", error)
            self._wait(pending, upload, error)
        else:
            log.info("started execution %s", name, extra=export_started())
            fields = execution_fields(self._settings.project, self._settings.region, name)
            pending.set_execution(fields)

    def _wait(self, pending: PendingDocument, upload: Upload, reason: StartLater) -> None:
        """Leave the start to the event's next delivery, or fail once MAX_WAIT has passed."""
        last_try = upload.uploaded_at + MAX_WAIT
        if self._now() >= last_try:
            code = ErrorCode.START_REFUSED if reason.is_refusal else ErrorCode.START_EXPIRED
            message = f"Could not be started within a day: {reason}. Upload the file again."
            pending.fail(code, message)
            return
        try:
            pending.wait(f"Waiting: {reason}. Retried until {last_try:%Y-%m-%d %H:%M} UTC")
        except (ConcurrentChange, GoogleAPICallError):
            log.warning("the reason for waiting could not be written to the document")
        raise reason
