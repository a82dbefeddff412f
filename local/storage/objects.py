"""An object's metadata: its record in a sidecar file, its resource in the JSON API.

https://cloud.google.com/storage/docs/json_api/v1/objects#resource
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import google_crc32c

SETTINGS = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "customTime",
    "storageClass",
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identifies a file's content: it changes when the file is changed, not when it is renamed."""

    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "Stamp | None":
        """The stamp of a file; None if it does not exist."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)

    @classmethod
    def of_open(cls, descriptor: int) -> "Stamp":
        status = os.fstat(descriptor)
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class Checksums:
    """CRC32C and MD5 of a stream, in the API's base64."""

    def __init__(self) -> None:
        self._crc32c = google_crc32c.Checksum()  # type: ignore[no-untyped-call]
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, data: bytes) -> None:
        self._crc32c.update(data)  # type: ignore[no-untyped-call]
        self._md5.update(data)

    @property
    def crc32c(self) -> str:
        digest: bytes = self._crc32c.digest()  # type: ignore[no-untyped-call]
        return base64.b64encode(digest).decode()

    @property
    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode()


@dataclass(frozen=True, slots=True)
class Properties:
    """Properties chosen by the uploader. `settings` are the fields of SETTINGS."""

    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_resource(
        cls, resource: Mapping[str, Any], content_type: str | None = None
    ) -> "Properties":
        return cls(
            resource.get("contentType") or content_type or "application/octet-stream",
            {key: str(value) for key, value in (resource.get("metadata") or {}).items()},
            {key: str(resource[key]) for key in SETTINGS if resource.get(key)},
        )

    def patched(self, patch: Mapping[str, Any]) -> "Properties":
        """Apply a JSON merge patch: null removes a field, or a key of the metadata."""
        metadata = dict(self.metadata)
        if "metadata" in patch:  # null removes all keys
            metadata = _merged(metadata, patch["metadata"] or dict.fromkeys(metadata))
        settings = _merged(self.settings, {key: patch[key] for key in SETTINGS if key in patch})
        return Properties(patch.get("contentType") or self.content_type, metadata, settings)


def _merged(current: Mapping[str, str], patch: Mapping[str, Any]) -> dict[str, str]:
    kept = {key: value for key, value in current.items() if key not in patch}
    return kept | {key: str(value) for key, value in patch.items() if value is not None}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One generation of an object. `file` is the path of its content in the bucket's folder.

    Composed objects have a `component_count` and no MD5.
    """

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    crc32c: str
    md5: str | None
    component_count: int | None
    created: str
    updated: str
    properties: Properties
    file: str
    stamp: Stamp

    @property
    def etag(self) -> str:
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "StoredObject":
        """Parse `to_json`'s text. Raises ValueError, TypeError or KeyError."""
        fields = json.loads(text)
        properties = Properties(**fields.pop("properties"))
        stamp = Stamp(**fields.pop("stamp"))
        return cls(**fields, properties=properties, stamp=stamp)

    def resource(self, base: str) -> dict[str, Any]:
        """The JSON API's resource of the object; 64-bit numbers are strings."""
        path = f"b/{quote(self.bucket, safe='')}/o/{quote(self.name, safe='')}"
        resource: dict[str, Any] = {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{base}/storage/v1/{path}",
            "mediaLink": f"{base}/download/storage/v1/{path}"
            f"?generation={self.generation}&alt=media",
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "contentType": self.properties.content_type,
            "storageClass": "STANDARD",
            "size": str(self.size),
            "crc32c": self.crc32c,
            "etag": self.etag,
            "timeCreated": self.created,
            "updated": self.updated,
            "timeStorageClassUpdated": self.created,
            **self.properties.settings,
        }
        if self.md5:
            resource["md5Hash"] = self.md5
        if self.component_count:
            resource["componentCount"] = self.component_count
        if self.properties.metadata:
            resource["metadata"] = dict(self.properties.metadata)
        return resource


def timestamp() -> str:
    """The current time in the API's format."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
