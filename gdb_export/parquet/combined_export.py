"""The export of a database as a ZIP of CSVs and as a folder of Parquet files, by one read."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from gdb_export.arrow.implementation import IMPLEMENTATION
from gdb_export.arrow.schema_descriptions import DescribedColumns
from gdb_export.arrow.table_batches import MakeColumns
from gdb_export.chunks.chunk_export import ChunkExport, DeflatedBlock
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.opening import open_chunks
from gdb_export.chunks.ordered_work import Emit
from gdb_export.chunks.text_options import text_decoder
from gdb_export.export.cancellable_source import CancellableSource
from gdb_export.export.destination import Destination, RevocableDestination
from gdb_export.export.export import plan_export
from gdb_export.export.finalise_zip import ExportResult, finalise_zip
from gdb_export.export.folder import FolderDestination
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.part_range import PartRange
from gdb_export.export.table_members import MemberWriter, no_head
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.options import CSV, HEX, PARQUET, STANDARD, ExportOptions
from gdb_export.parquet.chunk_columns import ChunkColumns
from gdb_export.parquet.parquet_export import finalise_folder
from gdb_export.parquet.table_files import TableFiles
from gdb_export.progress import Progress
from gdb_export.zip.member_names import member_name
from gdb_export.zip.zip_stream import ZipStream


class CombinedResult(NamedTuple):
    """The results of the ZIP and of the folder."""

    zip: ExportResult
    folder: ExportResult


def export_combined(
    source: Source,
    source_info: SourceInfo,
    destination: RevocableDestination,
    folder: FolderDestination,
    options: ExportOptions,
    progress: Progress,
    opener: Callable[[Source], ChunkSource] = open_chunks,
    make_columns: MakeColumns = IMPLEMENTATION,
) -> CombinedResult:
    """Write the ZIP and the folder, each with the same bytes as if it were written alone.

    Raises FirebirdError, BadOption, Cancelled, and the errors of source and destinations; then
    nothing appears, except a ZIP that has replaced another one before the folder failed.
    """
    cancellable = CancellableSource(source, progress.check)
    chunk_source, plans = plan_export(cancellable, options._replace(format=CSV), opener)
    progress.start(len(plans), sum(plan.work for plan in plans))
    is_zip_complete = False
    try:
        with folder:
            with destination:
                both = _write(
                    chunk_source,
                    list(PartRange().chunks(plans)),
                    source_info,
                    destination,
                    folder,
                    options,
                    progress,
                    make_columns,
                )
            is_zip_complete = True
    except BaseException:
        if is_zip_complete:
            destination.revoke()
        raise
    return both


def _write(
    source: ChunkSource,
    chunks: Sequence[Chunk],
    source_info: SourceInfo,
    destination: RevocableDestination,
    folder: FolderDestination,
    options: ExportOptions,
    progress: Progress,
    make_columns: MakeColumns,
) -> CombinedResult:
    csv_options = options._replace(format=CSV)
    parquet_options = options._replace(format=PARQUET, dialect=STANDARD, binary=HEX)
    archive = ZipStream(destination.write, source_info.modified_at)
    threads = options.workers or os.cpu_count() or 1
    with TableFiles(source, parquet_options, folder, _path, threads, progress.check) as files:
        writer = _CombinedWriter(
            source, csv_options, progress, archive, destination, files, make_columns
        )
        members = writer.write(chunks)
        files.wait()
        written = list(files.newly_written())
    reader = source.reader
    logs = [reader.damage]
    return CombinedResult(
        finalise_zip(archive, reader, logs, source_info, csv_options, members),
        finalise_folder(folder, reader, logs, source_info, parquet_options, written),
    )


class _CombinedWriter(MemberWriter):
    """Writes the members, and gives the record batches of the same chunks to the Parquet files."""

    def __init__(
        self,
        source: ChunkSource,
        options: ExportOptions,
        progress: Progress,
        archive: ZipStream,
        destination: Destination,
        files: TableFiles,
        make_columns: MakeColumns,
    ) -> None:
        super().__init__(source, options, progress, archive, no_head, destination.spill_store)
        self._files = files
        self._make_columns = DescribedColumns(Definitions(source.reader), make_columns)

    def _reading_order(self, chunks: Sequence[Chunk]) -> list[int]:
        """The order of the export: only deflated CSV can be spilled until its turn comes."""
        return list(range(len(chunks)))

    def _chunk_work(self) -> Callable[[list[Chunk], Emit[Any]], None]:
        decoder = text_decoder(self._options, self._source.reader)
        csv = ChunkExport(self._source, self._options)
        return ChunkColumns(self._source, decoder, self._make_columns, csv)

    def _deflated(self, pieces: Iterator[Any]) -> Iterator[DeflatedBlock]:
        for piece in pieces:
            if not self._files.take(piece):
                yield piece


def _path(table: str) -> str:
    return member_name(table, PARQUET)
