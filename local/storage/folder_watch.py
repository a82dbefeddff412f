"""Turns files that are dropped into a bucket's folder into objects, and forgets removed files.

The folders are polled, which works on every file system, shared folders too. A file becomes an
object when its size and time have not changed for `stable_seconds`. A copy that stalls for longer
becomes an object as it is, and a new generation when it continues.
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
    """Polls in a thread, inside the context. Ignores hidden files and unfinished downloads."""

    def __init__(
        self, buckets: Buckets, stable_seconds: float = 1.0, interval: float = 0.25
    ) -> None:
        self._buckets = buckets
        self._stable_seconds = stable_seconds
        self._interval = interval
        # For each file that is not yet an object: its stamp, and the time when that was first seen
        self._seen: dict[Path, tuple[Stamp, float]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="folder watch")

    def scan(self, now: float) -> None:
        """Scan every bucket once; `now` is in seconds of a monotonic clock."""
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
        last_stamp, since = self._seen.get(path, (None, now))
        if last_stamp != stamp:
            self._seen[path] = (stamp, now)
        elif now - since >= self._stable_seconds:
            self._adopt(bucket, name, stamp)

    def _adopt(self, bucket: Bucket, name: str, stamp: Stamp) -> None:
        try:
            bucket.adopt(name, stamp)
        except OSError:
            pass  # removed or unreadable by now: the next scan decides

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
            self.scan(time.monotonic())


def dropped_files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and not name.lower().endswith(UNFINISHED):
                yield Path(parent, name)
