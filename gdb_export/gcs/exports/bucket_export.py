"""An export by one task, from an object in a bucket to a ZIP or a folder beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from google.cloud.storage import Bucket

from gdb_export.export.destination import Destination
from gdb_export.export.export import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.source import Source
from gdb_export.gcs.exports.folder_destination import GcsFolder
from gdb_export.gcs.exports.folder_name import existing_folder, folder_of
from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.gcs_source import GcsSource, open_source
from gdb_export.gcs.provenance import Provenance, PublishedExport
from gdb_export.gcs.resumable_upload import OpenUploads
from gdb_export.gcs.zip_name import FreeName
from gdb_export.gcs.zip_publication import publish
from gdb_export.options import PARQUET, ExportOptions, options_from_fields
from gdb_export.progress import Progress

ExportFunction = Callable[[Source, SourceInfo, Destination, ExportOptions, Progress], ExportResult]


@dataclass(frozen=True, slots=True)
class BucketExport:
    """The export of the upload that `provenance` names.

    `budget` is the memory for the source in bytes, `spill_prefix` a prefix for objects that no
    other export uses.
    """

    bucket: Bucket
    provenance: Provenance
    budget: int
    spill_prefix: str
    uploads: OpenUploads

    def run(
        self, export: ExportFunction, progress: Progress, before_commit: Callable[[], None]
    ) -> PublishedExport:
        """Write the ZIP by `export`, or the folder, unless an earlier execution has.

        Raises BadOption, SourceGone, SourceDenied, the errors of `export` and of Google's client.
        """
        options = options_from_fields(self.provenance.options)
        if options.format == PARQUET:
            return self._write_folder(options, progress, before_commit)

        def write(output: FreeName) -> PublishedExport:
            destination = GcsDestination(
                self.bucket,
                output,
                self.provenance.metadata(),
                before_commit,
                self.spill_prefix,
                self.uploads,
            )
            with self._source() as source:
                result = export(source, source.info(), destination, options, progress)
            return PublishedExport(destination.uri, result)

        return publish(self.bucket, self.provenance, options.overwrite, write)

    def _write_folder(
        self, options: ExportOptions, progress: Progress, before_commit: Callable[[], None]
    ) -> PublishedExport:
        # imported late: docs/architecture.md
        from gdb_export.parquet.parquet_export import export_parquet

        prefix = folder_of(self.provenance.name)
        existing = existing_folder(self.bucket, prefix, self.provenance, options.overwrite)
        if existing is not None:
            return existing
        folder = GcsFolder(
            self.bucket,
            prefix,
            options.overwrite,
            self.provenance,
            before_commit,
            self.spill_prefix,
            self.uploads,
        )
        with self._source() as source:
            result = export_parquet(source, source.info(), folder, options, progress)
        return PublishedExport(folder.uri, result)

    def _source(self) -> GcsSource:
        name, generation = self.provenance.name, self.provenance.generation
        return open_source(self.bucket, name, generation, self.budget)
