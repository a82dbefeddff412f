"""Runs an export in the format that its options name: a ZIP of CSVs, or a folder of Parquet."""

from collections.abc import Callable
from typing import NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.export.export import export, export_csv
from gdb_export.export.finalise_zip import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.core.source import Source
from gdb_export.library.destinations import open_destination, open_folder
from gdb_export.library.locations import importing_pyarrow
from gdb_export.options import PARQUET, ExportOptions
from gdb_export.progress import Progress


class Written(NamedTuple):
    """The result of an export and its location, whose name may have got a number."""

    location: str
    result: ExportResult


def export_to(
    location: str,
    source: Source,
    source_info: SourceInfo,
    options: ExportOptions,
    progress: Progress,
    opener: Callable[[Source], ChunkSource],
    before_commit: Callable[[], None] = lambda: None,
    as_csv: bool = False,
) -> Written:
    """Export to a local path or gs:// location; `as_csv` writes the one table without a ZIP.

    `before_commit` is called when everything is written. Raises its exceptions, FirebirdError,
    BadOption, Cancelled, ArrowExtraMissing, CloudExtraMissing, OSError and the errors of Google's
    client; then nothing appears at the location.
    """
    if options.format == PARQUET:
        with importing_pyarrow():
            # imported late: docs/architecture.md
            from gdb_export.parquet.parquet_export import export_parquet
        folder = open_folder(location, options.overwrite, before_commit)
        result = export_parquet(source, source_info, folder, options, progress, opener)
        return Written(folder.uri, result)
    destination = open_destination(location, options.overwrite, before_commit)
    write = export_csv if as_csv else export
    result = write(source, source_info, destination, options, progress, opener)
    return Written(destination.uri, result)
