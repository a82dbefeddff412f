"""Parses a storage event into an upload, or the reason why the event is ignored.

The event's shape: google.events.cloud.storage.v1, StorageObjectData.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudevents.http import CloudEvent

from gdb_export.contract.job_document import SourceObject, document_id
from gdb_export.contract.upload_names import reason_to_ignore

FINALIZED = "google.cloud.storage.object.v1.finalized"


@dataclass(frozen=True, slots=True)
class Upload:
    """A new object in the watched bucket; `metadata` is its custom metadata."""

    source: SourceObject
    uploaded_at: datetime
    metadata: Mapping[str, str]

    @property
    def task_id(self) -> str:
        return document_id(self.source.bucket, self.source.name, self.source.generation)


@dataclass(frozen=True, slots=True)
class Ignored:
    """The reason why an event is ignored; `malformed`: the event cannot come from a bucket."""

    reason: str
    malformed: bool = False


def read_upload(event: CloudEvent, prefix: str = "") -> Upload | Ignored:
    """Parse `event`; objects whose names do not begin with `prefix` are ignored."""
    if event["type"] != FINALIZED:
        return Ignored(f"event type {event['type']}")
    try:
        upload = _parse_upload(event.data)
    except (KeyError, TypeError, ValueError) as error:
        return Ignored(f"not a storage object: {error!r}", malformed=True)
    if not upload.source.name.startswith(prefix):
        return Ignored(f"not under {prefix}")
    return _ignored(upload.source) or upload


def _parse_upload(data: Any) -> Upload:
    # Live events have strings as generation and size, Google's examples have numbers.
    source = SourceObject(
        bucket=_text(data["bucket"]),
        name=_text(data["name"]),
        generation=str(int(data["generation"])),
        size=int(data["size"]),
        checksum=_checksum(data),
    )
    return Upload(
        source=source,
        uploaded_at=datetime.fromisoformat(data["timeCreated"]).astimezone(UTC),
        metadata=_metadata(data.get("metadata")),
    )


def _checksum(data: Any) -> str | None:
    """The object's checksums as one text. Composed objects have no MD5."""
    checksums = {name: data.get(name) for name in ("crc32c", "md5Hash")}
    return ",".join(f"{name}={text}" for name, text in checksums.items() if text) or None


def _metadata(metadata: object) -> Mapping[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not all(
        isinstance(text, str) for text in metadata.values()
    ):
        raise ValueError(f"custom metadata must be a mapping of strings, not {metadata!r}")
    return metadata


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a non-empty string, not {value!r}")
    return value


def _ignored(source: SourceObject) -> Ignored | None:
    reason = reason_to_ignore(source.name, source.size)
    return None if reason is None else Ignored(reason)
