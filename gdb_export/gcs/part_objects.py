"""The objects of an export that several tasks write: their parts of the ZIP and their reports,
under a hidden prefix, until they are composed into the ZIP without moving a byte.

All tasks give the same bytes whenever they run, so a part may be written again over itself.
"""

import json
from collections.abc import Callable, Sequence

from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud.storage import Blob, Bucket

from gdb_export.contract.part_names import parts_of
from gdb_export.export.assembly import PartBytes
from gdb_export.export.part_report import PartReport
from gdb_export.gcs.gcs_destination import GcsDestination, NameTaken
from gdb_export.gcs.zip_name import FreeName

# Cloud Storage composes at most so many objects at a time
_MAX_COMPOSED = 32
_REPORT = "report.json"


class PartObjects:
    """Of one job document, by its id, and one execution that cuts its export into `count` parts."""

    def __init__(self, bucket: Bucket, task_id: str, execution: str, count: int) -> None:
        self._bucket = bucket
        self._prefix = f"{parts_of(task_id)}{execution}/"
        self._count = count

    def destination(
        self, index: int, which: str, before_commit: Callable[[], None]
    ) -> GcsDestination:
        """Where the head or the tail of a part goes."""
        name = self._name(index, which)
        return GcsDestination(
            self._bucket, FreeName(name, None), {}, before_commit, f"{name}-aside/"
        )

    def write_report(self, index: int, report: PartReport) -> None:
        """The last of a part's objects: with it the part is done."""
        text = json.dumps(report.to_fields(), ensure_ascii=False)
        blob = self._bucket.blob(self._name(index, _REPORT))
        blob.upload_from_string(text.encode(), content_type="application/json")

    def has_report(self, index: int) -> bool:
        return bool(self._bucket.blob(self._name(index, _REPORT)).exists())

    def reports(self) -> list[PartReport] | None:
        """The reports of all parts in order; None as long as one is missing."""
        listed = self._bucket.list_blobs(prefix=self._prefix)
        done = {blob.name for blob in listed if blob.name.endswith(_REPORT)}
        names = [self._name(index, _REPORT) for index in range(self._count)]
        if not done.issuperset(names):
            return None
        return [
            PartReport.from_fields(json.loads(self._bucket.blob(name).download_as_bytes()))
            for name in names
        ]

    def compose(
        self, sequence: Sequence[PartBytes | bytes], place: FreeName, metadata: dict[str, str]
    ) -> Blob:
        """The ZIP, under its final name; raises PlaceTaken if somebody else has it."""
        blobs = [self._blob(piece, number) for number, piece in enumerate(sequence)]
        level = 0
        while len(blobs) > _MAX_COMPOSED:
            level += 1
            blobs = [
                self._joined(blobs[at : at + _MAX_COMPOSED], f"join-{level}-{at}")
                for at in range(0, len(blobs), _MAX_COMPOSED)
            ]
        whole = self._bucket.blob(place.name)
        whole.content_type = "application/zip"
        whole.metadata = metadata
        try:
            whole.compose(blobs, if_generation_match=place.generation)
        except PreconditionFailed as error:
            raise NameTaken(str(error)) from error
        return whole

    def remove(self) -> None:
        """Leave nothing behind."""
        for blob in list(self._bucket.list_blobs(prefix=self._prefix)):
            try:
                blob.delete()
            except NotFound:
                continue

    def _name(self, index: int, what: str) -> str:
        return f"{self._prefix}{index:05d}-{what}"

    def _blob(self, piece: PartBytes | bytes, number: int) -> Blob:
        if isinstance(piece, PartBytes):
            return self._bucket.blob(self._name(piece.index, piece.which))
        blob = self._bucket.blob(f"{self._prefix}between-{number:05d}")
        blob.upload_from_string(piece, content_type="application/octet-stream")
        return blob

    def _joined(self, blobs: list[Blob], name: str) -> Blob:
        joined = self._bucket.blob(f"{self._prefix}{name}")
        joined.content_type = "application/octet-stream"
        joined.compose(blobs)
        return joined
