"""The job document while no execution works on it: all that the functions write to it.

Every update is conditional on the document being as it was read, so that nothing is overwritten
which the job or a person wrote in between.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists, FailedPrecondition
from google.cloud import firestore

from gdb_export.contract.job_document import JobDocument, Status
from gdb_export.contract.log_events import export_ended
from gdb_export.contract.results import ErrorCode, failed, waiting

log = logging.getLogger(__name__)


class ChangedMeanwhile(Exception):
    """Somebody else wrote to the document; what they wrote stands."""


class PendingDocument:
    """`me` is one delivery of the event, told from the others that start the same export."""

    def __init__(
        self, reference: firestore.DocumentReference, me: str, now: Callable[[], datetime]
    ) -> None:
        self._reference = reference
        self._me = me
        self._now = now
        self._written: Any = None

    def create(self, document: JobDocument) -> bool:
        """False if it is there already."""
        fields = document.to_fields()
        if document.status is Status.PENDING:
            fields["starting"] = self._claim()
        try:
            self._written = self._reference.create(fields).update_time
        except AlreadyExists:
            return False
        if document.status.is_final:
            _log_end(document.status, document.result)
        return True

    def read(self) -> JobDocument:
        snapshot = self._reference.get()
        self._written = snapshot.update_time
        return JobDocument.from_fields(snapshot.to_dict() or {})

    def is_being_started(self, document: JobDocument, patience: timedelta) -> bool:
        """Whether another delivery holds the start and may still be alive."""
        holder = document.starting
        if not holder or holder["by"] == self._me:
            return False
        return bool(self._now() - holder["at"] < patience)

    def take_start(self) -> None:
        self._update({"starting": self._claim()})

    def wait(self, words: str) -> None:
        self._update({"starting": None, "result": waiting(words)})

    def say(self, words: str) -> None:
        """Of an export that was begun: the counts of its `result` stay."""
        self._update({"result.status": words})

    def fail(self, code: ErrorCode, message: str) -> None:
        self.finish(Status.FAILURE, failed(code, message))

    def cancel(self) -> None:
        message = "Cancelled in the document before the export had started"
        self.finish(Status.CANCELLED, failed(ErrorCode.CANCELLED, message))

    def finish(self, status: Status, result: Mapping[str, Any]) -> None:
        end = {"status": status.value, "result": result, "finished_at": self._now()}
        self._update({**end, "starting": None, "lease": None})
        _log_end(status, result)

    def started(self, execution: Mapping[str, str]) -> None:
        """Write the execution's name, unless the execution was faster and wrote it itself."""
        try:
            self._update({"execution": execution, "starting": None})
        except ChangedMeanwhile:
            document = self.read()
            if document.status is Status.PENDING and not document.execution:
                self._update({"execution": execution, "starting": None})

    def _claim(self) -> dict[str, Any]:
        return {"by": self._me, "at": self._now()}

    def _update(self, fields: Mapping[str, Any]) -> None:
        option = firestore.Client.write_option(last_update_time=self._written)
        changed = {**fields, "updated_at": self._now()}
        try:
            self._written = self._reference.update(changed, option=option).update_time
        except FailedPrecondition as error:
            raise ChangedMeanwhile(str(error)) from error


def _log_end(status: Status, result: Mapping[str, Any]) -> None:
    message = result.get("error", {}).get("message")
    log.warning("ended as %s: %s", status.value, message, extra=export_ended(status, result))
