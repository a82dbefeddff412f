"""A storage event -> the upload that it tells of, or the reason why it is none of ours.

The event's shape: google.events.cloud.storage.v1, StorageObjectData.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudevents.http import CloudEvent

from gdb_export.contract.job_document import SourceObject, document_id

FINALIZED = "google.cloud.storage.object.v1.finalized"
# Database files, and gbak's backups.
ENDINGS = (".gdb", ".fdb", ".gbk", ".fbk")
# Where gcloud puts the parts of a parallel upload until it has composed them.
TEMPORARY = "gcloud/tmp/"


@dataclass(frozen=True, slots=True)
class Upload:
    """`metadata` is the object's own, set by the person who uploaded it."""

    source: SourceObject
    uploaded_at: datetime
    metadata: Mapping[str, str]

    @property
    def task_id(self) -> str:
        return document_id(self.source.bucket, self.source.name, self.source.generation)


@dataclass(frozen=True, slots=True)
class Ignored:
    """`malformed` where no bucket would have sent the event."""

    reason: str
    malformed: bool = False


def read_upload(event: CloudEvent, prefix: str = "") -> Upload | Ignored:
    """Only objects whose names begin with `prefix` are uploads."""
    if event["type"] != FINALIZED:
        return Ignored(f"event type {event['type']}")
    try:
        upload = _upload_from(event.data)
    except (KeyError, TypeError, ValueError) as error:
        return Ignored(f"not a storage object: {error!r}", malformed=True)
    if not upload.source.name.startswith(prefix):
        return Ignored(f"not under {prefix}")
    return _why_ignored(upload.source) or upload


def _upload_from(data: Any) -> Upload:
    # Live events carry generation and size as strings, Google's examples as numbers.
    source = SourceObject(
        bucket=_text(data["bucket"]),
        name=_text(data["name"]),
        generation=str(int(data["generation"])),
        size=int(data["size"]),
    )
    return Upload(
        source=source,
        uploaded_at=datetime.fromisoformat(data["timeCreated"]).astimezone(UTC),
        metadata=_metadata(data.get("metadata")),
    )


def _metadata(metadata: object) -> Mapping[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(isinstance(t, str) for t in metadata.values()):
        raise ValueError(f"{metadata!r} where custom metadata must be")
    return metadata


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} where a text must be")
    return value


def _why_ignored(source: SourceObject) -> Ignored | None:
    if not source.name.lower().endswith(ENDINGS):
        return Ignored("not a database by its name")
    if source.name.startswith(TEMPORARY):
        return Ignored("a part of an upload under way")
    if source.size <= 0:
        return Ignored("empty")
    return None
