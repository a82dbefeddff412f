"""The record batches of a whole table, chunk by chunk."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text import TextDecoder


class TableColumns(Protocol):
    """Makes the record batches of one table: see ReferenceColumns."""

    schema: pa.Schema

    def batches(self, chunk: Chunk, stats: TableStats) -> Iterator[pa.RecordBatch]: ...


MakeColumns = Callable[[ChunkSource, Table, Sequence[Column], TextDecoder], TableColumns]


def table_reader(
    source: ChunkSource,
    table: Table,
    columns: Sequence[Column],
    decoder: TextDecoder,
    begin: Callable[[TableStats], None],
    make_columns: MakeColumns,
) -> pa.RecordBatchReader:
    """A reader of the table's batches, which are made as they are read.

    `begin` receives the statistics that the reading fills. Pages of blobs are read for selected
    columns only.
    """
    table_columns = make_columns(source, table, columns, decoder)

    def batches() -> Iterator[pa.RecordBatch]:
        plan = source.plan(table._replace(columns=tuple(columns)))
        stats = TableStats(plan.damage)
        begin(stats)
        source.will_read(plan.chunks())
        for chunk in plan.chunks():
            chunk_stats = TableStats(DamageLog(table.name))
            yield from table_columns.batches(chunk, chunk_stats)
            stats.add(chunk_stats)

    return pa.RecordBatchReader.from_batches(table_columns.schema, batches())
