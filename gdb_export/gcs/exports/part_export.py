"""An export by several tasks: each writes a part to the bucket, and one assembles the ZIP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.cloud.storage import Bucket

from gdb_export.export.assembly import HEAD, TAIL
from gdb_export.export.export import assemble, export_part
from gdb_export.export.part_range import PartRange
from gdb_export.export.part_report import PartReport
from gdb_export.gcs.exports.repeated_content import repeated_export
from gdb_export.gcs.gcs_source import GcsSource, open_source
from gdb_export.gcs.part_objects import PartObjects
from gdb_export.gcs.provenance import Provenance, PublishedExport
from gdb_export.gcs.zip_name import FreeName
from gdb_export.gcs.zip_publication import existing_zip, publish
from gdb_export.options import CSV, BadOption, ExportOptions, options_from_fields
from gdb_export.progress import Progress

# In bytes. A task reads only its part of the database: the whole need not fit in its memory.
_MIN_BUDGET = 64 << 20


@dataclass(frozen=True, slots=True)
class PartExport:
    """The export of the upload that `provenance` names, cut into `count` parts.

    `size` is that of the source, `budget` the memory for it, both in bytes. The methods raise
    BadOption, SourceGone, SourceDenied, NameTaken, the errors of the export and of Google's client.
    """

    bucket: Bucket
    provenance: Provenance
    objects: PartObjects
    count: int
    size: int
    budget: int

    def existing(self) -> PublishedExport | None:
        """The ZIP, if an earlier execution has written it, or if this content was exported
        before."""
        options = self._options()
        repeated = repeated_export(self.bucket, self.provenance, options, self._source)
        return repeated or existing_zip(self.bucket, self.provenance, options.overwrite)

    def write(self, index: int, progress: Progress, before_commit: Callable[[], None]) -> None:
        """Write the part of one task, its report last."""
        with self._source() as source:
            report = export_part(
                source,
                source.info(),
                PartRange(index, self.count),
                self.objects.destination(index, HEAD, before_commit),
                self.objects.destination(index, TAIL, before_commit),
                self._options(),
                progress,
            )
        self.objects.write_report(index, report.to_fields())

    def assemble(
        self, reports: list[dict[str, Any]], before_commit: Callable[[], None]
    ) -> PublishedExport:
        """Compose the ZIP from the parts. `reports` are the fields of the reports of all parts, in
        order."""
        options = self._options()
        part_reports = [PartReport.from_fields(report) for report in reports]
        with self._source() as source:
            assembly = assemble(source, source.info(), options, part_reports)

        def write(output: FreeName) -> PublishedExport:
            before_commit()
            blob = self.objects.compose(assembly.sequence, output, self.provenance.metadata())
            return PublishedExport(f"gs://{self.bucket.name}/{blob.name}", assembly.result)

        return publish(self.bucket, self.provenance, options.overwrite, write)

    def _options(self) -> ExportOptions:
        options = options_from_fields(self.provenance.options)
        if options.format != CSV:
            raise BadOption("csv,parquet is written by one task only", "format")
        return options

    def _source(self) -> GcsSource:
        return part_source(self.bucket, self.provenance, self.count, self.size, self.budget)


def part_source(
    bucket: Bucket, provenance: Provenance, count: int, size: int, budget: int
) -> GcsSource:
    """The source of one of `count` tasks; the other arguments are those of PartExport."""
    task_budget = min(budget, max(size // count, _MIN_BUDGET))
    name, generation = provenance.name, provenance.generation
    return open_source(bucket, name, generation, task_budget, is_shared=count > 1)
