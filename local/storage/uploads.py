"""Uploads: media, multipart, and resumable sessions of known and of unknown length.

https://cloud.google.com/storage/docs/performing-resumable-uploads
"""

import json
import re
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.http_server import HttpError
from local.request_body import RequestBody
from local.storage.bucket import Bucket
from local.storage.content import PIECE_BYTES, IncomingContent
from local.storage.multipart import MultipartBody
from local.storage.objects import Properties, StoredObject
from local.storage.preconditions import Preconditions

CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class Upload:
    """An upload of one object. The resource may hold expected hashes."""

    def __init__(
        self,
        bucket: Bucket,
        folder: Path,
        resource: Mapping[str, Any],
        content_type: str | None,
        conditions: Preconditions,
    ) -> None:
        self.bucket = bucket
        self.name = str(resource.get("name") or "")
        self.content = IncomingContent(folder)
        self.finished: StoredObject | None = None
        self.lock = threading.Lock()
        self._properties = Properties.from_resource(resource, content_type)
        self._conditions = conditions
        self._expected = {key: resource[key] for key in ("crc32c", "md5Hash") if key in resource}

    def append(self, body: RequestBody, skip: int = 0) -> None:
        """Append the body without its first `skip` bytes.

        A multiple of PIECE_BYTES of an interrupted body is kept, as in the real service.
        """
        while skip and (data := body.read(min(skip, PIECE_BYTES))):
            skip -= len(data)
        while data := body.read(PIECE_BYTES):
            self.content.append(data)

    def finish(self, hashes: str = "") -> StoredObject:
        """Store the object; `hashes` is an X-Goog-Hash header. Raises HttpError 400 or 412."""
        try:
            self._check_hashes(hashes)
            self.finished = self.bucket.put(
                self.name, self.content, self._properties, self._conditions
            )
        finally:
            self.content.discard()
        return self.finished

    def _check_hashes(self, header: str) -> None:
        header_hashes = dict(part.strip().partition("=")[::2] for part in header.split(",") if part)
        checksums = self.content.close()
        pairs = [
            (self._expected.get("crc32c"), checksums.crc32c),
            (self._expected.get("md5Hash"), checksums.md5),
            (header_hashes.get("crc32c"), checksums.crc32c),
            (header_hashes.get("md5"), checksums.md5),
        ]
        for expected, calculated in pairs:
            if expected and expected != calculated:
                message = f"Provided hash {expected} doesn't match calculated {calculated}."
                raise HttpError(400, message)


class UploadSessions:
    """The open and the finished resumable uploads by their id. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}

    def begin(self, upload: Upload) -> str:
        identity = uuid.uuid4().hex
        with self._lock:
            self._uploads[identity] = upload
        return identity

    def get(self, identity: str) -> Upload:
        """The upload of a session. Raises HttpError 404 for an unknown or ended one."""
        with self._lock:
            upload = self._uploads.get(identity)
        if upload is None:
            raise HttpError(404, "No such upload session.")
        return upload

    def end(self, identity: str) -> None:
        with self._lock:
            upload = self._uploads.pop(identity, None)
        if upload:
            upload.content.discard()

    def end_all(self) -> None:
        with self._lock:
            identities = list(self._uploads)
        for identity in identities:
            self.end(identity)

    def open_names(self) -> list[str]:
        """Names of the objects whose uploads are neither finished nor cancelled."""
        with self._lock:
            return [upload.name for upload in self._uploads.values() if not upload.finished]


class ContentRange:
    """Content-Range of a session's request: `bytes 0-9/*`; `first` is None in a status query."""

    def __init__(self, header: str | None, length: int | None) -> None:
        """Parse the header; without one the request holds all content. Raises HttpError 400."""
        match = CONTENT_RANGE.fullmatch(header) if header else None
        if header and not match:
            raise HttpError(400, f"Invalid Content-Range: {header}")
        self.first: int | None = 0
        self.total: int | None = length
        self.last: int | None = None
        if match:
            first, last, total = match.groups()
            self.first = int(first) if first else None
            self.last = int(last) if last else None
            self.total = None if total == "*" else int(total)


def receive(upload: Upload, content_range: ContentRange, body: RequestBody, hashes: str) -> bool:
    """Handle one request of a session. Return whether the object is complete. Raises HttpError."""
    with upload.lock:
        if upload.finished:
            return True
        first = content_range.first
        if first is not None:
            if first > upload.content.size:
                raise HttpError(503, f"the next byte must be {upload.content.size}, not {first}")
            upload.append(body, upload.content.size - first)
        if not _is_complete(upload.content.size, content_range):
            return False
        upload.finish(hashes)
        return True


def _is_complete(size: int, content_range: ContentRange) -> bool:
    if content_range.total is not None and size > content_range.total:
        raise HttpError(400, f"{size} bytes received, {content_range.total} announced")
    is_whole = content_range.first == 0 and content_range.last is None
    return is_whole or size == content_range.total


def read_resource(parts: MultipartBody) -> dict[str, Any]:
    """Read the resource, the first part of a multipart upload. Raises HttpError 400."""
    parts.head()
    try:
        resource = json.loads(b"".join(parts.content()) or b"{}")
    except ValueError:
        raise HttpError(400, "Parse Error") from None
    if not isinstance(resource, dict):
        raise HttpError(400, "the resource must be a JSON object")
    return resource


def append_media(upload: Upload, parts: MultipartBody) -> None:
    """Append the content of the second part, which must be the last. Raises HttpError 400."""
    for piece in parts.content():
        upload.content.append(piece)
    if not parts.is_over:
        raise HttpError(400, "Malformed multipart body.")
