"""A destination that writes the ZIP to an object in a bucket by a resumable upload."""

from collections.abc import Callable, Mapping
from types import TracebackType
from uuid import uuid4

from google.cloud.storage import Bucket

from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.gcs.object_spill import ObjectSpill
from gdb_export.gcs.resumable_upload import OpenUploads, Upload, api_errors
from gdb_export.gcs.zip_name import FreeName


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
        self._upload = Upload(self._blob, self._generation)
        self._uploads.add(self._upload)
        return self

    def write(self, data: bytes) -> None:
        with api_errors(self.uri):
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

    def revoke(self) -> None:
        """Remove the complete object, unless it has replaced another one."""
        if self._generation == 0 and (blob := self._blob.bucket.get_blob(self._blob.name)):
            blob.delete(if_generation_match=blob.generation)

    def _commit(self) -> None:
        try:
            self._before_commit()
        except BaseException:
            self._upload.terminate()
            raise
        self._upload.commit()
