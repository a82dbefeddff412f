"""The export of a database as a folder of Parquet files, the manifest last."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from queue import Empty, SimpleQueue

from gdb_export.arrow.implementation import IMPLEMENTATION
from gdb_export.arrow.table_batches import MakeColumns
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.opening import open_chunks
from gdb_export.chunks.text_options import text_decoder
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.export.export import plan_export
from gdb_export.export.finalise_zip import (
    ExportResult,
    export_result,
    export_warnings,
    merged_damage,
    read_definitions,
    refuse_empty_export,
)
from gdb_export.export.folder import FolderDestination
from gdb_export.export.manifest import FileEntry, SourceInfo, TableEntry, manifest
from gdb_export.export.part_range import PartRange
from gdb_export.export.warning_texts import definition_warnings, table_warnings
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.source import Source
from gdb_export.options import ExportOptions
from gdb_export.parquet.table_writer import ChunkWritten, TableWriter, WrittenFile
from gdb_export.progress import Progress, TableDone
from gdb_export.zip.member_names import MANIFEST, member_name

_WAKE_SECONDS = 0.1
_SUFFIX = "parquet"

_Event = tuple[str, ChunkWritten]  # with the name of the table


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
    folder: FolderDestination,
    options: ExportOptions,
    progress: Progress,
    make_columns: MakeColumns = IMPLEMENTATION,
    path_of: Callable[[str], str] = lambda table: member_name(table, _SUFFIX),
) -> list[WrittenFile]:
    """Write one file for each table that has chunks, several tables at a time, the largest first.

    The files are returned in the order of the chunks.
    """
    # the chunks of each table
    tables = [list(group) for _, group in groupby(chunks, lambda chunk: id(chunk.plan))]
    events: SimpleQueue[_Event] = SimpleQueue()
    stopped = threading.Event()
    decoder = text_decoder(options, source.reader.tables)
    writer = TableWriter(source, decoder, options, folder, make_columns, stopped)

    def write(table: list[Chunk]) -> WrittenFile:
        name = table[0].plan.table.name
        return writer.write(path_of(name), table, lambda written: events.put((name, written)))

    with ThreadPoolExecutor(options.workers or os.cpu_count() or 1, "table") as pool:
        try:
            by_size = sorted(tables, key=_negative_weight)
            futures = {id(table): pool.submit(write, table) for table in by_size}
            _wait(futures.values(), events, progress)
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [futures[id(table)].result() for table in tables]


def _negative_weight(chunks: Sequence[Chunk]) -> int:
    """Sort key of a table's chunks: the largest table first."""
    return -sum(chunk.weight for chunk in chunks)


def _wait(
    futures: Iterable[Future[WrittenFile]], events: "SimpleQueue[_Event]", progress: Progress
) -> None:
    """Report progress until all tables are written; raise the first error."""
    pending = set(futures)
    begun: set[str] = set()
    while pending:
        done, pending = wait(pending, _WAKE_SECONDS, FIRST_COMPLETED)
        _report(events, begun, progress)
        progress.check()
        for future in done:
            file = future.result()
            warnings = tuple(table_warnings(file.stats))
            progress.end_table(
                TableDone(file.table, file.summary.rows, file.summary.size, warnings)
            )


def _report(events: "SimpleQueue[_Event]", begun: set[str], progress: Progress) -> None:
    while True:
        try:
            name, written = events.get_nowait()
        except Empty:
            return
        if name not in begun:
            begun.add(name)
            progress.begin_table(name)
        progress.advance(written.pages, written.rows, written.bytes_out)


def finalise_folder(
    folder: FolderDestination,
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
    warnings = [
        *export_warnings(reader, damage, entries),
        *definition_warnings(definitions.damage),
    ]
    text = manifest(reader, damage, source_info, options, entries, warnings, definitions)
    with folder.file(MANIFEST) as target:
        target.write(text)
    length = sum(entry.size for entry in entries) + len(text)
    merged = merged_damage([damage, definitions.damage])
    return export_result(reader, merged, entries, length, warnings)


def _table_entries(reader: DatabaseReader, files: Sequence[WrittenFile]) -> list[TableEntry]:
    by_name = {table.name: table for table in reader.tables}
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
