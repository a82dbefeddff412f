"""An export to Parquet by several tasks: each writes files, and one of them publishes all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.cloud.storage import Bucket

from gdb_export.export.part_range import PartRange
from gdb_export.gcs.exports.folder_name import existing_folder, folder_of
from gdb_export.gcs.exports.folder_publication import publish_folder
from gdb_export.gcs.exports.part_export import part_source
from gdb_export.gcs.exports.repeated_content import repeated_export
from gdb_export.gcs.exports.staged_files import StagedFiles
from gdb_export.gcs.gcs_source import GcsSource
from gdb_export.gcs.part_objects import PartObjects
from gdb_export.gcs.provenance import Provenance, PublishedExport
from gdb_export.options import ExportOptions, options_from_fields
from gdb_export.progress import Progress


@dataclass(frozen=True, slots=True)
class FolderPartExport:
    """The counterpart of PartExport for a folder of Parquet files, with the same fields."""

    bucket: Bucket
    provenance: Provenance
    objects: PartObjects
    count: int
    size: int
    budget: int

    def existing(self) -> PublishedExport | None:
        """The folder, if an earlier execution has written it, or if this content was exported
        before."""
        options = self._options()
        repeated = repeated_export(self.bucket, self.provenance, options, self._source)
        if repeated is not None:
            return repeated
        return existing_folder(self.bucket, self._prefix, self.provenance, options.overwrite)

    def write(self, index: int, progress: Progress, before_commit: Callable[[], None]) -> None:
        """Write the files of one task, its report last."""
        # imported late: docs/architecture.md
        from gdb_export.parquet.part_files import export_part_files

        prefix = self.objects.new_prefix(index)
        with (
            self._source() as source,
            StagedFiles(self.bucket, prefix, self.objects.uploads) as staged,
        ):
            part_range = PartRange(index, self.count)
            part = export_part_files(source, part_range, staged, self._options(), progress)
            staged.wait()
            before_commit()
        fields = {"prefix": prefix, **part.to_fields()}
        self.objects.write_report(index, fields)

    def assemble(
        self, reports: list[dict[str, Any]], before_commit: Callable[[], None]
    ) -> PublishedExport:
        """Publish the files. `reports` are the fields of the reports of all parts, in order."""
        # imported late: docs/architecture.md
        from gdb_export.parquet.part_files import PartFiles, finalise_parts

        options = self._options()
        parts = [PartFiles.from_fields(report) for report in reports]
        prefix = self.objects.new_prefix(self.count)
        with (
            self._source() as source,
            StagedFiles(self.bucket, prefix, self.objects.uploads) as staged,
        ):
            result = finalise_parts(source, source.info(), staged, options, parts)
            staged.wait()
            blobs = dict(staged.blobs)
            for report, part in zip(reports, parts, strict=True):
                for file in part.files:
                    blobs[file.path] = self.bucket.blob(report["prefix"] + file.path)
            before_commit()
            published = publish_folder(
                self.bucket, self._prefix, blobs, self.provenance, options.overwrite
            )
        return PublishedExport(f"gs://{self.bucket.name}/{published}", result)

    @property
    def _prefix(self) -> str:
        return folder_of(self.provenance.name)

    def _options(self) -> ExportOptions:
        return options_from_fields(self.provenance.options)

    def _source(self) -> GcsSource:
        return part_source(self.bucket, self.provenance, self.count, self.size, self.budget)
