"""Files that a person drops into a bucket's folder become objects; removed ones cease to be.

Strategy: looking again and again, which works on every file system, shared folders among them. A
file is taken once its size and time have not changed for `quiet` seconds: a copy that stalls for
longer is taken as it stands, and again, as a new generation, when it goes on.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from local.storage.bucket import Bucket
from local.storage.buckets import Buckets
from local.storage.objects import Stamp

UNFINISHED = (".part", ".partial", ".crdownload", ".tmp")


class FolderWatch:
    """Used as a context manager. Hidden files and those of unfinished downloads are left alone."""

    def __init__(self, buckets: Buckets, quiet: float = 1.0, interval: float = 0.25) -> None:
        self._buckets = buckets
        self._quiet = quiet
        self._interval = interval
        self._seen: dict[Path, tuple[Stamp, float]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="folder watch")

    def look(self, now: float) -> None:
        """One look at every bucket; `now` in seconds of any clock that only grows."""
        present: set[Path] = set()
        for bucket in self._buckets.all():
            self._forget_removed(bucket)
            for path in dropped_files(bucket.folder):
                present.add(path)
                self._consider(bucket, path, now)
        self._seen = {path: seen for path, seen in self._seen.items() if path in present}

    def _consider(self, bucket: Bucket, path: Path, now: float) -> None:
        name = path.relative_to(bucket.folder).as_posix()
        stamp = Stamp.of(path)
        known = bucket.find(name)
        if stamp is None or (known and known.stamp == stamp):
            self._seen.pop(path, None)
            return
        before, since = self._seen.get(path, (None, now))
        if before != stamp:
            self._seen[path] = (stamp, now)
        elif now - since >= self._quiet:
            self._take(bucket, name, stamp)

    def _take(self, bucket: Bucket, name: str, stamp: Stamp) -> None:
        try:
            bucket.adopt(name, stamp)
        except OSError:
            pass  # removed or made unreadable since: the next look sees what became of it

    def _forget_removed(self, bucket: Bucket) -> None:
        for stored in bucket.objects().values():
            if not bucket.path(stored).exists():
                bucket.forget(stored)

    def __enter__(self) -> "FolderWatch":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(self._interval):
            self.look(time.monotonic())


def dropped_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and not name.lower().endswith(UNFINISHED):
                yield Path(parent, name)
