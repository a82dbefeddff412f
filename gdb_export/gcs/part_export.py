"""One export by several tasks, in a bucket: each writes its part, the last puts them together."""

from collections.abc import Callable
from dataclasses import dataclass

from google.cloud.storage import Blob, Bucket

from gdb_export.export.assembly import HEAD, TAIL
from gdb_export.export.export import assemble, export_part
from gdb_export.export.part_range import PartRange
from gdb_export.export.part_report import PartReport
from gdb_export.gcs.bucket_export import Exported, options_from_fields
from gdb_export.gcs.existing_zip import existing_zip
from gdb_export.gcs.gcs_destination import NameTaken
from gdb_export.gcs.gcs_source import GcsSource, open_source
from gdb_export.gcs.part_objects import PartObjects
from gdb_export.gcs.zip_name import FreeName, Provenance, resolve_output
from gdb_export.progress import Progress

_RACES = 10
# A task that reads a part of the database has no use for the whole of it in memory
_LEAST_BUDGET = 64 << 20


@dataclass(frozen=True, slots=True)
class PartExport:
    """The export that `provenance` names, cut into `count` parts. In bytes, `size` is of the
    source, `budget` of the memory for it.

    Raises what the export raises, SourceGone, SourceDenied, PlaceTaken, and errors of Google's
    client.
    """

    bucket: Bucket
    provenance: Provenance
    objects: PartObjects
    count: int
    size: int
    budget: int

    def existing_zip(self) -> Exported | None:
        """The ZIP, if it lies there already."""
        place = self._place()
        return None if isinstance(place, FreeName) else self._found(place)

    def write(self, index: int, progress: Progress, before_commit: Callable[[], None]) -> None:
        """Write the part of one task, its report last."""
        with self._source() as source:
            report = export_part(
                source,
                source.info(),
                PartRange(index, self.count),
                self.objects.destination(index, HEAD, before_commit),
                self.objects.destination(index, TAIL, before_commit),
                options_from_fields(self.provenance.options),
                progress,
            )
        self.objects.write_report(index, report)

    def assemble(self, reports: list[PartReport], before_commit: Callable[[], None]) -> Exported:
        """Compose the ZIP and remove the parts."""
        options = options_from_fields(self.provenance.options)
        with self._source() as source:
            assembly = assemble(source, source.info(), options, reports)
        for _ in range(_RACES):
            place = self._place()
            if not isinstance(place, FreeName):
                return self._found(place)
            before_commit()
            try:
                zipped = self.objects.compose(assembly.sequence, place, self.provenance.metadata())
            except NameTaken:
                continue
            return Exported(f"gs://{self.bucket.name}/{zipped.name}", assembly.result)
        raise NameTaken(f"the name of the ZIP was taken {_RACES} times while it was put together")

    def _found(self, zipped: Blob) -> Exported:
        return Exported(f"gs://{self.bucket.name}/{zipped.name}", existing_zip(zipped))

    def _place(self) -> FreeName | Blob:
        options = options_from_fields(self.provenance.options)
        return resolve_output(self.bucket, self.provenance, options.overwrite)

    def _source(self) -> GcsSource:
        budget = min(self.budget, max(self.size // self.count, _LEAST_BUDGET))
        name, generation = self.provenance.name, self.provenance.generation
        return open_source(self.bucket, name, generation, budget, is_shared=self.count > 1)
