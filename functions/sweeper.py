"""Settles the documents that nobody works on any more, so that none waits for ever.

An execution that is killed in its last attempt cannot say so; one that is cancelled in Cloud Run
leaves its document to an attempt that never comes; an upload whose event was lost for a day never
starts. What Cloud Run still runs is left alone, however long it has been silent. Parts of a ZIP
that a dead execution left behind go with it.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from execution_lookup import Ending, Execution, ExecutionLookup
from gdb_export.contract.attempts import presumed_killed
from gdb_export.contract.job_document import (
    COLLECTION,
    JobDocument,
    MissingField,
    Status,
    document_path,
)
from gdb_export.contract.log_events import swept
from gdb_export.contract.results import ErrorCode, failed
from pending_document import ChangedMeanwhile, PendingDocument

log = logging.getLogger(__name__)

# Deliveries of an event end after 24 hours.
LONGEST_START = timedelta(hours=25)
_ADVICE = (
    "Upload the file again; if it was short of memory, first give the job more (memory_mib of "
    "terraform's variable job)."
)


class Sweeper:
    def __init__(
        self,
        documents: firestore.Client,
        executions: ExecutionLookup,
        remove_parts: Callable[[JobDocument], None],
        now: Callable[[], datetime],
    ) -> None:
        self._documents = documents
        self._executions = executions
        self._remove_parts = remove_parts
        self._now = now

    def sweep(self) -> int:
        """How many documents were settled."""
        unsettled = FieldFilter("status", "in", [Status.PENDING.value, Status.PROGRESS.value])
        query = self._documents.collection(COLLECTION).where(filter=unsettled)
        snapshots = list(query.stream())
        finalised = sum(self._finalise(document_path(snapshot.id)) for snapshot in snapshots)
        self._log_sweep([snapshot.create_time for snapshot in snapshots], finalised)
        return finalised

    def _log_sweep(self, made_at: Sequence[datetime], finalised: int) -> None:
        oldest = min(made_at, default=self._now())
        wait = (self._now() - oldest).total_seconds()
        log.info(
            "settled %d of %d exports that had not ended",
            finalised,
            len(made_at),
            extra=swept(len(made_at), finalised, wait),
        )

    def _finalise(self, path: str) -> bool:
        document = PendingDocument(self._documents.document(path), "the sweep", self._now)
        try:
            read = document.read()
            if read.status.is_final or not (result := self._end_of(read)):
                return False
            document.finish(*result)
            self._remove_parts(read)
        except ChangedMeanwhile:
            return False
        except GoogleAPICallError as error:
            # The others are settled all the same; this one when the next sweep comes.
            log.error("%s cannot be settled (run.executions.get is needed): %s", path, error)
            return False
        except MissingField as error:
            log.warning("%s is not ours: %s", path, error)
            return False
        log.warning("settled %s: %s", path, result[1]["error"]["message"])
        return True

    def _end_of(self, document: JobDocument) -> tuple[Status, dict[str, Any]] | None:
        """The status and result of a document that nobody works on; None if somebody may."""
        if document.lease and document.lease.expires_at > self._now():
            return None
        if name := _execution_of(document):
            execution = self._executions.find(name)
            return None if execution.ending is Ending.RUNNING else _ended(name, execution, document)
        if document.cancel_requested:
            return _cancelled("Cancelled in the document before the export had started")
        if self._now() - document.created_at > LONGEST_START:
            message = "Could not be started for a day. Upload the file again."
            return Status.FAILURE, failed(ErrorCode.START_EXPIRED, message)
        return None


def _execution_of(document: JobDocument) -> str | None:
    if document.lease:
        return document.lease.holder
    return document.execution["name"] if document.execution else None


def _ended(name: str, execution: Execution, document: JobDocument) -> tuple[Status, dict[str, Any]]:
    if document.cancel_requested:
        return _cancelled("Cancelled in the document")
    if execution.ending is Ending.CANCELLED:
        return _cancelled(f"Execution {name} was cancelled in Cloud Run")
    told = f" Cloud Run says: {execution.message}" if execution.message else ""
    message = f"Execution {name} {execution.ending.value}. {_last_of(document)}{told} {_ADVICE}"
    return Status.FAILURE, failed(ErrorCode.GAVE_UP, message)


def _last_of(document: JobDocument) -> str:
    """What is known of the last attempt, and how many there were before."""
    if document.lease is None:
        return "It could not say in this document why; its logs may (execution.logs_url)."
    earlier = len(document.earlier_attempts)
    count = f" (earlier attempts: {earlier}, see earlier_attempts)" if earlier else ""
    return f"{presumed_killed(document)}{count}."


def _cancelled(message: str) -> tuple[Status, dict[str, Any]]:
    return Status.CANCELLED, failed(ErrorCode.CANCELLED, message)
