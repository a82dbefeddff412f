"""The job document: one per upload, in Firestore, read by people and pollers alike.

Every field has one writer. The function: identity (task_id, source, options), created_at,
expires_at, starting; and as long as nobody holds the lease, execution and result. The job:
status, result, progress, execution, earlier_attempts, lease, version, the other times. A person:
cancel_requested.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

COLLECTION = "exports"
TABLES_COLLECTION = "tables"
TASKS_COLLECTION = "tasks"


class Status(StrEnum):
    PENDING = "PENDING"
    PROGRESS = "PROGRESS"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELLED = "CANCELLED"

    def can_become(self, other: "Status") -> bool:
        return other in _TRANSITIONS[self]

    @property
    def is_final(self) -> bool:
        return not _TRANSITIONS[self]


_TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.PROGRESS, Status.FAILURE, Status.CANCELLED}),
    # Back to PENDING when an attempt was stopped from outside and another one follows.
    Status.PROGRESS: frozenset(set(Status)),
    Status.SUCCESS: frozenset(),
    Status.FAILURE: frozenset(),
    Status.CANCELLED: frozenset(),
}


class MissingField(Exception):
    """A document without something that must be there; the text names the field."""


def document_id(bucket: str, name: str, generation: str) -> str:
    """The same for every delivery of the same upload, another one after an overwrite."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"gs://{bucket}/{name}#{generation}"))


def document_path(task_id: str) -> str:
    return f"{COLLECTION}/{task_id}"


@dataclass(frozen=True, slots=True)
class SourceObject:
    """The uploaded object; `generation` is an identifier, so a string, though GCS counts it."""

    bucket: str
    name: str
    generation: str
    size: int
    ods: str | None = None

    @property
    def uri(self) -> str:
        return f"gs://{self.bucket}/{self.name}"

    def to_fields(self) -> dict[str, Any]:
        return {"uri": self.uri, **{key.name: getattr(self, key.name) for key in fields(self)}}


@dataclass(frozen=True, slots=True)
class Lease:
    """Which execution works on the document, and until when it is believed to live."""

    holder: str
    attempt: int
    expires_at: datetime

    def to_fields(self) -> dict[str, Any]:
        return {key.name: getattr(self, key.name) for key in fields(self)}


@dataclass(frozen=True, slots=True)
class JobDocument:
    """The document's fields; times are datetimes in UTC, `result` has one shape per status."""

    task_id: str
    status: Status
    source: SourceObject
    created_at: datetime
    result: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    cancel_requested: bool = False
    progress: Mapping[str, Any] | None = None
    execution: Mapping[str, Any] | None = None
    earlier_attempts: Sequence[Mapping[str, Any]] = field(default_factory=list)
    lease: Lease | None = None
    version: str | None = None
    starting: Mapping[str, Any] | None = None
    assembling: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None

    def to_fields(self) -> dict[str, Any]:
        stored = {key.name: getattr(self, key.name) for key in fields(self)}
        stored["status"] = self.status.value
        stored["source"] = self.source.to_fields()
        stored["lease"] = self.lease and self.lease.to_fields()
        return stored

    @classmethod
    def from_fields(cls, stored: Mapping[str, Any]) -> "JobDocument":
        """Unknown fields are left aside: function and job are deployed at different moments."""
        known = _known(cls, stored, "")
        known["status"] = Status(known["status"])
        known["source"] = SourceObject(**_known(SourceObject, known["source"], "source."))
        if known.get("lease") is not None:
            known["lease"] = Lease(**_known(Lease, known["lease"], "lease."))
        known["cancel_requested"] = known.get("cancel_requested") is True
        return cls(**known)


_REQUIRED: Mapping[type, tuple[str, ...]] = {
    JobDocument: ("task_id", "status", "source", "created_at"),
    SourceObject: ("bucket", "name", "generation", "size"),
    Lease: ("holder", "attempt", "expires_at"),
}


def _known(shape: type, stored: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    for name in _REQUIRED[shape]:
        if stored.get(name) is None:
            raise MissingField(f"the job document has no field {prefix}{name}")
    return {key.name: stored[key.name] for key in fields(shape) if key.name in stored}
