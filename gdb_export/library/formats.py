"""Runs an export in the formats that its outputs name: a ZIP of CSVs, a folder of Parquet files."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.export.export import export, export_csv
from gdb_export.export.finalise_zip import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.files.stream_destination import StreamDestination
from gdb_export.firebird.core.source import Source
from gdb_export.library.destinations import open_destination, open_folder
from gdb_export.library.locations import importing_pyarrow
from gdb_export.library.outputs import Output
from gdb_export.options import PARQUET, BadOption, ExportOptions
from gdb_export.progress import Progress


class ExportInput(NamedTuple):
    """The source of an export and its settings. `before_commit` is called when everything is
    written: an exception from it ends the export, and then nothing appears at its locations."""

    source: Source
    source_info: SourceInfo
    options: ExportOptions
    progress: Progress
    opener: Callable[[Source], ChunkSource]
    before_commit: Callable[[], None] = lambda: None


class Written(NamedTuple):
    """The result of an export and its locations, whose names may have got a number."""

    locations: tuple[str, ...]
    result: ExportResult


def export_to(outputs: Sequence[Output], given: ExportInput, as_csv: bool = False) -> Written:
    """Export to local paths or gs:// locations; `as_csv` writes the one table without a ZIP.

    Raises the exceptions of `before_commit`, FirebirdError, BadOption, Cancelled,
    ArrowExtraMissing, CloudExtraMissing, OSError and the errors of Google's client; then nothing
    appears there.
    """
    if outputs[-1].format == PARQUET:
        return (_export_both if len(outputs) > 1 else _export_parquet)(outputs, given)
    source, info, options, progress, opener, before_commit = given
    destination = open_destination(outputs[0].location, options.overwrite, before_commit)
    write = export_csv if as_csv else export
    result = write(source, info, destination, options, progress, opener)
    return Written((destination.uri,), result)


def _export_parquet(outputs: Sequence[Output], given: ExportInput) -> Written:
    with importing_pyarrow():
        # imported late: docs/architecture.md
        from gdb_export.parquet.parquet_export import export_parquet
    source, info, options, progress, opener, before_commit = given
    folder = open_folder(outputs[0].location, options.overwrite, before_commit)
    result = export_parquet(source, info, folder, options, progress, opener)
    return Written((folder.uri,), result)


def _export_both(outputs: Sequence[Output], given: ExportInput) -> Written:
    with importing_pyarrow():
        # imported late: docs/architecture.md
        from gdb_export.parquet.combined_export import export_combined
    source, info, options, progress, opener, before_commit = given
    # The ZIP gets its name first
    destination = open_destination(outputs[0].location, options.overwrite, before_commit)
    if isinstance(destination, StreamDestination):
        raise BadOption(f"{destination.uri} is a stream: csv,parquet needs a name", "destination")
    folder = open_folder(outputs[1].location, options.overwrite)
    both = export_combined(source, info, destination, folder, options, progress, opener)
    return Written((destination.uri, folder.uri), both.zip.with_folder(both.folder))
