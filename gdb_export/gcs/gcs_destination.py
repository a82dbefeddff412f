"""The ZIP as an object that appears when it is complete, checked and still wanted."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from uuid import uuid4

from google.api_core.exceptions import PreconditionFailed, from_http_response
from google.cloud.storage import Bucket
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.gcs.object_spill import ObjectSpill
from gdb_export.gcs.zip_name import FreeName

# A multiple of 256 KiB, as resumable uploads demand; one chunk is held in memory.
CHUNK = 8 << 20
# To end a session
_SECONDS = 10.0
_SECONDS_IN_HASTE = 1.0

# Of this process, so that who ends it can end their sessions
_open: "set[GcsDestination]" = set()


def abandon_uploads() -> None:
    """End the sessions of all uploads under way, in a process that is about to end."""
    for destination in list(_open):
        destination.end_session(_SECONDS_IN_HASTE)


class NameTaken(Exception):
    """Somebody else wrote an object of that name meanwhile; another place must be found."""


class GcsDestination:
    """A resumable upload. Nothing is seen under the name before the last byte was accepted.

    `before_commit` is called when all is written; what it raises undoes the upload. `aside` is
    the prefix of objects for what is put aside meanwhile; a new one if it is not given.
    """

    def __init__(
        self,
        bucket: Bucket,
        place: FreeName,
        metadata: Mapping[str, str],
        before_commit: Callable[[], None] = lambda: None,
        aside: str | None = None,
    ) -> None:
        self._blob = bucket.blob(place.name)
        self._blob.metadata = dict(metadata)
        self._generation = place.generation
        self._before_commit = before_commit
        self._aside = aside

    @property
    def uri(self) -> str:
        return f"gs://{self._blob.bucket.name}/{self._blob.name}"

    def __enter__(self) -> "GcsDestination":
        # Not before: a writer that is never closed uploads what it has when it is collected.
        self._writer = self._blob.open(
            "wb",
            chunk_size=CHUNK,
            ignore_flush=True,
            content_type="application/zip",
            checksum="crc32c",
            if_generation_match=self._generation,
        )
        _open.add(self)
        return self

    def write(self, data: bytes) -> None:
        with _as_other_uploads_raise():
            self._writer.write(data)

    def spill_store(self) -> ObjectSpill:
        return ObjectSpill(self._blob.bucket, self._aside or f"{PARTS_PREFIX}{uuid4()}/")

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
                self._abort()
        finally:
            _open.discard(self)

    def _commit(self) -> None:
        try:
            self._before_commit()
            with _as_other_uploads_raise():
                self._writer.close()
        except BaseException as failure:
            self._abort()
            if isinstance(failure, DataCorruption):
                self._blob.delete(if_generation_match=failure.response.json()["generation"])
            raise

    def end_session(self, seconds: float = _SECONDS) -> None:
        """The client's own `terminate` leaves it open, up to a week."""
        upload_and_transport = self._writer._upload_and_transport
        with contextlib.suppress(Exception):
            if upload_and_transport:
                upload, transport = upload_and_transport
                transport.delete(upload.resumable_url, timeout=seconds)

    def _abort(self) -> None:
        self.end_session()
        # What is left of `terminate`: what the writer holds is not to be uploaded when it goes.
        self._writer._upload_and_transport = None
        self._writer.terminate()


@contextlib.contextmanager
def _as_other_uploads_raise() -> Iterator[None]:
    """The streaming writer raises InvalidResponse where other uploads raise what the answer means,
    Forbidden above all. An unmet condition is PlaceTaken."""
    try:
        yield
    except PreconditionFailed as error:
        raise NameTaken(str(error)) from error
    except InvalidResponse as error:
        if error.response.status_code == HTTPStatus.PRECONDITION_FAILED:
            raise NameTaken(str(error)) from error
        raise from_http_response(error.response) from error  # type: ignore[no-untyped-call]
