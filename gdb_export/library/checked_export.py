"""An export that refuses a dangerous destination and a source that changes while it is read."""

import os
from collections.abc import Callable
from typing import NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.export.manifest import SourceInfo
from gdb_export.files.local_files import LocalSource, SourceChanged
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.core.source import Source
from gdb_export.library.formats import ExportInput, export_to
from gdb_export.library.outputs import check_outputs, outputs
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress


class Exported(NamedTuple):
    """The result of an export. `location` is the path or gs:// URI of the ZIP or folder, `bytes`
    the length of its files, `damage` the number of damaged places in the database. An export in
    both formats has the ZIP as `location` and the folder of Parquet files as `folder`."""

    location: str
    tables: int
    rows: int
    bytes: int
    warnings: tuple[str, ...]
    damage: int = 0
    folder: str | None = None

    @property
    def locations(self) -> tuple[str, ...]:
        """The location, and that of the folder beside a ZIP."""
        return (self.location,) if self.folder is None else (self.location, self.folder)


class ExportSource(NamedTuple):
    """An open source: the database, the further volumes of a backup, a copy with the schema.

    `locations` are their paths or gs:// URIs, `statuses` the results of stat for files without a
    location.
    """

    files: tuple[Source, ...]
    info: SourceInfo
    locations: tuple[str, ...]
    statuses: tuple[os.stat_result, ...] = ()

    @property
    def reader(self) -> Source:
        """The database or the first volume."""
        return self.files[0]


def checked_export(
    source: ExportSource,
    destination: str,
    options: ExportOptions,
    progress: Progress,
    opener: Callable[[Source], ChunkSource],
    allow_changes: bool = False,
    as_csv: bool = False,
) -> Exported:
    """Export to a location.

    If a local source changes during the export, SourceChanged is raised, or a warning is added if
    `allow_changes` is set. Raises BadOption for a destination that is the source or another
    database, and as `export_to` does.
    """
    changes: list[str] = []

    def check_source() -> None:
        for file in source.files:
            try:
                if isinstance(file, LocalSource):
                    file.check_unchanged()
            except SourceChanged as error:
                if not allow_changes:
                    raise
                changes.append(f"{error.path} changed while it was read: rows may be inconsistent")

    def check_target() -> None:
        check_outputs(targets, source.locations, source.statuses, options.overwrite)

    def before_commit() -> None:
        check_source()
        check_target()  # another program may have written there since the export began

    targets = outputs(destination, source.locations, options.format)
    check_target()
    try:
        given = ExportInput(source.reader, source.info, options, progress, opener, before_commit)
        written, result = export_to(targets, given, as_csv)
    except FirebirdError:
        check_source()  # report the change of the file rather than the damage that it caused
        raise
    warnings = (*result.warnings, *changes)
    folder = written[1] if len(written) > 1 else None
    return Exported(
        written[0], result.tables, result.rows, result.bytes, warnings, result.damage, folder
    )
