"""A resumable upload that can be cancelled: the object is complete or does not exist."""

import contextlib
import logging
from collections.abc import Iterator
from http import HTTPStatus

from google.api_core.exceptions import PreconditionFailed, from_http_response
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Blob
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.fileio import BlobWriter

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


class Upload(BlobWriter):  # type: ignore[misc]  # the client has no types
    """A resumable upload that can be cancelled.

    `generation` is that of the object that is replaced, 0 if none may exist, None for any.
    """

    def __init__(
        self, blob: Blob, generation: int | None, content_type: str = "application/zip"
    ) -> None:
        super().__init__(
            blob,
            chunk_size=UPLOAD_CHUNK,
            ignore_flush=True,
            content_type=content_type,
            checksum="crc32c",
            if_generation_match=generation,
        )
        self._target = blob
        self._name = f"gs://{blob.bucket.name}/{blob.name}"

    def commit(self) -> None:
        """Complete the object. After an error there is neither an object nor a session."""
        try:
            with api_errors(self._name):
                self.close()
        except BaseException as error:
            self.terminate()
            if isinstance(error, DataCorruption):
                self._target.delete(if_generation_match=error.response.json()["generation"])
            raise

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
        self._uploads: set[Upload] = set()

    def __len__(self) -> int:
        return len(self._uploads)

    def add(self, upload: Upload) -> None:
        self._uploads.add(upload)

    def discard(self, upload: Upload) -> None:
        self._uploads.discard(upload)

    def abandon(self) -> None:
        """End the sessions. May be called by another thread than that of the uploads."""
        for upload in list(self._uploads):
            upload.end_session(_END_TIMEOUT_BEFORE_EXIT)


@contextlib.contextmanager
def api_errors(uri: str) -> Iterator[None]:
    """Convert the errors of BlobWriter to those of all other uploads.

    InvalidResponse becomes the exception for its status, such as Forbidden, and an unmet
    precondition becomes NameTaken.
    """
    try:
        yield
    except PreconditionFailed as error:
        raise NameTaken(uri) from error
    except InvalidResponse as error:
        if error.response.status_code == HTTPStatus.PRECONDITION_FAILED:
            raise NameTaken(uri) from error
        raise from_http_response(error.response) from error  # type: ignore[no-untyped-call]
