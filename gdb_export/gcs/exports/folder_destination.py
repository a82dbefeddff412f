"""A folder in a bucket as the destination of an export."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from uuid import uuid4

from google.cloud.storage import Bucket

from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.export.folder import FileWriter
from gdb_export.gcs.exports.folder_name import resolve_folder
from gdb_export.gcs.exports.folder_publication import publish_folder
from gdb_export.gcs.exports.staged_files import StagedFiles, remove_all
from gdb_export.gcs.provenance import Provenance
from gdb_export.gcs.resumable_upload import OpenUploads


class GcsFolder:
    """The objects under a prefix, which ends in `/`. They appear when the export has succeeded.

    They are written under a hidden prefix. An existing export is kept, and the new prefix ends
    in `-export1/`, `-export2/` …; with `overwrite` it is replaced. `before_commit` is called when
    everything is written. `staging_prefix` is one that no other export uses, by default a new one.
    """

    def __init__(
        self,
        bucket: Bucket,
        prefix: str,
        overwrite: bool = False,
        provenance: Provenance | None = None,
        before_commit: Callable[[], None] = lambda: None,
        staging_prefix: str | None = None,
        uploads: OpenUploads | None = None,
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._overwrite = overwrite
        self._provenance = provenance
        self._before_commit = before_commit
        self._staging_prefix = staging_prefix or f"{PARTS_PREFIX}{uuid4()}/"
        self._uploads = OpenUploads() if uploads is None else uploads

    @property
    def uri(self) -> str:
        return f"gs://{self._bucket.name}/{self._prefix}"

    def __enter__(self) -> "GcsFolder":
        """Raises as `resolve_folder` does, before anything is written."""
        resolve_folder(self._bucket, self._prefix, self._provenance, self._overwrite)
        remove_all(self._bucket, self._staging_prefix)  # objects of an earlier attempt
        # Under a retention policy, those objects stay and can't be replaced.
        own_prefix = f"{self._staging_prefix}{uuid4().hex[:8]}/"
        self._staged = StagedFiles(self._bucket, own_prefix, self._uploads)
        return self

    def file(self, path: str) -> AbstractContextManager[FileWriter]:
        return self._staged.file(path)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            self._staged.remove()

    def _commit(self) -> None:
        self._staged.wait()
        self._before_commit()
        self._prefix = publish_folder(
            self._bucket, self._prefix, self._staged.blobs, self._provenance, self._overwrite
        )
