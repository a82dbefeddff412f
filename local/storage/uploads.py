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
from local.storage.content import PIECE, IncomingContent
from local.storage.multipart import MultipartBody
from local.storage.objects import Properties, StoredObject
from local.storage.preconditions import Preconditions

CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class Upload:
    """One object on its way into a bucket. `expected` are hashes that the sender vouches for."""

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

    def take(self, body: RequestBody, skip: int = 0) -> None:
        """Append the body but its first `skip` bytes, in whole pieces until its end: of a body
        that breaks off, a multiple of PIECE is kept, as the real service does."""
        while skip and (data := body.read(min(skip, PIECE))):
            skip -= len(data)
        while data := body.read(PIECE):
            self.content.append(data)

    def finish(self, hashes: str = "") -> StoredObject:
        """`hashes` is an X-Goog-Hash header. Raises HttpError 400 or 412, and nothing is left."""
        try:
            self._check_hashes(hashes)
            self.finished = self.bucket.put(
                self.name, self.content, self._properties, self._conditions
            )
        finally:
            self.content.discard()
        return self.finished

    def _check_hashes(self, header: str) -> None:
        named = dict(part.strip().partition("=")[::2] for part in header.split(",") if part)
        checksums = self.content.close()
        wanted = [
            (self._expected.get("crc32c"), checksums.crc32c),
            (self._expected.get("md5Hash"), checksums.md5),
            (named.get("crc32c"), checksums.crc32c),
            (named.get("md5"), checksums.md5),
        ]
        for expected, found in wanted:
            if expected and expected != found:
                raise HttpError(400, f"Provided hash {expected} doesn't match calculated {found}.")


class UploadSessions:
    """The resumable uploads that are open, and those that ended well, by their id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}

    def begin(self, upload: Upload) -> str:
        identity = uuid.uuid4().hex
        with self._lock:
            self._uploads[identity] = upload
        return identity

    def get(self, identity: str) -> Upload:
        """Raises HttpError 404 for a session that was never there, failed or was given up."""
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
        """Names of the objects whose uploads were begun and neither finished nor given up."""
        with self._lock:
            return [upload.name for upload in self._uploads.values() if not upload.finished]


class ContentRange:
    """`bytes 0-9/*`: what a request of a session holds. `first` is None in a status query."""

    def __init__(self, header: str | None, length: int | None) -> None:
        """No header is the whole content. Raises HttpError 400."""
        found = CONTENT_RANGE.fullmatch(header) if header else None
        if header and not found:
            raise HttpError(400, f"Invalid Content-Range: {header}")
        self.first: int | None = 0
        self.total: int | None = length
        self.last: int | None = None
        if found:
            first, last, total = found.groups()
            self.first = int(first) if first else None
            self.last = int(last) if last else None
            self.total = None if total == "*" else int(total)


def receive(upload: Upload, content_range: ContentRange, body: RequestBody, hashes: str) -> bool:
    """One request of a session. True if the object is complete. Raises HttpError."""
    with upload.lock:
        if upload.finished:
            return True
        first = content_range.first
        if first is not None:
            if first > upload.content.size:
                raise HttpError(503, f"bytes from {upload.content.size} are wanted, not {first}")
            upload.take(body, upload.content.size - first)
        if not _complete(upload.content.size, content_range):
            return False
        upload.finish(hashes)
        return True


def _complete(size: int, content_range: ContentRange) -> bool:
    if content_range.total is not None and size > content_range.total:
        raise HttpError(400, f"{size} bytes came, {content_range.total} were announced")
    whole = content_range.first == 0 and content_range.last is None
    return whole or size == content_range.total


def read_resource(parts: MultipartBody) -> dict[str, Any]:
    """The first part of an upload's body. Raises HttpError 400."""
    parts.head()
    try:
        resource = json.loads(b"".join(parts.content()) or b"{}")
    except ValueError:
        raise HttpError(400, "Parse Error") from None
    if not isinstance(resource, dict):
        raise HttpError(400, "a JSON object is wanted")
    return resource


def take_media(upload: Upload, parts: MultipartBody) -> None:
    """The second part's content, which must be the last. Raises HttpError 400."""
    for piece in parts.content():
        upload.content.append(piece)
    if not parts.is_over:
        raise HttpError(400, "Malformed multipart body.")
