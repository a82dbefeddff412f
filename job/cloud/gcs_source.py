"""A database as one generation of an object in a bucket."""

import posixpath
from collections.abc import Sequence
from datetime import UTC, datetime

from google.api_core.exceptions import Forbidden, NotFound
from google.cloud.storage import Blob, Bucket


class SourceGone(Exception):
    """The generation is not in the bucket any more.

    `newer` is the generation that took its place, None if the object was removed.
    """

    def __init__(self, uri: str, newer: str | None) -> None:
        super().__init__(f"{uri} was {'replaced by a newer upload' if newer else 'removed'}")
        self.newer = newer


class SourceDenied(Exception):
    """The object may not be read; the text names what is lacking."""


class GcsSource:
    """The whole object in memory."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob
        # Raw: an object stored as gzip must not be unpacked on the way.
        self._bytes: bytes = blob.download_as_bytes(raw_download=True, checksum="crc32c")

    @property
    def name(self) -> str:
        return posixpath.basename(str(self._blob.name))

    @property
    def size(self) -> int:
        return len(self._bytes)

    @property
    def modified_at(self) -> datetime:
        modified_at: datetime = self._blob.time_created
        return modified_at.astimezone(UTC)

    def read(self, offset: int, length: int) -> bytes:
        return self._bytes[offset : offset + length]

    def will_read(self, ranges: Sequence[tuple[int, int]]) -> None:
        pass

    def sibling(self, name: str) -> "GcsSource | None":
        folder = posixpath.dirname(self._blob.name)
        blob = self._blob.bucket.get_blob(posixpath.join(folder, name))
        return GcsSource(_pinned(blob)) if blob else None


def open_source(bucket: Bucket, name: str, generation: str) -> GcsSource:
    """Raises SourceGone, SourceDenied."""
    uri = f"gs://{bucket.name}/{name}"
    blob = bucket.blob(name, generation=int(generation))
    try:
        blob.reload()
        return GcsSource(blob)
    except NotFound as error:
        newer = bucket.get_blob(name)
        raise SourceGone(uri, str(newer.generation) if newer else None) from error
    except Forbidden as error:
        raise SourceDenied(
            f"the job may not read {uri}: its service account needs storage.objects.get "
            "(role roles/storage.objectUser on the bucket)"
        ) from error


def _pinned(blob: Blob) -> Blob:
    """What was found by name alone, as the generation that it was found in."""
    pinned = blob.bucket.blob(blob.name, generation=blob.generation)
    pinned.reload()
    return pinned
