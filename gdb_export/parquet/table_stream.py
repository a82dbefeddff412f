"""Writes tables whose chunks are read in order: for sources that fetch ahead of the reader."""

import os
from collections.abc import Callable, Sequence

from gdb_export.arrow.table_batches import MakeColumns
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.ordered_work import OrderedWork
from gdb_export.chunks.sizes import batches
from gdb_export.chunks.text_options import text_decoder
from gdb_export.export.folder import FileStore
from gdb_export.export.warning_texts import table_warnings
from gdb_export.options import ExportOptions
from gdb_export.parquet.chunk_columns import ChunkColumns, ColumnsBegin, ColumnsEnd
from gdb_export.parquet.table_files import TableFiles
from gdb_export.parquet.table_writer import WrittenFile
from gdb_export.progress import Progress, TableDone


def write_in_order(
    source: ChunkSource,
    chunks: Sequence[Chunk],
    folder: FileStore,
    options: ExportOptions,
    progress: Progress,
    make_columns: MakeColumns,
    path_of: Callable[[str], str],
) -> list[WrittenFile]:
    """Write one file for each table that has chunks: the same files as `write_by_table`."""
    workers = options.workers or os.cpu_count() or 1
    work = ChunkColumns(source, text_decoder(options, source.reader), make_columns)
    source.will_read(iter(chunks))
    tasks = batches(chunks, source.reader.page_size)
    with (
        TableFiles(source, options, folder, path_of, workers, progress.check) as files,
        OrderedWork(tasks, work, workers, progress.check) as outputs,
    ):
        table = ""
        for _, output in outputs:
            for piece in output.pieces():
                files.take(piece)
                if isinstance(piece, ColumnsBegin) and piece.chunk.plan.table.name != table:
                    table = piece.chunk.plan.table.name
                    progress.begin_table(table, piece.chunk.is_first)
                elif isinstance(piece, ColumnsEnd):
                    progress.advance(piece.chunk.work, piece.stats.rows)
            for file in files.newly_written():
                _end_table(progress, file)
        files.wait()
        for file in files.newly_written():
            _end_table(progress, file)
        return files.written


def _end_table(progress: Progress, file: WrittenFile) -> None:
    progress.advance(bytes_out=file.summary.size)
    warnings = tuple(table_warnings(file.stats))
    progress.end_table(TableDone(file.table, file.summary.rows, file.summary.size, warnings))
