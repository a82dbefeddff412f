"""The reference implementation: record batches from row values, in Python.

It handles every row. The compiled implementation is tested against it.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from gdb_export.arrow.buffers import RowBuffers
from gdb_export.arrow.column_layouts import column_layout
from gdb_export.arrow.schema import arrow_schema
from gdb_export.arrow.stored_values import Stored, StoreFunction, store_function
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.converted_rows import ConvertedRows
from gdb_export.chunks.row_images import chunk_images
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.python_values import PythonValues
from gdb_export.firebird.values.text import TextDecoder


class StoredRows(ConvertedRows[Stored]):
    """Rows as lists of stored values."""

    def __init__(
        self,
        reader: DatabaseReader,
        table: Table,
        columns: Sequence[Column],
        decoder: TextDecoder,
    ) -> None:
        super().__init__(reader, table, columns, decoder, TableStats(DamageLog(table.name)))
        self._python_values = PythonValues(
            reader, table.name, decoder, self.count_text, are_cells=True
        )

    def converter(self, column: Column) -> StoreFunction:
        return store_function(column, self._python_values)


class ReferenceColumns:
    """Makes the record batches of one table. Not safe for use by several threads at once."""

    def __init__(
        self,
        source: ChunkSource,
        table: Table,
        columns: Sequence[Column],
        decoder: TextDecoder,
    ) -> None:
        self.schema = arrow_schema(columns)
        self._source = source
        self._layouts = [column_layout(column) for column in columns]
        self._rows = StoredRows(source.reader, table, columns, decoder)

    def batches(self, chunk: Chunk, stats: TableStats) -> Iterator[pa.RecordBatch]:
        """The batches of a chunk's rows in order; damage is added to `stats`."""
        self._rows.count_into(stats)
        buffers = RowBuffers(self.schema, self._layouts)
        for image in chunk_images(self._source, chunk, stats.damage):
            yield from buffers.add(self._rows.row(image))
        yield from buffers.finish()
        # complete only now: a column's default is evaluated for the first row that needs it
        stats.unsupported.update(self._rows.unsupported)
