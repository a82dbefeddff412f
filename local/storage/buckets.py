"""The buckets: folders below one root. The server's own state is in `.state` there."""

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from local.http_server import HttpError
from local.storage.bucket import Bucket
from local.storage.objects import StoredObject

STATE = ".state"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


class Buckets:
    """All buckets. `announce` is called for each new generation of an object."""

    def __init__(self, root: Path, announce: Callable[[StoredObject], None]) -> None:
        self.root = root
        self.uploads = root / STATE / "uploads"
        self._announce = announce
        self._lock = threading.Lock()
        shutil.rmtree(self.uploads, ignore_errors=True)  # sessions end with the process
        root.mkdir(parents=True, exist_ok=True)
        names = [path.name for path in root.iterdir() if path.is_dir() and path.name != STATE]
        self._buckets = {name: self._open_bucket(name) for name in names}

    def all(self) -> list[Bucket]:
        with self._lock:
            return sorted(self._buckets.values(), key=lambda bucket: bucket.name)

    def get(self, name: str) -> Bucket:
        """Raises HttpError 404."""
        with self._lock:
            bucket = self._buckets.get(name)
        if bucket is None:
            raise HttpError(404, "The specified bucket does not exist.")
        return bucket

    def create(self, name: str) -> Bucket:
        """Raises HttpError 400 or 409."""
        if not BUCKET_NAME.fullmatch(name):
            raise HttpError(400, f"Invalid bucket name: {name!r}")
        with self._lock:
            if name in self._buckets:
                raise HttpError(409, "Your previous request to create the named bucket succeeded.")
            bucket = self._buckets[name] = self._open_bucket(name)
            return bucket

    def delete(self, name: str) -> None:
        """Raises HttpError 404, or 409 if it holds objects."""
        bucket = self.get(name)
        with self._lock:
            if bucket.objects():
                raise HttpError(409, "The bucket you tried to delete is not empty.")
            del self._buckets[name]
            shutil.rmtree(bucket.folder)
            shutil.rmtree(self.root / STATE / "buckets" / name)

    def _open_bucket(self, name: str) -> Bucket:
        state = self.root / STATE / "buckets" / name
        return Bucket(name, self.root / name, state, self._announce)
