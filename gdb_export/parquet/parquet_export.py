"""The export of a database as a folder of Parquet files, the manifest last."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from gdb_export.arrow.implementation import IMPLEMENTATION
from gdb_export.arrow.schema_descriptions import DescribedColumns
from gdb_export.arrow.table_batches import MakeColumns
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.opening import open_chunks
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.export.export import plan_export
from gdb_export.export.finalise_zip import (
    ExportResult,
    export_result,
    export_warnings,
    merged_damage,
    read_definitions,
    read_schema,
    refuse_empty_export,
)
from gdb_export.export.folder import FileStore, FolderDestination
from gdb_export.export.manifest import FileEntry, SourceInfo, TableEntry, manifest
from gdb_export.export.part_range import PartRange
from gdb_export.export.selection import tables_by_name
from gdb_export.export.warning_texts import definition_warnings
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.options import PARQUET, ExportOptions
from gdb_export.parquet.parallel_tables import write_by_table
from gdb_export.parquet.table_stream import write_in_order
from gdb_export.parquet.table_writer import WrittenFile
from gdb_export.progress import Progress
from gdb_export.zip.member_names import MANIFEST, SCHEMA, member_name


def export_parquet(
    source: Source,
    source_info: SourceInfo,
    folder: FolderDestination,
    options: ExportOptions,
    progress: Progress,
    opener: Callable[[Source], ChunkSource] = open_chunks,
    make_columns: MakeColumns = IMPLEMENTATION,
) -> ExportResult:
    """Write a Parquet file for each table, and the manifest.

    Raises FirebirdError, BadOption, Cancelled, and the errors of source and destination; then
    nothing appears at the destination.
    """
    cancellable = CancellableSource(source, progress.check)
    chunk_source, plans = plan_export(cancellable, options, opener)
    progress.start(len(plans), sum(plan.work for plan in plans))
    with folder:
        chunks = list(PartRange().chunks(plans))
        files = write_files(chunk_source, chunks, folder, options, progress, make_columns)
        reader = chunk_source.reader
        return finalise_folder(folder, reader, [reader.damage], source_info, options, files)


def write_files(
    source: ChunkSource,
    chunks: Sequence[Chunk],
    folder: FileStore,
    options: ExportOptions,
    progress: Progress,
    make_columns: MakeColumns = IMPLEMENTATION,
    path_of: Callable[[str], str] = lambda table: member_name(table, PARQUET),
) -> list[WrittenFile]:
    """Write one file for each table that has chunks; the files are in the order of the chunks.

    A source that fetches by ranges is read in that order, so that what it fetches ahead is used.
    """
    write = write_in_order if source.coalescing_window else write_by_table
    described = DescribedColumns(Definitions(source.reader), make_columns)
    return write(source, chunks, folder, options, progress, described, path_of)


def finalise_folder(
    folder: FileStore,
    reader: DatabaseReader,
    damage_logs: Iterable[DamageLog],
    source_info: SourceInfo,
    options: ExportOptions,
    files: Sequence[WrittenFile],
) -> ExportResult:
    """Write the manifest, the last file of the folder. `files` are in the order of the tables.

    Raises UnreadableDatabase if the database is damaged and no row was exported.
    """
    damage = merged_damage(damage_logs)
    entries = _table_entries(reader, files)
    refuse_empty_export(damage, entries)
    definitions = read_definitions(reader, options)
    schema = read_schema(reader, options, definitions)
    warnings = [
        *export_warnings(reader, damage, entries),
        *definition_warnings(definitions.damage),
        *schema.warnings,
    ]
    if options.schema_sql:
        with folder.file(SCHEMA) as target:
            target.write(schema.content)
    text = manifest(
        reader, damage, source_info, options, entries, warnings, definitions, schema.content
    )
    with folder.file(MANIFEST) as target:
        target.write(text)
    length = sum(entry.size for entry in entries) + len(schema.content) + len(text)
    merged = merged_damage([damage, definitions.damage])
    return export_result(reader, merged, entries, length, warnings)


def _table_entries(reader: DatabaseReader, files: Sequence[WrittenFile]) -> list[TableEntry]:
    by_name = tables_by_name(reader, [file.table for file in files])
    entries = []
    for name, group in groupby(files, lambda file: file.table):
        table_files = list(group)
        stats = TableStats(DamageLog(name))
        for file in table_files:
            stats.add(file.stats)
        parts = tuple(
            FileEntry(file.path, file.summary.rows, file.summary.size, file.summary.crc)
            for file in table_files
        )
        size = sum(part.size for part in parts)
        entry = TableEntry(by_name[name], parts[0].path, size, parts[0].crc, stats, parts)
        entries.append(entry)
    return entries
