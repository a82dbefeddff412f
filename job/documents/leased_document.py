"""The job document in Firestore while one execution holds its lease.

The lease is taken and kept by compare-and-set: every write is conditional on the document being
unchanged since this execution last read or wrote it. After a concurrent change the document is read
again: a lost lease ends the work, a cancel request is remembered, and the write is repeated. The
report that prolongs the lease thereby also detects a cancel request.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from google.api_core.exceptions import FailedPrecondition
from google.cloud import firestore

from gdb_export.contract.attempts import earlier_attempt, killed_attempt
from gdb_export.contract.job_document import (
    TABLES_COLLECTION,
    JobDocument,
    Lease,
    Status,
    subcollection,
    utc_now,
)
from gdb_export.contract.results import cancelled_before_start
from job.documents.contention import tries

# Firestore's limit for one commit.
_WRITES_PER_BATCH = 500
# Each entry is a few hundred bytes of a document, which holds at most 1 MiB, and an execution may
# have 10,000 tasks of 11 attempts.
MAX_EARLIER_ATTEMPTS = 100


class NotClaimable(Exception):
    """This execution has nothing to do; the message gives the reason."""


class LeaseLost(Exception):
    """Another execution holds the document, or a person has finalised or removed it."""


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """An attempt of an execution. Its lease ends `lease` after its last report."""

    execution: str
    attempt: int
    lease: timedelta


class LeasedDocument:
    """The document as the holder of its lease uses it. Safe to use from several threads."""

    def __init__(
        self,
        client: firestore.Client,
        path: str,
        holder: LeaseHolder,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._reference = client.document(path)
        self._tables = subcollection(path, TABLES_COLLECTION)
        self._holder = holder
        self._now = now
        self._lock = threading.Lock()
        self._update_time: Any = None  # a datetime, which Firestore declares as a Timestamp
        self._expires_at: datetime | None = None
        self._cancel_requested = False

    @property
    def expires_at(self) -> datetime | None:
        """The document's expiry, as last read."""
        return self._expires_at

    @property
    def cancel_requested(self) -> bool:
        """Whether the last read of the document found a cancel request."""
        return self._cancel_requested

    def claim(self, fields: Mapping[str, Any]) -> JobDocument:
        """Take the lease and write `fields`. Return the document as it was before.

        Raises NotClaimable, and DocumentContended.
        """
        for _ in tries("claimed"):
            document = self._read()
            self._require_claimable(document)
            claimed = {
                "status": Status.PROGRESS.value,
                "starting": None,
                "restart_of": None,
                "progress": None,
                "earlier_attempts": self._earlier_attempts(document),
            }
            try:
                if document.cancel_requested:
                    self._set(_cancelled_fields(self._now()))
                    raise NotClaimable("cancelled before it started")
                self._set({**claimed, **fields, "lease": self._lease(), "finished_at": None})
            except FailedPrecondition:
                continue
            return document
        raise AssertionError("the last try raises")

    def join(self, fields: Mapping[str, Any]) -> JobDocument:
        """Claim for one of several tasks, which share the lease: only the first task writes."""
        document = self._read()
        lease = document.lease
        if not document.status.is_final and lease and lease.holder == self._holder.execution:
            return document
        return self.claim(fields)

    def refresh(self) -> JobDocument:
        """Read the document again, with its cancel request. Raises LeaseLost."""
        with self._lock:
            return self._refresh()

    def claim_assembly(self, index: int) -> bool:
        """Return whether task `index` shall assemble the parts. Only one task does; another may
        claim the assembly after the duration of a lease. Raises LeaseLost, and
        DocumentContended."""
        with self._lock:
            for _ in tries("claimed for the assembly"):
                claim = self._refresh().assembling
                if claim and claim["index"] != index and claim["expires_at"] > self._now():
                    return False
                expires_at = self._now() + self._holder.lease
                try:
                    self._set({"assembling": {"index": index, "expires_at": expires_at}})
                    return True
                except FailedPrecondition:
                    continue
        raise AssertionError("the last try raises")

    def report(self, fields: Mapping[str, Any]) -> None:
        """Write `fields` and prolong the lease. Raises LeaseLost."""
        self._write({**fields, "lease": self._lease()})

    def release(self, result: Mapping[str, Any], reason: str) -> None:
        """Leave the document to the next attempt. `reason` says why this one ended. Raises
        LeaseLost."""
        released = {"status": Status.PENDING.value, "result": result, "lease": None}
        self._write({**released, **_appended(earlier_attempt(*self._identity, reason))})

    def request_restart(self, result: Mapping[str, Any], reason: str) -> None:
        """Leave the document to another execution, which the sweep starts. `reason` says why this
        attempt ended. Raises LeaseLost."""
        left = {"status": Status.PENDING.value, "result": result, "lease": None, "execution": None}
        entry = _appended(earlier_attempt(*self._identity, reason))
        self._write({**left, **entry, "restart_of": self._holder.execution})

    def add_earlier_attempt(self, attempt: Mapping[str, Any]) -> None:
        """Append an entry to `earlier_attempts`; beyond a hundred, count it. Raises LeaseLost."""
        if len(self.refresh().earlier_attempts) < MAX_EARLIER_ATTEMPTS:
            self._write(_appended(attempt))
        else:
            self._write({"earlier_attempts_omitted": firestore.Increment(1)})

    def finish(
        self, status: Status, result: Mapping[str, Any], fields: Mapping[str, Any] | None = None
    ) -> None:
        """Finalise the document and give up the lease. Raises LeaseLost."""
        end = {"status": status.value, "result": result, "finished_at": self._now()}
        self._write({**end, **(fields or {}), "lease": None})

    def write_tables(self, tables: Sequence[Mapping[str, Any]]) -> None:
        """Write fields of one document per table, identified by `name`, to the subcollection.

        Each has its own expiry, because Firestore's TTL does not remove subcollections.
        """
        collection = self._reference.collection(self._tables)
        for start in range(0, len(tables), _WRITES_PER_BATCH):
            batch = self._client.batch()
            for table in tables[start : start + _WRITES_PER_BATCH]:
                name = _document_name(table["name"])
                fields = {**table, "expires_at": self._expires_at}
                batch.set(collection.document(name), fields, merge=True)
            batch.commit()

    def _write(self, fields: Mapping[str, Any]) -> None:
        with self._lock:
            changed = {**fields, "updated_at": self._now()}
            for _ in tries("written"):
                try:
                    self._set(changed)
                    return
                except FailedPrecondition:
                    if self._is_written(changed):
                        return

    def _is_written(self, changed: Mapping[str, Any]) -> bool:
        """Read again; return whether an earlier try of this write succeeded without an answer."""
        own_write: datetime = changed["updated_at"]
        return self._refresh(own_write).updated_at == own_write

    def _refresh(self, own_write: datetime | None = None) -> JobDocument:
        """Read the document and its cancel request, and check the lease. Raises LeaseLost.

        A document whose `updated_at` is `own_write` is not checked: that write may have given up
        the lease.
        """
        try:
            document = self._read()
        except NotClaimable as error:
            raise LeaseLost(str(error)) from error
        if own_write is not None and document.updated_at == own_write:
            return document
        self._cancel_requested = document.cancel_requested
        lease = document.lease
        if lease is None or not self.owns(lease):
            raise LeaseLost(f"held by {lease.holder if lease else 'nobody'}")
        return document

    def _require_claimable(self, document: JobDocument) -> None:
        if document.status.is_final:
            raise NotClaimable(f"already {document.status.value}")
        if document.restart_of == self._holder.execution:
            raise NotClaimable("left to another execution")
        lease = document.lease
        if lease is None:
            return
        if lease.holder != self._holder.execution:
            if lease.expires_at > self._now():
                raise NotClaimable(f"execution {lease.holder} works on the document")
        elif lease.attempt > self._holder.attempt:
            raise NotClaimable(f"attempt {lease.attempt} of this execution works on the document")

    def owns(self, lease: Lease) -> bool:
        return (lease.holder, lease.attempt) == self._identity

    def _earlier_attempts(self, document: JobDocument) -> list[Mapping[str, Any]]:
        lease = document.lease
        killed = [killed_attempt(lease, document)] if lease and not self.owns(lease) else []
        return [*document.earlier_attempts, *killed]

    def _read(self) -> JobDocument:
        snapshot = self._reference.get()
        if not snapshot.exists:
            raise NotClaimable("the document does not exist")
        self._update_time = snapshot.update_time
        document = JobDocument.from_fields(snapshot.to_dict() or {})
        self._expires_at = document.expires_at
        return document

    def _set(self, fields: Mapping[str, Any]) -> None:
        """Update the document if it is unchanged. Raises FailedPrecondition."""
        option = self._client.write_option(last_update_time=self._update_time)
        fields = {"updated_at": self._now(), **fields}
        self._update_time = self._reference.update(fields, option=option).update_time

    @property
    def _identity(self) -> tuple[str, int]:
        return self._holder.execution, self._holder.attempt

    def _lease(self) -> dict[str, Any]:
        return Lease(*self._identity, self._now() + self._holder.lease).to_fields()


def _cancelled_fields(now: datetime) -> dict[str, Any]:
    result = cancelled_before_start()
    return {"status": Status.CANCELLED.value, "result": result, "finished_at": now, "lease": None}


def _appended(attempt: Mapping[str, Any]) -> dict[str, Any]:
    return {"earlier_attempts": firestore.ArrayUnion([dict(attempt)])}


def _document_name(table: str) -> str:
    """Escape `/`, `.`, `..` and `__…__`, which Firestore forbids in or as a document's name."""
    name = quote(table, safe="$ ").replace(".", "%2E")
    return "%5F" + name[1:] if name.startswith("__") else name
