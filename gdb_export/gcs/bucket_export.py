"""An export by one task, from an object in a bucket to a ZIP in the same folder."""

from collections.abc import Callable
from dataclasses import dataclass

from google.cloud.storage import Bucket

from gdb_export.export.destination import Destination
from gdb_export.export.export import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.source import Source
from gdb_export.gcs.gcs_destination import GcsDestination, OpenUploads
from gdb_export.gcs.gcs_source import open_source
from gdb_export.gcs.zip_name import FreeName, Provenance
from gdb_export.gcs.zip_publication import PublishedZip, publish
from gdb_export.options import ExportOptions, options_from_fields
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
    ) -> PublishedZip:
        """Write the ZIP, unless an earlier execution has.

        Raises BadOption, SourceGone, SourceDenied, the errors of `export` and of Google's client.
        """
        options = options_from_fields(self.provenance.options)

        def write(output: FreeName) -> PublishedZip:
            name, generation = self.provenance.name, self.provenance.generation
            source = open_source(self.bucket, name, generation, self.budget)
            destination = GcsDestination(
                self.bucket,
                output,
                self.provenance.metadata(),
                before_commit,
                self.spill_prefix,
                self.uploads,
            )
            with source:
                result = export(source, source.info(), destination, options, progress)
            return PublishedZip(destination.uri, result)

        return publish(self.bucket, self.provenance, options.overwrite, write)
