"""A temporary folder in a bucket for the files of an export; the caller has to `remove` it."""

from contextlib import AbstractContextManager
from types import TracebackType

from google.cloud.storage import Bucket

from gdb_export.export.folder import FileWriter
from gdb_export.gcs.exports.staged_files import StagedFiles, remove_all
from gdb_export.gcs.resumable_upload import OpenUploads


class TemporaryFolder:
    """The objects under a hidden prefix, as the destination of an export.

    The prefix ends in `/`, and no other export uses it. The end of the `with` block only waits for
    the uploads: the files stay until `remove` is called.
    """

    def __init__(self, bucket: Bucket, prefix: str, uploads: OpenUploads) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._staged = StagedFiles(bucket, prefix, uploads)

    @property
    def uri(self) -> str:
        return f"gs://{self._bucket.name}/{self._prefix}"

    def __enter__(self) -> "TemporaryFolder":
        remove_all(self._bucket, self._prefix)  # the files of an earlier attempt
        return self

    def file(self, path: str) -> AbstractContextManager[FileWriter]:
        return self._staged.file(path)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._staged.wait()

    def remove(self) -> None:
        """Remove all files; an error is logged."""
        self._staged.remove()
