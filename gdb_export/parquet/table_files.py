"""Writes tables whose record batches come in order, each to a Parquet file, by several threads."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import Empty, Full, Queue
from types import TracebackType
from typing import NamedTuple

import pyarrow as pa

from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.folder import FileStore
from gdb_export.export.strictness import refuse_damage
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.options import ExportOptions
from gdb_export.parquet.chunk_columns import ColumnsBegin, ColumnsEnd
from gdb_export.parquet.table_file import FileSummary, TableFile
from gdb_export.parquet.table_writer import WrittenFile
from gdb_export.progress import Cancelled

# Maximum number of record batches and ends of chunks in the queue of a table
_MAX_WAITING = 4
# In seconds, how often a waiting thread checks whether it must stop
_WAKE_SECONDS = 0.2


class _Table(NamedTuple):
    """A table that is being written.

    The queue has its record batches, for the end of each chunk the chunk's bytes in the source, and
    None at the end of the table.
    """

    name: str
    path: str
    stats: TableStats
    queue: "Queue[pa.RecordBatch | int | None]"
    summary: "Future[FileSummary]"


class TableFiles:
    """Takes the batches of one table after the other, from one thread.

    A table is encoded and written by a thread of a pool, while the next ones are read. `written`
    are the tables that `newly_written` has returned. A context manager: leaving it ends the
    threads.
    """

    def __init__(
        self,
        source: ChunkSource,
        options: ExportOptions,
        folder: FileStore,
        path_of: Callable[[str], str],
        threads: int,
        check: Callable[[], None],
    ) -> None:
        """`check` is called several times a second during a wait; its exceptions are raised."""
        self.written: list[WrittenFile] = []
        self._check = check
        self._source = source
        self._options = options
        self._folder = folder
        self._path_of = path_of
        self._pool = ThreadPoolExecutor(threads, "encoder")
        self._stopped = threading.Event()
        self._tables: list[_Table] = []
        self._error: BaseException | None = None

    def __enter__(self) -> "TableFiles":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)

    def take(self, piece: object) -> bool:
        """Take a piece of ChunkColumns; return False for any other.

        Raises DamageRefused and the errors of the table's thread.
        """
        if isinstance(piece, pa.RecordBatch):
            self._put(self._tables[-1], piece)
        elif isinstance(piece, ColumnsBegin):
            self._begin(piece.chunk, piece.schema)
        elif isinstance(piece, ColumnsEnd):
            self._end_chunk(piece.chunk, piece.stats)
        else:
            return False
        return True

    def newly_written(self) -> Iterator[WrittenFile]:
        """The tables that have been completed since the last call, in order."""
        for table in self._tables[len(self.written) :]:
            if not table.summary.done():
                return
            summary = table.summary.result()
            self.written.append(WrittenFile(table.name, table.path, summary, table.stats))
            yield self.written[-1]

    def wait(self) -> None:
        """Wait until all tables are complete. Raises the errors of their threads."""
        self._end_table()
        for table in self._tables:
            while not table.summary.done():
                self._check()
                wait([table.summary], _WAKE_SECONDS)
            table.summary.result()

    def _begin(self, chunk: Chunk, schema: pa.Schema) -> None:
        """Begin the table of this chunk, and end the one before, unless it is being written."""
        name = chunk.plan.table.name
        if self._tables and self._tables[-1].name == name:
            return
        self._end_table()
        path = self._path_of(name)
        queue: Queue[pa.RecordBatch | int | None] = Queue(_MAX_WAITING)
        summary = self._pool.submit(self._run, path, schema, queue)
        stats = TableStats(DamageLog(name))
        stats.pages = chunk.plan.pages
        if chunk.is_first:
            # damage found by planning is reported once, with the table's first chunk
            stats.damage.extend(chunk.plan.damage)
        self._tables.append(_Table(name, path, stats, queue, summary))

    def _end_chunk(self, chunk: Chunk, stats: TableStats) -> None:
        table = self._tables[-1]
        table.stats.add(stats)
        refuse_damage(self._options, self._source.reader.damage, table.stats)
        self._put(table, chunk.work * self._source.reader.page_size)

    def _end_table(self) -> None:
        if self._tables:
            self._put(self._tables[-1], None)

    def _put(self, table: _Table, item: pa.RecordBatch | int | None) -> None:
        while True:
            self._check()
            if self._error is not None:
                raise self._error
            try:
                table.queue.put(item, timeout=_WAKE_SECONDS)
                return
            except Full:
                continue

    def _run(
        self, path: str, schema: pa.Schema, queue: "Queue[pa.RecordBatch | int | None]"
    ) -> FileSummary:
        try:
            return self._write(path, schema, queue)
        except BaseException as error:
            self._error = self._error or error
            raise

    def _write(
        self, path: str, schema: pa.Schema, queue: "Queue[pa.RecordBatch | int | None]"
    ) -> FileSummary:
        with (
            self._folder.file(path) as target,
            TableFile(target, schema, self._options.compression) as file,
        ):
            while (item := self._next(queue)) is not None:
                if isinstance(item, int):
                    file.end_chunk(item)
                else:
                    file.add(item)
            return file.close()

    def _next(self, queue: "Queue[pa.RecordBatch | int | None]") -> "pa.RecordBatch | int | None":
        while not self._stopped.is_set():
            try:
                return queue.get(timeout=_WAKE_SECONDS)
            except Empty:
                continue
        raise Cancelled("the export was stopped")
