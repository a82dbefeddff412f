"""Writes several tables at a time, each by one thread: for sources that read any offset quickly."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from queue import Empty, SimpleQueue

from gdb_export.arrow.table_batches import MakeColumns
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.text_options import text_decoder
from gdb_export.export.folder import FileStore
from gdb_export.export.warning_texts import table_warnings
from gdb_export.options import ExportOptions
from gdb_export.parquet.table_writer import ChunkWritten, TableWriter, WrittenFile
from gdb_export.progress import Progress, TableDone

# In seconds, how often progress is reported and a cancellation noticed
_WAKE_SECONDS = 0.1

_Event = tuple[str, ChunkWritten]


def write_by_table(
    source: ChunkSource,
    chunks: Sequence[Chunk],
    folder: FileStore,
    options: ExportOptions,
    progress: Progress,
    make_columns: MakeColumns,
    path_of: Callable[[str], str],
) -> list[WrittenFile]:
    """Write one file for each table that has chunks, several tables at a time, the largest first.

    The files are returned in the order of the chunks.
    """
    chunks_by_table = [list(group) for _, group in groupby(chunks, lambda chunk: id(chunk.plan))]
    events: SimpleQueue[_Event] = SimpleQueue()
    stopped = threading.Event()
    decoder = text_decoder(options, source.reader)
    writer = TableWriter(source, decoder, options, folder, make_columns, stopped)

    def write(table_chunks: list[Chunk]) -> WrittenFile:
        name = table_chunks[0].plan.table.name
        return writer.write(
            path_of(name), table_chunks, lambda written: events.put((name, written))
        )

    with ThreadPoolExecutor(options.workers or os.cpu_count() or 1, "table") as pool:
        try:
            by_size = sorted(chunks_by_table, key=_negative_weight)
            futures = {id(table): pool.submit(write, table) for table in by_size}
            _wait(futures.values(), events, progress)
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [futures[id(table)].result() for table in chunks_by_table]


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
