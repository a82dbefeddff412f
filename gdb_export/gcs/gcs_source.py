"""A source that reads one generation of an object in a bucket by ranges."""

import posixpath
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType

from google.api_core.exceptions import Forbidden, NotFound
from google.cloud.storage import Blob, Bucket

from gdb_export.export.manifest import SourceInfo
from gdb_export.gcs.planned_reader import PlannedReader
from gdb_export.gcs.prefetched_object import PrefetchedObject

_MAX_NAME_BYTES = 1024  # of an object's name in Cloud Storage
_MAX_NAMES = 1000  # of adjacent objects
_REPLACEMENT_WAITS = (0.0, 1.0, 2.0)  # seconds before each look-up of a replacement


class SourceGone(FileNotFoundError):
    """The generation does not exist any more.

    `newer` is the generation that replaced it, None if the object was removed.
    """

    def __init__(self, uri: str, newer: str | None) -> None:
        super().__init__(f"{uri} {'was replaced by a newer upload' if newer else 'is not there'}")
        self.newer = newer


class SourceDenied(PermissionError):
    """The object may not be read. The message names the missing permission."""


class GcsSource:
    """The bytes of a loaded blob, pinned to its generation."""

    def __init__(self, blob: Blob, budget: int, is_shared: bool = False) -> None:
        """`budget` is in bytes of memory: an object up to that size is fetched as a whole.

        `is_shared`: other tasks read other parts of the object.
        """
        self._blob = blob
        self._budget = budget
        self._adjacent: list[GcsSource] = []
        self.size: int = blob.size
        self.name: str = posixpath.basename(blob.name)
        self._reader: PrefetchedObject | PlannedReader
        if self.size <= budget:
            self._reader = PrefetchedObject(self._fetch, self.size)
        else:
            self._reader = PlannedReader(self._fetch, self.size, budget, is_shared)

    def __enter__(self) -> "GcsSource":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reader.close()
        for adjacent in self._adjacent:
            adjacent.__exit__(kind, error, traceback)

    @property
    def coalescing_window(self) -> int:
        return self._reader.coalescing_window

    @property
    def is_read_alone(self) -> bool:
        """Whether no other object of the folder was opened with this one."""
        return not self._adjacent

    def info(self) -> SourceInfo:
        created_at: datetime = self._blob.time_created
        return SourceInfo(
            self.name, self.size, str(self._blob.generation), created_at.astimezone(UTC)
        )

    def read(self, offset: int, length: int) -> bytes:
        """Raises SourceGone, SourceDenied and the errors of Google's client."""
        return self._reader.read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._reader.will_read(ranges)

    def adjacent_names(self) -> Iterable[str]:
        folder = self._blob.name.rpartition("/")[0]
        prefix = f"{folder}/" if folder else ""
        blobs = self._blob.bucket.list_blobs(prefix=prefix, delimiter="/", max_results=_MAX_NAMES)
        return [posixpath.basename(blob.name) for blob in blobs]

    def open_adjacent(self, name: str) -> "GcsSource | None":
        folder = posixpath.dirname(self._blob.name)
        path = posixpath.join(folder, name)
        if not name or len(path.encode("utf-8", "replace")) > _MAX_NAME_BYTES:
            return None  # Cloud Storage answers a longer name with an error
        blob = self._blob.bucket.get_blob(path)
        if blob is None:
            return None
        adjacent = open_source(blob.bucket, blob.name, str(blob.generation), self._budget)
        self._adjacent.append(adjacent)
        return adjacent

    def _fetch(self, offset: int, length: int) -> bytes:
        try:
            # Raw: an object stored as gzip must not be unpacked. No checksum: the object's covers
            # all its bytes, not a range. Single shot: else the client reads 8 kB at a time.
            data: bytes = self._blob.download_as_bytes(
                start=offset,
                end=offset + length - 1,
                raw_download=True,
                checksum=None,
                single_shot_download=True,
            )
        except (NotFound, Forbidden) as error:
            raise _source_error(error, self._blob) from error
        if len(data) != length:
            raise OSError(f"Cloud Storage returned {len(data)} of {length} requested bytes")
        return data


def open_source(
    bucket: Bucket, name: str, generation: str, budget: int, is_shared: bool = False
) -> GcsSource:
    """Open a generation; the other arguments are those of GcsSource.

    Raises SourceGone, SourceDenied.
    """
    blob = bucket.blob(name, generation=int(generation))
    try:
        blob.reload()
    except (NotFound, Forbidden) as error:
        raise _source_error(error, blob) from error
    return GcsSource(blob, budget, is_shared)


def open_newest(bucket: Bucket, name: str, budget: int) -> GcsSource:
    """Open and pin the current generation. Raises as `open_source` does."""
    blob = bucket.blob(name)
    try:
        blob.reload()
    except (NotFound, Forbidden) as error:
        raise _source_error(error, blob) from error
    return open_source(bucket, name, str(blob.generation), budget)


def _replacement(blob: Blob) -> Blob | None:
    """The object that took the place of a missing one. A program that removes the file before it
    uploads the next one leaves the name free for a moment, so the name is looked up again."""
    for seconds in _REPLACEMENT_WAITS:
        time.sleep(seconds)
        if (newer := blob.bucket.get_blob(blob.name)) is not None:
            return newer
    return None


def _source_error(error: NotFound | Forbidden, blob: Blob) -> SourceGone | SourceDenied:
    uri = f"gs://{blob.bucket.name}/{blob.name}"
    if isinstance(error, NotFound):
        newer = _replacement(blob)
        return SourceGone(uri, str(newer.generation) if newer else None)
    return SourceDenied(
        f"the job may not read {uri}: its service account needs storage.objects.get "
        "(role roles/storage.objectUser on the bucket)"
    )
