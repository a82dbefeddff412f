"""The files of an export under a hidden prefix, before they are published."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.cloud.storage import Blob, Bucket
from google.cloud.storage.retry import DEFAULT_RETRY

from gdb_export.export.folder import FileWriter
from gdb_export.gcs.resumable_upload import UPLOAD_CHUNK, OpenUploads, Upload
from gdb_export.zip.member_names import MANIFEST, SCHEMA

log = logging.getLogger(__name__)

# Requests at a time
REQUESTS = 8
# Errors of Google's client and of the network; while removing objects they are only logged.
_CLIENT_ERRORS = GoogleAPIError, OSError


class StagedFiles:
    """Files that several threads write; `blobs` are the complete ones by path.

    A small file is uploaded by one request in the background, a larger one by a resumable upload
    while it is written. Each object appears when it is complete.
    """

    def __init__(self, bucket: Bucket, prefix: str, uploads: OpenUploads) -> None:
        self.blobs: dict[str, Blob] = {}
        self._bucket = bucket
        self._prefix = prefix
        self._uploads = uploads
        self._pool = ThreadPoolExecutor(REQUESTS, "upload")
        self._free_requests = threading.Semaphore(REQUESTS)
        self._requests: list[Future[None]] = []

    def __enter__(self) -> "StagedFiles":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the threads; after an error, remove the files."""
        self._pool.shutdown(cancel_futures=True)
        if error is not None:
            self.remove()

    @contextlib.contextmanager
    def file(self, path: str) -> Iterator[FileWriter]:
        """Write a file. A small one may be uploaded after the `with` block: see `wait`."""
        blob = self._bucket.blob(self._prefix + path)
        blob.content_type = content_type(path)
        file = _StagedFile(blob, self._uploads)
        try:
            yield file
            if file.is_small:
                self._free_requests.acquire()
                self._requests.append(self._pool.submit(self._upload, file))
            else:
                file.commit()
        except BaseException:
            file.terminate()
            raise
        self.blobs[path] = blob

    def wait(self) -> None:
        """Wait until all files are complete. Raises the errors of Google's client."""
        for request in self._requests:
            request.result()
        self._requests.clear()

    def remove(self) -> None:
        """Remove all objects under the prefix; an error is logged."""
        self._pool.shutdown(cancel_futures=True)
        remove_all(self._bucket, self._prefix)

    def _upload(self, file: "_StagedFile") -> None:
        try:
            file.upload()
        finally:
            self._free_requests.release()


class _StagedFile:
    """Collects the bytes of a file, and begins a resumable upload when they fill a chunk."""

    def __init__(self, blob: Blob, uploads: OpenUploads) -> None:
        self._blob = blob
        self._uploads = uploads
        self._collected = bytearray()
        self._upload: Upload | None = None

    @property
    def is_small(self) -> bool:
        return self._upload is None

    def write(self, data: bytes) -> None:
        if self._upload is not None:
            self._upload.write(data)
            return
        self._collected += data
        if len(self._collected) >= UPLOAD_CHUNK:
            self._upload = Upload(self._blob, 0, self._blob.content_type)
            self._uploads.add(self._upload)
            self._upload.write(bytes(self._collected))
            self._collected.clear()

    def upload(self) -> None:
        """Upload a small file. The name is this export's own: a retry is harmless."""
        self._blob.upload_from_string(
            bytes(self._collected),
            content_type=self._blob.content_type,
            checksum="crc32c",
            retry=DEFAULT_RETRY,
        )
        self._collected.clear()

    def commit(self) -> None:
        """Complete a file that is not small."""
        assert self._upload is not None
        try:
            self._upload.commit()
        finally:
            self._uploads.discard(self._upload)

    def terminate(self) -> None:
        """End the upload, so that no object appears."""
        if self._upload is not None:
            self._upload.terminate()
            self._uploads.discard(self._upload)


def content_type(path: str) -> str:
    known = {MANIFEST: "application/json", SCHEMA: "text/plain; charset=utf-8"}
    return known.get(path, "application/vnd.apache.parquet")


def in_parallel(work: Callable[[str], None], paths: Iterable[str]) -> None:
    """Call `work` for each path in several threads, and wait until all have ended.

    Raises the first error.
    """
    with ThreadPoolExecutor(REQUESTS, "folder") as pool:
        futures = [pool.submit(work, path) for path in paths]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def remove_all(bucket: Bucket, prefix: str) -> None:
    """Remove all objects under a prefix that no other export uses; an error is logged."""

    def remove(name: str) -> None:
        with contextlib.suppress(NotFound):
            bucket.blob(name).delete(retry=DEFAULT_RETRY)

    try:
        in_parallel(remove, [blob.name for blob in bucket.list_blobs(prefix=prefix)])
    except _CLIENT_ERRORS as error:
        log.warning("objects may be left under gs://%s/%s: %s", bucket.name, prefix, error)
