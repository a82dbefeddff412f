"""Makes the record batches of chunks, alone or together with their CSV; runs in each worker.

Both are made of a chunk before the next one is read, so its pages are fetched once: a source that
fetches caches what it has just returned.
"""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from gdb_export.arrow.table_batches import MakeColumns, TableColumns
from gdb_export.chunks.chunk_export import ChunkExport
from gdb_export.chunks.chunks import Chunk, ChunkSource, TablePlan
from gdb_export.chunks.ordered_work import Emit
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text import TextDecoder


class ColumnsBegin(NamedTuple):
    """The first piece of a chunk."""

    chunk: Chunk
    schema: pa.Schema


class ColumnsEnd(NamedTuple):
    """The last piece of a chunk, after its record batches."""

    chunk: Chunk
    stats: TableStats


class ChunkColumns:
    """Emits for each chunk ColumnsBegin, its record batches, and ColumnsEnd.

    With `csv` the chunk's deflated blocks follow. Called by several workers at once.
    """

    def __init__(
        self,
        source: ChunkSource,
        decoder: TextDecoder,
        make_columns: MakeColumns,
        csv: ChunkExport | None = None,
    ) -> None:
        self._source = source
        self._decoder = decoder
        self._make_columns = make_columns
        self._csv = csv
        self._local = threading.local()

    def __call__(self, chunks: Sequence[Chunk], emit: Emit[Any]) -> None:
        for chunk in chunks:
            columns = self._columns(chunk.plan)
            emit(ColumnsBegin(chunk, columns.schema), 0)
            stats = TableStats(DamageLog(chunk.plan.table.name))
            for batch in columns.batches(chunk, stats):
                emit(batch, batch.nbytes)
            emit(ColumnsEnd(chunk, stats), 0)
            if self._csv is not None:
                self._csv([chunk], emit)

    def _columns(self, plan: TablePlan) -> TableColumns:
        """The columns of a table. Each worker keeps those of its last table."""
        last_plan, columns = getattr(self._local, "last", (None, None))
        if columns is None or last_plan is not plan:
            table = plan.table
            columns = self._make_columns(self._source, table, table.columns, self._decoder)
            self._local.last = (plan, columns)
        last: TableColumns = columns
        return last
