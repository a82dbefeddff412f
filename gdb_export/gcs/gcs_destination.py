"""A destination that writes the ZIP to an object in a bucket by a resumable upload."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from uuid import uuid4

from google.api_core.exceptions import PreconditionFailed, from_http_response
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Blob, Bucket
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.fileio import BlobWriter

from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.gcs.object_spill import ObjectSpill
from gdb_export.gcs.zip_name import FreeName

log = logging.getLogger(__name__)

# A multiple of 256 KiB, as resumable uploads demand; one chunk is held in memory.
UPLOAD_CHUNK = 8 << 20
# Timeouts in seconds of the request that ends an upload session
_END_TIMEOUT = 10.0
_END_TIMEOUT_BEFORE_EXIT = 1.0


class NameTaken(FileExistsError):
    """Another export created or replaced the output object during this export."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} was written by another export meanwhile: export again")


class _Upload(BlobWriter):  # type: ignore[misc]  # the client has no types
    """A resumable upload that can be cancelled."""

    def __init__(self, blob: Blob, generation: int | None) -> None:
        super().__init__(
            blob,
            chunk_size=UPLOAD_CHUNK,
            ignore_flush=True,
            content_type="application/zip",
            checksum="crc32c",
            if_generation_match=generation,
        )
        self._name = f"gs://{blob.bucket.name}/{blob.name}"

    def end_session(self, seconds: float) -> None:
        """End the session, which otherwise stays open for a week. `seconds` is the timeout."""
        if self._upload_and_transport is None:
            return
        upload, transport = self._upload_and_transport
        try:
            # The base class's `terminate` sends this request to a URL without the session's id.
            transport.delete(upload.resumable_url, timeout=seconds)
        except (OSError, GoogleAuthError) as error:
            log.warning(
                "the upload session of %s may stay open for a week: %s",
                self._name,
                type(error).__name__,
            )

    def terminate(self) -> None:
        """End the session and discard the buffered bytes."""
        self.end_session(_END_TIMEOUT)
        self._upload_and_transport = None
        super().terminate()


class OpenUploads:
    """The uploads in progress, so that a process that must end at once can end their sessions."""

    def __init__(self) -> None:
        self._uploads: set[_Upload] = set()

    def __len__(self) -> int:
        return len(self._uploads)

    def add(self, upload: _Upload) -> None:
        self._uploads.add(upload)

    def discard(self, upload: _Upload) -> None:
        self._uploads.discard(upload)

    def abandon(self) -> None:
        """End the sessions. May be called by another thread than that of the uploads."""
        for upload in list(self._uploads):
            upload.end_session(_END_TIMEOUT_BEFORE_EXIT)


class GcsDestination:
    """The output object of an export. It becomes visible when the upload is complete.

    `before_commit` is called when everything is written; an exception from it cancels the upload.
    `spill_prefix` is the prefix of the spill store's objects, by default a new one.
    """

    def __init__(
        self,
        bucket: Bucket,
        output: FreeName,
        metadata: Mapping[str, str],
        before_commit: Callable[[], None] = lambda: None,
        spill_prefix: str | None = None,
        uploads: OpenUploads | None = None,
    ) -> None:
        self._blob = bucket.blob(output.name)
        self._blob.metadata = dict(metadata)
        self._generation = output.generation
        self._before_commit = before_commit
        self._spill_prefix = spill_prefix
        self._uploads = OpenUploads() if uploads is None else uploads

    @property
    def uri(self) -> str:
        return f"gs://{self._blob.bucket.name}/{self._blob.name}"

    def __enter__(self) -> "GcsDestination":
        # Not in __init__: a writer that is never closed uploads its buffer when it is freed.
        self._upload = _Upload(self._blob, self._generation)
        self._uploads.add(self._upload)
        return self

    def write(self, data: bytes) -> None:
        with _api_errors(self.uri):
            self._upload.write(data)

    def spill_store(self) -> ObjectSpill:
        prefix = self._spill_prefix or f"{PARTS_PREFIX}{uuid4()}/"
        return ObjectSpill(self._blob.bucket, prefix)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._commit()
            else:
                self._upload.terminate()
        finally:
            self._uploads.discard(self._upload)

    def _commit(self) -> None:
        try:
            self._before_commit()
            with _api_errors(self.uri):
                self._upload.close()
        except BaseException as error:
            self._upload.terminate()
            if isinstance(error, DataCorruption):
                self._blob.delete(if_generation_match=error.response.json()["generation"])
            raise


@contextlib.contextmanager
def _api_errors(uri: str) -> Iterator[None]:
    """Convert the errors of BlobWriter to those of all other uploads: InvalidResponse to the
    exception for its status, such as Forbidden, and an unmet precondition to NameTaken."""
    try:
        yield
    except PreconditionFailed as error:
        raise NameTaken(uri) from error
    except InvalidResponse as error:
        if error.response.status_code == HTTPStatus.PRECONDITION_FAILED:
            raise NameTaken(uri) from error
        raise from_http_response(error.response) from error  # type: ignore[no-untyped-call]
