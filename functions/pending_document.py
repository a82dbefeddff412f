"""All writes of the functions to the job document, while no execution works on it.

Every update is conditional on the document being unchanged since it was read, so that it never
overwrites a concurrent write of the job or of a person.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists, FailedPrecondition
from google.cloud import firestore

from gdb_export.contract.job_document import JobDocument, Status
from gdb_export.contract.log_events import export_ended
from gdb_export.contract.results import ErrorCode, cancelled_before_start, failed, waiting

log = logging.getLogger(__name__)


class ConcurrentChange(Exception):
    """The document was changed since it was read; the update was not made."""


class PendingDocument:
    """A job document that no execution works on.

    `writer` identifies one delivery of the event among those that start the same export.
    """

    def __init__(
        self, reference: firestore.DocumentReference, writer: str, now: Callable[[], datetime]
    ) -> None:
        self._reference = reference
        self._writer = writer
        self._now = now
        self._update_time: datetime | None = None

    def create(self, document: JobDocument) -> bool:
        """Create the document; return False if it exists already."""
        fields = document.to_fields()
        if document.status is Status.PENDING:
            fields["starting"] = self._start_claim()
        try:
            self._update_time = self._reference.create(fields).update_time
        except AlreadyExists:
            return False
        if document.status.is_final:
            _log_end(document.status, document.result)
        return True

    def read(self) -> JobDocument:
        snapshot = self._reference.get()
        self._update_time = snapshot.update_time
        return JobDocument.from_fields(snapshot.to_dict() or {})

    def is_being_started(self, document: JobDocument, patience: timedelta) -> bool:
        """Return whether another delivery claimed the start less than `patience` ago."""
        claim = document.starting
        if not claim or claim["by"] == self._writer:
            return False
        return bool(self._now() - claim["at"] < patience)

    def claim_start(self) -> None:
        self._update({"starting": self._start_claim()})

    def claim_restart(self, ended: str) -> None:
        """Claim the start of another execution after the one named `ended`, which never claimed the
        document or gave it up for lack of access."""
        self._update({"starting": self._start_claim(), "execution": None, "restart_of": ended})

    def wait(self, message: str) -> None:
        """Give up the claim of the start, and write that the export waits for a later attempt."""
        self._update({"starting": None, "result": waiting(message)})

    def set_message(self, message: str) -> None:
        """Set the status message of a started export and keep the counts of its `result`."""
        self._update({"result.status": message})

    def fail(self, code: ErrorCode, message: str) -> None:
        self.finish(Status.FAILURE, failed(code, message))

    def cancel(self) -> None:
        self.finish(Status.CANCELLED, cancelled_before_start())

    def finish(self, status: Status, result: Mapping[str, Any]) -> None:
        end = {"status": status.value, "result": result, "finished_at": self._now()}
        self._update({**end, "starting": None, "lease": None})
        _log_end(status, result)

    def set_execution(self, execution: Mapping[str, str]) -> None:
        """Write the started execution, unless the execution has written it already."""
        try:
            self._update({"execution": execution, "starting": None, "restart_of": None})
        except ConcurrentChange:
            document = self.read()
            if document.status is Status.PENDING and not document.execution:
                self._update({"execution": execution, "starting": None, "restart_of": None})

    def _start_claim(self) -> dict[str, Any]:
        return {"by": self._writer, "at": self._now()}

    def _update(self, fields: Mapping[str, Any]) -> None:
        option = firestore.Client.write_option(last_update_time=self._update_time)
        changed = {**fields, "updated_at": self._now()}
        try:
            self._update_time = self._reference.update(changed, option=option).update_time
        except FailedPrecondition as error:
            raise ConcurrentChange(str(error)) from error


def _log_end(status: Status, result: Mapping[str, Any]) -> None:
    message = result.get("error", {}).get("message")
    log.warning("ended as %s: %s", status.value, message, extra=export_ended(status, result))
