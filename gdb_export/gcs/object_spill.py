"""What is put aside in objects under a hidden prefix, written and read behind the export."""

import contextlib
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.cloud.storage import Blob, Bucket
from google.cloud.storage.retry import DEFAULT_RETRY

log = logging.getLogger(__name__)

_THREADS = 2
# What Google's client and the network raise; to tidy up is not worth an export.
_FAULTS = GoogleAPIError, OSError
# Objects that wait for being written; each is some megabytes of memory.
_MAX_WAITING = 3


class ObjectSpill:
    """Objects named by numbers. What an earlier attempt left under the prefix is removed."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._pool = ThreadPoolExecutor(_THREADS, "shelf")
        self._room = threading.Semaphore(_MAX_WAITING)
        self._written: list[Future[None]] = []
        self._read: dict[int, Future[bytes]] = {}
        self._remove_all()

    def put(self, data: bytes) -> int:
        """Raises, now or when it is asked for, what Google's client raises."""
        self._room.acquire()
        key = len(self._written)
        self._written.append(self._pool.submit(self._write, key, data))
        return key

    def get(self, key: int, then: int | None) -> bytes:
        data = self._begin(key).result()
        del self._read[key]
        if then is not None:
            self._begin(then)
        return data

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._remove_all()

    def _begin(self, key: int) -> "Future[bytes]":
        if key not in self._read:
            self._read[key] = self._pool.submit(self._take, key)
        return self._read[key]

    def _write(self, key: int, data: bytes) -> None:
        try:
            # Each time the same bytes under a name that nobody else has: it may be done twice.
            self._blob(key).upload_from_string(data, retry=DEFAULT_RETRY)
        finally:
            self._room.release()

    def _take(self, key: int) -> bytes:
        self._written[key].result()
        blob = self._blob(key)
        data: bytes = blob.download_as_bytes(single_shot_download=True)
        with contextlib.suppress(*_FAULTS):
            blob.delete()  # else when it is closed
        return data

    def _blob(self, key: int) -> Blob:
        return self._bucket.blob(f"{self._prefix}{key:05d}")

    def _remove_all(self) -> None:
        try:
            for blob in self._bucket.list_blobs(prefix=self._prefix):
                with contextlib.suppress(NotFound):
                    blob.delete()
        except _FAULTS as error:
            log.warning("objects may be left under %s: %s", self._prefix, error)
