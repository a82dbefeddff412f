"""Writes the chunks of one table as a Parquet file."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from gdb_export.arrow.table_batches import MakeColumns
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.ordered_work import Emit, OrderedWork
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.folder import FileStore
from gdb_export.export.strictness import refuse_damage
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.options import ExportOptions
from gdb_export.parquet.table_file import FileSummary, TableFile, memory_of
from gdb_export.progress import Cancelled

# Tables with more chunks than this have a thread that reads ahead of the encoder
_MAX_CHUNKS_UNTHREADED = 2


class WrittenFile(NamedTuple):
    """A Parquet file with the rows of a table, or of a part of it."""

    table: str
    path: str
    summary: FileSummary
    stats: TableStats


class ChunkWritten(NamedTuple):
    """Progress: a chunk's pages and rows, and the bytes written since the last chunk."""

    pages: int
    rows: int
    bytes_out: int


class TableWriter:
    """Writes tables of one source to a folder; called by several threads at once.

    If `stopped` is set, Cancelled is raised before the next chunk.
    """

    def __init__(
        self,
        source: ChunkSource,
        decoder: TextDecoder,
        options: ExportOptions,
        folder: FileStore,
        make_columns: MakeColumns,
        stopped: threading.Event,
    ) -> None:
        self._source = source
        self._decoder = decoder
        self._options = options
        self._folder = folder
        self._make_columns = make_columns
        self._stopped = stopped

    def write(
        self, path: str, chunks: Sequence[Chunk], report: Callable[[ChunkWritten], None]
    ) -> WrittenFile:
        """Write the chunks, which are of one table."""
        plan = chunks[0].plan
        table = plan.table
        # damage found by planning is reported once, with the table's first chunk
        stats = TableStats(plan.damage if chunks[0].is_first else DamageLog(table.name))
        stats.pages = plan.pages
        columns = self._make_columns(self._source, table, table.columns, self._decoder)
        page_size = self._source.reader.page_size
        self._source.will_read(iter(chunks))

        def pieces(chunk: Chunk) -> Iterator[pa.RecordBatch | TableStats]:
            chunk_stats = TableStats(DamageLog(table.name))
            yield from columns.batches(chunk, chunk_stats)
            yield chunk_stats

        level = self._options.compression
        with (
            self._folder.file(path) as target,
            TableFile(target, columns.schema, level) as file,
        ):
            before = 0
            for chunk, output in self._chunk_outputs(chunks, pieces):
                for piece in output:
                    if isinstance(piece, TableStats):
                        stats.add(piece)
                        rows = piece.rows
                    else:
                        file.add(piece)
                refuse_damage(self._options, self._source.reader.damage, stats)
                file.end_chunk(chunk.work * page_size)
                report(ChunkWritten(chunk.work, rows, file.size - before))
                before = file.size
            summary = file.close()
        report(ChunkWritten(0, 0, summary.size - before))
        return WrittenFile(table.name, path, summary, stats)

    def _chunk_outputs(
        self,
        chunks: Sequence[Chunk],
        pieces: Callable[[Chunk], Iterator[pa.RecordBatch | TableStats]],
    ) -> Iterator[tuple[Chunk, Iterator[pa.RecordBatch | TableStats]]]:
        """The chunks with their batches and, last, their statistics."""
        if len(chunks) <= _MAX_CHUNKS_UNTHREADED:
            for chunk in chunks:
                self._check()
                yield chunk, pieces(chunk)
            return

        def work(chunk: Chunk, emit: Emit[pa.RecordBatch | TableStats]) -> None:
            for piece in pieces(chunk):
                emit(piece, 0 if isinstance(piece, TableStats) else memory_of(piece))

        with OrderedWork(chunks, work, 1, self._check) as outputs:
            for chunk, output in outputs:
                self._check()
                yield chunk, output.pieces()

    def _check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled("another table failed")
