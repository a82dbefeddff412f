"""The job document: one per upload, in Firestore, read by people and by polling programs.

Every field has one writer at a time:
- the functions write task_id, source, options, job, created_at, expires_at and starting, and the
  fields of the job while no execution holds the lease;
- the job writes status, result, progress, execution, earlier_attempts, earlier_attempts_omitted,
  lease, restart_of, assembling, version and the other times;
- a person writes cancel_requested.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

# Names of the collections, after the deployment's prefix.
COLLECTION = "exports"
TABLES_COLLECTION = "tables"
TASKS_COLLECTION = "tasks"


class Status(StrEnum):
    """PENDING becomes PROGRESS when the job claims the document, and PENDING again when an attempt
    is stopped and another one follows. The other statuses are final."""

    PENDING = "PENDING"
    PROGRESS = "PROGRESS"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self not in (Status.PENDING, Status.PROGRESS)


class MalformedDocument(Exception):
    """A document lacks a field or has a value of a wrong type; the text names the field."""


def utc_now() -> datetime:
    """Return the current time as the document stores times."""
    return datetime.now(UTC)


def document_id(bucket: str, name: str, generation: str) -> str:
    """Return the id of an upload's document: equal for repeated events of one upload, different
    after an overwrite."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"gs://{bucket}/{name}#{generation}"))


def is_task_id(text: str) -> bool:
    """Return whether the text has the form of a document's id."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def document_path(task_id: str, prefix: str = "") -> str:
    """Return the path of a document; `prefix` is that of the deployment's collections."""
    return f"{prefix}{COLLECTION}/{task_id}"


def collection_prefix(path: str) -> str:
    """Return the prefix of the deployment's collections from the path of a job document."""
    return path.partition("/")[0].removesuffix(COLLECTION)


def subcollection(path: str, name: str) -> str:
    """Return the full name of a subcollection of the job document at `path`."""
    return f"{collection_prefix(path)}{name}"


@dataclass(frozen=True, slots=True)
class SourceObject:
    """The uploaded object. `generation` is an opaque string, `checksum` that of the content;
    `ods` is known after the export."""

    bucket: str
    name: str
    generation: str
    size: int
    checksum: str | None = None
    ods: str | None = None

    @property
    def uri(self) -> str:
        return f"gs://{self.bucket}/{self.name}"

    def to_fields(self) -> dict[str, Any]:
        return {"uri": self.uri, **_stored(self)}


@dataclass(frozen=True, slots=True)
class Lease:
    """The execution and attempt that work on the document; others may take over after
    `expires_at`."""

    holder: str
    attempt: int
    expires_at: datetime

    def to_fields(self) -> dict[str, Any]:
        return _stored(self)


@dataclass(frozen=True, slots=True)
class JobDocument:
    """The document's fields. Times are in UTC; `result` has one shape per status (results.py).

    `job` is the Cloud Run Job that exports the upload, projects/P/locations/R/jobs/J. `restart_of`
    is an execution that ended without access, after which the sweep starts another one.
    """

    task_id: str
    status: Status
    source: SourceObject
    created_at: datetime
    result: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    job: str | None = None
    cancel_requested: bool = False
    progress: Mapping[str, Any] | None = None
    execution: Mapping[str, Any] | None = None
    earlier_attempts: Sequence[Mapping[str, Any]] = field(default_factory=list)
    earlier_attempts_omitted: int = 0
    lease: Lease | None = None
    restart_of: str | None = None
    version: str | None = None
    starting: Mapping[str, Any] | None = None
    assembling: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None

    def to_fields(self) -> dict[str, Any]:
        stored = _stored(self)
        stored["status"] = self.status.value
        stored["source"] = self.source.to_fields()
        stored["lease"] = self.lease and self.lease.to_fields()
        return stored

    @classmethod
    def from_fields(cls, stored: Mapping[str, Any]) -> "JobDocument":
        """Build a document from Firestore's fields. Raises MalformedDocument.

        Unknown fields are ignored, because function and job are deployed at different times.
        """
        known = _known(cls, stored, "")
        if known["status"] not in list(Status):
            raise MalformedDocument(f"the job document has the unknown status {known['status']!r}")
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


# The types of the fields that are more than texts and flags; other values are only copied
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(("source", "result", "options", "progress", "execution"), Mapping),
    **dict.fromkeys(("lease", "starting", "assembling"), Mapping),
    **dict.fromkeys(("created_at", "started_at", "updated_at"), datetime),
    **dict.fromkeys(("finished_at", "expires_at"), datetime),
    **dict.fromkeys(("status", "task_id", "bucket", "name", "generation", "holder"), str),
    **dict.fromkeys(("size", "attempt", "earlier_attempts_omitted"), int),
    "earlier_attempts": list,
}


def _stored(record: "JobDocument | SourceObject | Lease") -> dict[str, Any]:
    return {key.name: getattr(record, key.name) for key in fields(record)}


def _known(record_type: type, stored: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the values of the fields that `record_type` has, without those that are None; `prefix`
    is for the error's text."""
    for name in _REQUIRED[record_type]:
        if stored.get(name) is None:
            raise MalformedDocument(f"the job document has no field {prefix}{name}")
    known = {key.name: stored[key.name] for key in fields(record_type) if key.name in stored}
    for name, value in known.items():
        if value is not None and not isinstance(value, _TYPES.get(name, object)):
            raise MalformedDocument(
                f"the job document's {prefix}{name} is a {type(value).__name__}"
            )
    return {name: value for name, value in known.items() if value is not None}
