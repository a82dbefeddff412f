"""The objects of an export by several tasks: parts of the ZIP or files, and their reports.

They lie under a hidden prefix until the parts are composed to the ZIP on the server, or the files
are copied to their folder. A part has the same bytes whichever attempt writes it, so a retry may
overwrite it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud.storage import Blob, Bucket

from gdb_export.contract.part_names import parts_of
from gdb_export.export.assembly import PartBytes
from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.resumable_upload import NameTaken, OpenUploads
from gdb_export.gcs.zip_name import FreeName

# Cloud Storage composes at most this many objects in one request.
_MAX_COMPOSED = 32
_REPORT = "report.json"


class PartObjects:
    """The objects of one job document and one execution, whose export is cut into `count` parts."""

    def __init__(
        self, bucket: Bucket, task_id: str, execution: str, count: int, uploads: OpenUploads
    ) -> None:
        """`task_id` is the id of the job document."""
        self._bucket = bucket
        self._prefix = f"{parts_of(task_id)}{execution}/"
        self._count = count
        self.uploads = uploads

    def destination(
        self, index: int, which: str, before_commit: Callable[[], None]
    ) -> GcsDestination:
        """The destination of the HEAD or TAIL of a part."""
        name = self._name(index, which)
        output = FreeName(name, None)
        spill_prefix = f"{name}-aside/"
        return GcsDestination(self._bucket, output, {}, before_commit, spill_prefix, self.uploads)

    def new_prefix(self, index: int) -> str:
        """A new prefix for the files of one attempt of a part."""
        return f"{self._name(index, 'files')}-{uuid4().hex[:8]}/"

    def write_report(self, index: int, fields: Mapping[str, Any]) -> None:
        """Write the last object of a part, which marks the part as complete."""
        text = json.dumps(fields, ensure_ascii=False)
        blob = self._bucket.blob(self._name(index, _REPORT))
        blob.upload_from_string(text.encode(), content_type="application/json")

    def has_report(self, index: int) -> bool:
        return bool(self._bucket.blob(self._name(index, _REPORT)).exists())

    def reports(self) -> list[dict[str, Any]] | None:
        """The fields of the reports of all parts in order; None while one is missing."""
        listed = self._bucket.list_blobs(prefix=self._prefix)
        done = {blob.name for blob in listed if blob.name.endswith(_REPORT)}
        names = [self._name(index, _REPORT) for index in range(self._count)]
        if not done.issuperset(names):
            return None
        return [json.loads(self._bucket.blob(name).download_as_bytes()) for name in names]

    def compose(
        self, sequence: Sequence[PartBytes | bytes], output: FreeName, metadata: dict[str, str]
    ) -> Blob:
        """Compose the ZIP under its final name. Raises NameTaken if another export has it."""
        blobs = [self._blob(item, index) for index, item in enumerate(sequence)]
        level = 0
        while len(blobs) > _MAX_COMPOSED:
            level += 1
            blobs = [
                self._join(blobs[start : start + _MAX_COMPOSED], f"join-{level}-{start}")
                for start in range(0, len(blobs), _MAX_COMPOSED)
            ]
        whole = self._bucket.blob(output.name)
        whole.content_type = "application/zip"
        whole.metadata = metadata
        try:
            whole.compose(blobs, if_generation_match=output.generation)
        except PreconditionFailed as error:
            raise NameTaken(f"gs://{self._bucket.name}/{output.name}") from error
        return whole

    def remove(self) -> None:
        """Remove all objects of the execution."""
        for blob in list(self._bucket.list_blobs(prefix=self._prefix)):
            try:
                blob.delete()
            except NotFound:
                continue

    def _name(self, index: int, suffix: str) -> str:
        return f"{self._prefix}{index:05d}-{suffix}"

    def _blob(self, item: PartBytes | bytes, index: int) -> Blob:
        """The object of an item; literal bytes are uploaded as one."""
        if isinstance(item, PartBytes):
            return self._bucket.blob(self._name(item.index, item.which))
        blob = self._bucket.blob(f"{self._prefix}between-{index:05d}")
        blob.upload_from_string(item, content_type="application/octet-stream")
        return blob

    def _join(self, blobs: list[Blob], name: str) -> Blob:
        joined = self._bucket.blob(f"{self._prefix}{name}")
        joined.content_type = "application/octet-stream"
        joined.compose(blobs)
        return joined
