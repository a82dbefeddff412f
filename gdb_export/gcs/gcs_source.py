"""A database as one generation of an object in a bucket, read by ranges.

One that fits in the budget is fetched once, whole. Of a larger one the parts that the reader plans
to read are fetched ahead of it and kept for a while, all others are fetched by blocks.
"""

import posixpath
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType

from google.api_core.exceptions import Forbidden, NotFound
from google.cloud.storage import Blob, Bucket

from gdb_export.export.manifest import SourceInfo
from gdb_export.gcs.block_cache import BlockCache
from gdb_export.gcs.prefetched_object import PrefetchedObject
from gdb_export.gcs.read_ahead import ReadAhead
from gdb_export.gcs.recent_range_cache import RecentRangeCache

# Bytes: some chunks of several tables
_WIDE_SWEEP = 8 << 20


class SourceGone(FileNotFoundError):
    """The generation is not in the bucket any more.

    `newer` is the generation that took its place, None if the object was removed.
    """

    def __init__(self, uri: str, newer: str | None) -> None:
        super().__init__(f"{uri} {'was replaced by a newer upload' if newer else 'is not there'}")
        self.newer = newer


class SourceDenied(PermissionError):
    """The object may not be read; the text names what is lacking."""


class GcsSource:
    """The bytes of a blob that is known and pinned to a generation."""

    def __init__(self, blob: Blob, budget: int, is_shared: bool = False) -> None:
        """`budget` is in bytes of memory; `is_shared` if others read other parts of it."""
        self._blob = blob
        self._budget = budget
        self._adjacent: list[GcsSource] = []
        self.size: int = blob.size
        self.name: str = posixpath.basename(blob.name)
        self._whole: PrefetchedObject | None = None
        self._ahead: ReadAhead | None = None
        self.coalescing_window = 0
        if self.size <= budget:
            self._whole = PrefetchedObject(self._fetch, self.size)
        else:
            # as much again is for what is read before it is due
            self.coalescing_window = budget // 4
            max_gap_ratio = _in_vain(self.coalescing_window, is_shared)
            self._ahead = ReadAhead(
                self._fetch, self.size, budget // 2, self.coalescing_window, max_gap_ratio
            )
            self._recent = RecentRangeCache(budget // 8)
            self._blocks = BlockCache(self._fetch, self.size, budget // 8)

    def __enter__(self) -> "GcsSource":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for part in (self._whole, self._ahead):
            if part:
                part.close()
        for open_adjacent in self._adjacent:
            open_adjacent.__exit__(kind, error, traceback)

    def info(self) -> SourceInfo:
        created_at: datetime = self._blob.time_created
        return SourceInfo(
            self.name, self.size, str(self._blob.generation), created_at.astimezone(UTC)
        )

    def read(self, offset: int, length: int) -> bytes:
        """Raises SourceGone, SourceDenied, and what Google's client raises."""
        if self._whole:
            return self._whole.read(offset, length)
        assert self._ahead
        planned = self._ahead.take(offset, length)
        if planned is not None:
            self._recent.add(offset, planned)
            return planned
        at_hand = self._recent.get(offset, length)
        if at_hand is None:
            at_hand = self._ahead.look(offset, length)
        return self._blocks.read(offset, length) if at_hand is None else at_hand

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        if self._ahead:
            self._ahead.plan(ranges)

    def open_adjacent(self, name: str) -> "GcsSource | None":
        folder = posixpath.dirname(self._blob.name)
        found = self._blob.bucket.get_blob(posixpath.join(folder, name))
        if found is None:
            return None
        pinned = open_source(found.bucket, found.name, str(found.generation), self._budget)
        self._adjacent.append(pinned)
        return pinned

    def _fetch(self, offset: int, length: int) -> bytes:
        try:
            # Raw: an object stored as gzip must not be unpacked on the way. No checksum: the
            # object's is of the whole. Single shot: else the client reads 8 kB at a time.
            data: bytes = self._blob.download_as_bytes(
                start=offset,
                end=offset + length - 1,
                raw_download=True,
                checksum=None,
                single_shot_download=True,
            )
        except (NotFound, Forbidden) as error:
            raise _explained(error, self._blob) from error
        if len(data) != length:
            raise OSError(f"{len(data)} bytes where {length} of the object were asked for")
        return data


def open_source(
    bucket: Bucket, name: str, generation: str, budget: int, is_shared: bool = False
) -> GcsSource:
    """Raises SourceGone, SourceDenied. The rest is as of GcsSource."""
    blob = bucket.blob(name, generation=int(generation))
    try:
        blob.reload()
    except (NotFound, Forbidden) as error:
        raise _explained(error, blob) from error
    return GcsSource(blob, budget, is_shared)


def open_newest(bucket: Bucket, name: str, budget: int) -> GcsSource:
    """The generation that is there now, for as long as it is read. Raises as `open_source`."""
    blob = bucket.blob(name)
    try:
        blob.reload()
    except (NotFound, Forbidden) as error:
        raise _explained(error, blob) from error
    return open_source(bucket, name, str(blob.generation), budget)


def _in_vain(sweep: int, is_shared: bool) -> float:
    """A request takes as long as a megabyte, so pages of indices between the wanted ones are
    fetched with them, and in a shared source those that others read. Where a sweep is too small
    for tables that lie in turns, the pages between are fetched later: then once is enough."""
    if is_shared:
        return 8.0
    return 1.0 if sweep >= _WIDE_SWEEP else 0.1


def _explained(error: NotFound | Forbidden, blob: Blob) -> SourceGone | SourceDenied:
    uri = f"gs://{blob.bucket.name}/{blob.name}"
    if isinstance(error, NotFound):
        newer = blob.bucket.get_blob(blob.name)
        return SourceGone(uri, str(newer.generation) if newer else None)
    return SourceDenied(
        f"the job may not read {uri}: its service account needs storage.objects.get "
        "(role roles/storage.objectUser on the bucket)"
    )
