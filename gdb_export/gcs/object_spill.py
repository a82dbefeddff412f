"""A spill store of objects under a hidden prefix, written and read in the background."""

import contextlib
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.cloud.storage import Blob, Bucket
from google.cloud.storage.retry import DEFAULT_RETRY

log = logging.getLogger(__name__)

_THREADS = 2
# Errors of Google's client and of the network; while removing objects they are only logged.
_CLIENT_ERRORS = GoogleAPIError, OSError
# Objects that are being written; each takes some megabytes of memory.
_MAX_WRITES = 3


class ObjectSpill:
    """A spill store whose items are objects, named by their keys. Objects that an earlier attempt
    left are removed."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        # Under a retention policy, the objects of an earlier attempt can't be replaced.
        self._name_prefix = f"{prefix}{uuid4().hex[:8]}-"
        self._pool = ThreadPoolExecutor(_THREADS, "spill")
        self._free_writes = threading.Semaphore(_MAX_WRITES)
        self._writes: list[Future[None]] = []
        self._reads: dict[int, Future[bytes]] = {}
        self._remove_all()

    def put(self, data: bytes) -> int:
        """An error of Google's client is raised by `get` of the same key."""
        self._free_writes.acquire()
        key = len(self._writes)
        self._writes.append(self._pool.submit(self._write, key, data))
        return key

    def get(self, key: int, next_key: int | None) -> bytes:
        data = self._start_read(key).result()
        del self._reads[key]
        if next_key is not None:
            self._start_read(next_key)
        return data

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._remove_all()

    def _start_read(self, key: int) -> "Future[bytes]":
        if key not in self._reads:
            self._reads[key] = self._pool.submit(self._read_and_delete, key)
        return self._reads[key]

    def _write(self, key: int, data: bytes) -> None:
        try:
            # The name is this store's own and the bytes are the same: a retry is harmless.
            self._blob(key).upload_from_string(data, retry=DEFAULT_RETRY)
        finally:
            self._free_writes.release()

    def _read_and_delete(self, key: int) -> bytes:
        self._writes[key].result()
        blob = self._blob(key)
        data: bytes = blob.download_as_bytes(single_shot_download=True)
        with contextlib.suppress(*_CLIENT_ERRORS):
            blob.delete()  # after an error, close() does it
        return data

    def _blob(self, key: int) -> Blob:
        return self._bucket.blob(f"{self._name_prefix}{key:05d}")

    def _remove_all(self) -> None:
        try:
            for blob in self._bucket.list_blobs(prefix=self._prefix):
                with contextlib.suppress(NotFound):
                    blob.delete()
        except _CLIENT_ERRORS as error:
            log.warning("objects may be left under %s: %s", self._prefix, error)
