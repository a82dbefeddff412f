"""The files that one of several tasks writes, and their report in JSON."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gdb_export.arrow.implementation import IMPLEMENTATION
from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.export.export import plan_export
from gdb_export.export.finalise_zip import ExportResult
from gdb_export.export.folder import FileStore
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.part_range import PartRange
from gdb_export.export.part_report import (
    log_fields,
    log_from_fields,
    stats_fields,
    stats_from_fields,
)
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.source import Source
from gdb_export.options import PARQUET, ExportOptions
from gdb_export.parquet.parquet_export import finalise_folder, write_files
from gdb_export.parquet.table_file import FileSummary
from gdb_export.parquet.table_writer import WrittenFile
from gdb_export.progress import Progress
from gdb_export.zip.member_names import member_name


class PartFiles(NamedTuple):
    """The files of a part in order, and the damage of the whole database that its task found."""

    files: tuple[WrittenFile, ...]
    damage: DamageLog

    def to_fields(self) -> dict[str, Any]:
        """The report as values that JSON can represent."""
        files = [
            {
                "table": file.table,
                "path": file.path,
                "summary": list(file.summary),
                "stats": stats_fields(file.stats),
            }
            for file in self.files
        ]
        return {"files": files, "damage": log_fields(self.damage)}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "PartFiles":
        """The inverse of `to_fields`."""
        files = tuple(
            WrittenFile(
                file["table"],
                file["path"],
                FileSummary(*file["summary"]),
                stats_from_fields(file["table"], file["stats"]),
            )
            for file in fields["files"]
        )
        return cls(files, log_from_fields(fields["damage"]))


def export_part_files(
    source: Source,
    part_range: PartRange,
    store: FileStore,
    options: ExportOptions,
    progress: Progress,
) -> PartFiles:
    """Write the files of a part.

    A table's file is `TABLE.parquet/part-00000.parquet` in the first part that has its rows, and so
    on. Raises as `export_parquet` does.
    """
    chunk_source, plans = plan_export(CancellableSource(source, progress.check), options)
    progress.start(*part_range.extent(plans))
    numbers = part_range.numbers(plans)

    def path_of(table: str) -> str:
        return f"{member_name(table, PARQUET)}/part-{numbers[table]:05d}.{PARQUET}"

    chunks = list(part_range.chunks(plans))
    files = write_files(chunk_source, chunks, store, options, progress, IMPLEMENTATION, path_of)
    return PartFiles(tuple(files), chunk_source.reader.damage)


def finalise_parts(
    source: Source,
    source_info: SourceInfo,
    store: FileStore,
    options: ExportOptions,
    parts: Sequence[PartFiles],
) -> ExportResult:
    """Write the manifest; `parts` are all parts in order.

    Raises UnreadableDatabase as `finalise_folder` does.
    """
    chunk_source, _ = plan_export(source, options)
    reader = chunk_source.reader
    logs = [reader.damage, *(part.damage for part in parts)]
    files = [file for part in parts for file in part.files]
    return finalise_folder(store, reader, logs, source_info, options, files)
