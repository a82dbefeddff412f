"""Finalises the documents that no execution works on.

Three cases leave a document unfinished: an execution is killed in its last attempt; an execution
is cancelled in Cloud Run, so that no next attempt follows; an upload could not be started for a
day. A document whose execution Cloud Run still runs is not changed, even if its lease has expired.
The parts of a ZIP and the staging tables in BigQuery that an ended execution left are removed.

If an execution ended before it could use the document, or has no access to the bucket, another one
is started, for up to a day, because grants take effect late. Each interval between two executions
is half as long again as the interval before it.

The oldest document comes first, and a run ends before the function's timeout: the next run
continues with the rest. The log line for the alerts is written first.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from execution_lookup import Execution, ExecutionLookup, ExecutionState
from execution_starter import START_PATIENCE
from gdb_export.contract.attempts import MAX_WAIT, presumed_killed
from gdb_export.contract.job_document import (
    COLLECTION,
    JobDocument,
    MalformedDocument,
    Status,
    document_path,
)
from gdb_export.contract.log_events import swept
from gdb_export.contract.results import ErrorCode, cancelled_before_start, failed
from pending_document import ConcurrentChange, PendingDocument
from restarter import Restarter

log = logging.getLogger(__name__)

# Events are redelivered for 24 hours.
MAX_START_WAIT = timedelta(hours=25)
_ADVICE = (
    "Upload the file again; if the job ran out of memory, raise its memory first (memory_mib in "
    "Terraform's variable job)."
)
# In seconds, less than the function's timeout in terraform/sweep.tf.
MAX_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents of one deployment: those of its job, in collections with its prefix."""

    job_name: str
    prefix: str = ""


class End(NamedTuple):
    """The final status and result of a document."""

    status: Status
    result: Mapping[str, Any]


class Restart(NamedTuple):
    """Another execution follows the one named `ended`."""

    ended: str


class Reconciler:
    """Finalises the unfinished documents of one deployment."""

    def __init__(
        self,
        documents: firestore.Client,
        executions: ExecutionLookup,
        restarter: Restarter,
        remove_leftovers: Callable[[JobDocument], None],
        scope: Scope,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._scope = scope
        self._clock = clock
        self._executions = executions
        self._restarter = restarter
        self._remove_leftovers = remove_leftovers
        self._now = now

    def reconcile(self) -> int:
        """Finalise documents and return their number."""
        started = self._clock()
        unfinished = self._unfinished()
        oldest = min((snapshot.create_time for snapshot in unfinished), default=self._now())
        wait = (self._now() - oldest).total_seconds()
        log.info("%d exports are unfinished", len(unfinished), extra=swept(len(unfinished), wait))
        finalised = 0
        for index, snapshot in enumerate(unfinished):
            if self._clock() - started > MAX_SECONDS:
                log.warning("%d exports are left to the next run", len(unfinished) - index)
                break
            finalised += self._finalise(document_path(snapshot.id, self._scope.prefix))
        log.info("finalised %d exports", finalised)
        return finalised

    def _unfinished(self) -> list[firestore.DocumentSnapshot]:
        """Return the unfinished documents of this deployment, the oldest first."""
        unfinished = FieldFilter("status", "in", [Status.PENDING.value, Status.PROGRESS.value])
        query = self._documents.collection(f"{self._scope.prefix}{COLLECTION}")
        snapshots = query.where(filter=unfinished).select(["job"]).stream()
        # An earlier version wrote documents without the field `job`.
        ours = [
            snapshot
            for snapshot in snapshots
            if (snapshot.to_dict() or {}).get("job") in (None, self._scope.job_name)
        ]
        return sorted(ours, key=lambda snapshot: snapshot.create_time)

    def _finalise(self, path: str) -> bool:
        pending = PendingDocument(self._documents.document(path), "the sweep", self._now)
        try:
            document = pending.read()
            outcome = None if document.status.is_final else self._outcome(document)
            if isinstance(outcome, Restart):
                self._restart(pending, document, outcome.ended)
            if not isinstance(outcome, End):
                return False
            pending.finish(outcome.status, outcome.result)
            self._remove_leftovers(document)
        except ConcurrentChange:
            return False
        except GoogleAPICallError as error:
            # Continue with the other documents; the next run tries this one again.
            log.error("%s cannot be finalised (run.executions.get is needed): %s", path, error)
            return False
        except MalformedDocument as error:
            log.warning("%s is not a job document: %s", path, error)
            return False
        log.warning("finalised %s: %s", path, outcome.result["error"]["message"])
        return True

    def _outcome(self, document: JobDocument) -> "End | Restart | None":
        """The end of the export, its restart, or None if an execution may work on the document."""
        if document.lease and document.lease.expires_at > self._now():
            return None
        if name := _execution_of(document):
            execution = self._executions.find(name)
            if execution.state is ExecutionState.RUNNING:
                return None
            if _is_never_claimed(document, execution) and self._age(document) < MAX_WAIT:
                return Restart(name)
            return _end_with_execution(name, execution, document)
        if document.cancel_requested:
            return End(Status.CANCELLED, cancelled_before_start())
        if self._age(document) > MAX_START_WAIT:
            message = "Could not be started within a day. Upload the file again."
            return End(Status.FAILURE, failed(ErrorCode.START_EXPIRED, message))
        return Restart(document.restart_of) if document.restart_of else None

    def _age(self, document: JobDocument) -> timedelta:
        return self._now() - document.created_at

    def _restart(self, pending: PendingDocument, document: JobDocument, ended: str) -> None:
        if self._is_due(document) and not pending.is_being_started(document, START_PATIENCE):
            self._restarter.restart(pending, document, ended)

    def _is_due(self, document: JobDocument) -> bool:
        """Whether the document is unchanged for half of its age at the last change. The intervals
        between executions then grow by half."""
        changed_at = document.updated_at or document.created_at
        return self._now() - changed_at >= (changed_at - document.created_at) / 2


def _execution_of(document: JobDocument) -> str | None:
    if document.lease:
        return document.lease.holder
    return document.execution["name"] if document.execution else None


def _is_never_claimed(document: JobDocument, execution: Execution) -> bool:
    """Whether the execution ended by itself before it wrote anything to the document."""
    is_stopped = document.cancel_requested or execution.state is ExecutionState.CANCELLED
    return document.status is Status.PENDING and document.started_at is None and not is_stopped


def _end_with_execution(name: str, execution: Execution, document: JobDocument) -> End:
    if document.cancel_requested:
        return _cancelled("Cancelled in the document")
    if execution.state is ExecutionState.CANCELLED:
        return _cancelled(f"Execution {name} was cancelled in Cloud Run")
    reason = f" Cloud Run's message: {execution.message}" if execution.message else ""
    message = (
        f"Execution {name} {execution.state.value}. {_last_attempt(document)}{reason} {_ADVICE}"
    )
    return End(Status.FAILURE, failed(ErrorCode.GAVE_UP, message))


def _last_attempt(document: JobDocument) -> str:
    """Describe the last attempt and count the earlier ones."""
    if document.lease is None:
        return "It wrote no reason to this document; see its logs (execution.logs_url)."
    earlier = len(document.earlier_attempts)
    count = f" (earlier attempts: {earlier}, see earlier_attempts)" if earlier else ""
    return f"{presumed_killed(document)}{count}."


def _cancelled(message: str) -> End:
    return End(Status.CANCELLED, failed(ErrorCode.CANCELLED, message))
