"""An export by one task, from an object in a bucket to a ZIP or a folder beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from google.cloud.storage import Bucket

from gdb_export.export.destination import Destination
from gdb_export.export.export import ExportResult
from gdb_export.export.folder import FolderDestination
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.source import Source
from gdb_export.gcs.exports.folder_destination import GcsFolder
from gdb_export.gcs.exports.folder_name import existing_folder, folder_of
from gdb_export.gcs.exports.repeated_content import repeated_export
from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.gcs_source import GcsSource, open_source
from gdb_export.gcs.provenance import Provenance, PublishedExport
from gdb_export.gcs.resumable_upload import OpenUploads
from gdb_export.gcs.zip_name import FreeName
from gdb_export.gcs.zip_publication import publish
from gdb_export.options import CSV, CSV_AND_PARQUET, PARQUET, ExportOptions, options_from_fields
from gdb_export.progress import Progress

ExportFunction = Callable[[Source, SourceInfo, Destination, ExportOptions, Progress], ExportResult]


class _RunParameters(NamedTuple):
    """What `run` got from its caller. `export` writes a ZIP; `before_commit` is called before a
    complete ZIP or folder is published."""

    export: ExportFunction
    options: ExportOptions
    progress: Progress
    before_commit: Callable[[], None]


@dataclass(frozen=True, slots=True)
class BucketExport:
    """The export of the upload that `provenance` names.

    `budget` is the memory for the source in bytes, `temporary_prefix` a prefix for objects that no
    other export uses.
    """

    bucket: Bucket
    provenance: Provenance
    budget: int
    temporary_prefix: str
    uploads: OpenUploads

    def run(
        self, export: ExportFunction, progress: Progress, before_commit: Callable[[], None]
    ) -> PublishedExport:
        """Write the ZIP (by `export`), the folder, or both, unless an earlier execution did.

        Raises BadOption, SourceGone, SourceDenied, the errors of `export` and of Google's client.
        """
        options = options_from_fields(self.provenance.options)
        repeated = repeated_export(self.bucket, self.provenance, options, self._source)
        if repeated is not None:
            return repeated
        parameters = _RunParameters(export, options, progress, before_commit)
        if options.format == PARQUET:
            return self._write_folder(parameters)
        if options.format == CSV_AND_PARQUET:
            return self._write_both(parameters)
        return publish(
            self.bucket,
            self.provenance,
            options.overwrite,
            lambda output: self._write_zip(output, parameters),
        )

    def _write_zip(self, output: FreeName, parameters: _RunParameters) -> PublishedExport:
        destination = self._zip_destination(output, parameters)
        options = parameters.options._replace(format=CSV)
        with self._source() as source:
            result = parameters.export(
                source, source.info(), destination, options, parameters.progress
            )
        return PublishedExport(destination.uri, result)

    def _write_folder(self, parameters: _RunParameters) -> PublishedExport:
        # imported late: docs/architecture.md
        from gdb_export.parquet.parquet_export import export_parquet

        if (existing := self._existing_folder(parameters.options)) is not None:
            return existing
        folder = self._folder_destination(parameters.options, parameters.before_commit)
        options = parameters.options._replace(format=PARQUET)
        with self._source() as source:
            result = export_parquet(source, source.info(), folder, options, parameters.progress)
        return PublishedExport(folder.uri, result)

    def _write_both(self, parameters: _RunParameters) -> PublishedExport:
        """Write what is missing of the ZIP and the folder: both by one read of the source."""
        # imported late: docs/architecture.md
        from gdb_export.parquet.combined_export import export_combined

        options = parameters.options
        published_folder = self._existing_folder(options)

        def write(output: FreeName) -> PublishedExport:
            nonlocal published_folder
            if published_folder is not None:
                return self._write_zip(output, parameters)
            destination = self._zip_destination(output, parameters)
            folder = self._folder_destination(options)
            with self._source() as source:
                both = export_combined(
                    source, source.info(), destination, folder, options, parameters.progress
                )
            published_folder = PublishedExport(folder.uri, both.folder)
            return PublishedExport(destination.uri, both.zip)

        archive = publish(self.bucket, self.provenance, options.overwrite, write)
        return archive.with_folder(published_folder or self._write_folder(parameters))

    def _zip_destination(self, output: FreeName, parameters: _RunParameters) -> GcsDestination:
        return GcsDestination(
            self.bucket,
            output,
            self.provenance.metadata(),
            parameters.before_commit,
            f"{self.temporary_prefix}spill/",
            self.uploads,
        )

    def _folder_destination(
        self, options: ExportOptions, before_commit: Callable[[], None] = lambda: None
    ) -> GcsFolder:
        return GcsFolder(
            self.bucket,
            folder_of(self.provenance.name),
            options.overwrite,
            self.provenance,
            before_commit,
            f"{self.temporary_prefix}files/",
            self.uploads,
        )

    def _existing_folder(self, options: ExportOptions) -> PublishedExport | None:
        prefix = folder_of(self.provenance.name)
        return existing_folder(self.bucket, prefix, self.provenance, options.overwrite)

    def write_parquet(self, folder: FolderDestination, progress: Progress) -> None:
        """Write Parquet to a folder, whatever the format of the export. Raises as `run` does."""
        # imported late: docs/architecture.md
        from gdb_export.parquet.parquet_export import export_parquet

        options = options_from_fields(self.provenance.options)._replace(format=PARQUET)
        with self._source() as source:
            export_parquet(source, source.info(), folder, options, progress)

    def _source(self) -> GcsSource:
        name, generation = self.provenance.name, self.provenance.generation
        return open_source(self.bucket, name, generation, self.budget)
