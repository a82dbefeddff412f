"""The job document in Firestore, as long as one execution works on it.

The lease is taken and kept by compare-and-set: every write is conditional on the document being as
this execution last saw it. Where somebody else wrote in between, the document is read again: a
lease that is no longer ours ends the work, a cancel request is noticed, and the write is repeated.
So the report that keeps the lease alive is also the look for a cancel request.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from google.api_core.exceptions import FailedPrecondition
from google.cloud import firestore

from gdb_export.contract.attempts import ended, ended_by
from gdb_export.contract.job_document import TABLES_COLLECTION, JobDocument, Lease, Status
from gdb_export.contract.results import ErrorCode, failed

# Firestore's limit for one commit.
_WRITES_PER_BATCH = 500
_TRIES = 10


class NotClaimable(Exception):
    """There is nothing to do for this execution; the text says why."""


class LeaseLost(Exception):
    """Another execution holds the document, or a person has ended or removed it."""


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """An attempt of an execution; `lease` is how long it is believed to live after a report."""

    execution: str
    attempt: int
    lease: timedelta


def utc_now() -> datetime:
    return datetime.now(UTC)


class LeasedDocument:
    """Safe to use from several threads."""

    def __init__(
        self,
        client: firestore.Client,
        path: str,
        holder: LeaseHolder,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._reference = client.document(path)
        self._holder = holder
        self._now = now
        self._lock = threading.Lock()
        self._seen: Any = None
        self._expires_at: datetime | None = None
        self._cancel_requested = False

    @property
    def cancel_requested(self) -> bool:
        """As of the last report."""
        return self._cancel_requested

    def claim(self, fields: Mapping[str, Any]) -> JobDocument:
        """Take the lease and write `fields`. Gives the document as it was; raises NotOurs."""
        for _ in range(_TRIES):
            document = self._read()
            self._check_that_it_is_free(document)
            claimed = {
                "status": Status.PROGRESS.value,
                "starting": None,
                "progress": None,
                "earlier_attempts": self._earlier_attempts(document),
            }
            try:
                if document.cancel_requested:
                    self._set(_cancelled_before_start(self._now()))
                    raise NotClaimable("cancelled before it started")
                self._set({**claimed, **fields, "lease": self._lease(), "finished_at": None})
            except FailedPrecondition:
                continue
            return document
        raise NotClaimable("the document changes faster than it can be claimed")

    def join(self, fields: Mapping[str, Any]) -> JobDocument:
        """As `claim`, for one of several tasks: the first claims for its whole execution."""
        document = self._read()
        lease = document.lease
        if not document.status.is_final and lease and lease.holder == self._holder.execution:
            return document
        return self.claim(fields)

    def look(self) -> JobDocument:
        """Read again, a cancel request included. Raises LeaseLost if it is ours no more."""
        with self._lock:
            return self._look()

    def take_assembly(self, index: int) -> bool:
        """Is this task the one that puts the parts together? One is, as long as it lives."""
        with self._lock:
            for _ in range(_TRIES):
                held = self._look().assembling
                if held and held["index"] != index and held["expires_at"] > self._now():
                    return False
                until = self._now() + self._holder.lease
                try:
                    self._set({"assembling": {"index": index, "expires_at": until}})
                    return True
                except FailedPrecondition:
                    continue
        return False

    def report(self, fields: Mapping[str, Any]) -> None:
        """Write `fields` and prolong the lease. Raises LeaseLost."""
        self._write({**fields, "lease": self._lease()})

    def release(self, result: Mapping[str, Any], words: str) -> None:
        """Leave the document to the next attempt; `words` say why. Raises LeaseLost."""
        left = {"status": Status.PENDING.value, "result": result, "lease": None}
        self._write({**left, **_one_more(ended(*self._identity, words))})

    def tell_of(self, attempt: Mapping[str, Any]) -> None:
        """Add to `earlier_attempts`. Raises LeaseLost."""
        self._write(_one_more(attempt))

    def finish(
        self, status: Status, result: Mapping[str, Any], fields: Mapping[str, Any] | None = None
    ) -> None:
        """Raises LeaseLost."""
        end = {"status": status.value, "result": result, "finished_at": self._now()}
        self._write({**end, **(fields or {}), "lease": None})

    def write_tables(self, tables: Sequence[Mapping[str, Any]]) -> None:
        """One document per table in the subcollection, each with its `name`.

        Firestore's TTL removes a document and not its subcollections, so each expires by itself.
        """
        collection = self._reference.collection(TABLES_COLLECTION)
        for start in range(0, len(tables), _WRITES_PER_BATCH):
            batch = self._client.batch()
            for table in tables[start : start + _WRITES_PER_BATCH]:
                name = _document_name(table["name"])
                batch.set(collection.document(name), {**table, "expires_at": self._expires_at})
            batch.commit()

    def _write(self, fields: Mapping[str, Any]) -> None:
        with self._lock:
            changed = {**fields, "updated_at": self._now()}
            for _ in range(_TRIES):
                try:
                    self._set(changed)
                    return
                except FailedPrecondition:
                    if self._is_written(changed):
                        return
            raise LeaseLost("the document changes faster than it can be written")

    def _is_written(self, changed: Mapping[str, Any]) -> bool:
        """Read again. True if it was our own write that came first, its answer being lost."""
        own_write: datetime = changed["updated_at"]
        return self._look(own_write).updated_at == own_write

    def _look(self, own_write: datetime | None = None) -> JobDocument:
        try:
            document = self._read()
        except NotClaimable as error:
            raise LeaseLost(str(error)) from error
        if own_write is not None and document.updated_at == own_write:
            return document
        self._cancel_requested = document.cancel_requested
        lease = document.lease
        if lease is None or not self.is_mine(lease):
            raise LeaseLost(f"held by {lease.holder if lease else 'nobody'}")
        return document

    def _check_that_it_is_free(self, document: JobDocument) -> None:
        if document.status.is_final:
            raise NotClaimable(f"already {document.status.value}")
        lease = document.lease
        if lease is None:
            return
        if lease.holder != self._holder.execution:
            if lease.expires_at > self._now():
                raise NotClaimable(f"execution {lease.holder} works on it")
        elif lease.attempt > self._holder.attempt:
            raise NotClaimable(f"attempt {lease.attempt} of this execution works on it")

    def is_mine(self, lease: Lease) -> bool:
        return (lease.holder, lease.attempt) == self._identity

    def _earlier_attempts(self, document: JobDocument) -> list[Mapping[str, Any]]:
        lease = document.lease
        left = [ended_by(lease, document)] if lease and not self.is_mine(lease) else []
        return [*document.earlier_attempts, *left]

    def _read(self) -> JobDocument:
        snapshot = self._reference.get()
        if not snapshot.exists:
            raise NotClaimable("the document is gone")
        self._seen = snapshot.update_time
        document = JobDocument.from_fields(snapshot.to_dict() or {})
        self._expires_at = document.expires_at
        return document

    def _set(self, fields: Mapping[str, Any]) -> None:
        option = self._client.write_option(last_update_time=self._seen)
        fields = {"updated_at": self._now(), **fields}
        self._seen = self._reference.update(fields, option=option).update_time

    @property
    def _identity(self) -> tuple[str, int]:
        return self._holder.execution, self._holder.attempt

    def _lease(self) -> dict[str, Any]:
        return Lease(*self._identity, self._now() + self._holder.lease).to_fields()


def _cancelled_before_start(now: datetime) -> dict[str, Any]:
    message = "Cancelled in the document before the export had started"
    result = failed(ErrorCode.CANCELLED, message)
    return {"status": Status.CANCELLED.value, "result": result, "finished_at": now, "lease": None}


def _one_more(attempt: Mapping[str, Any]) -> dict[str, Any]:
    return {"earlier_attempts": firestore.ArrayUnion([dict(attempt)])}


def _document_name(table: str) -> str:
    """Firestore allows no `/`, no lone dots and no `__…__` in a document's name."""
    name = quote(table, safe="$ ").replace(".", "%2E")
    return "%5F" + name[1:] if name.startswith("__") else name
