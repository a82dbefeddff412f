"""The compiled implementation: the kernel writes the common rows into column buffers, and calls
back for everything else."""

from array import array
from collections.abc import Iterator, Sequence

import pyarrow as pa

from gdb_export.arrow import buffers
from gdb_export.arrow.buffers import max_batch_rows
from gdb_export.arrow.column_layouts import Storage, column_layout
from gdb_export.arrow.kernel._columns import ColumnKernel
from gdb_export.arrow.kernel_callbacks import ColumnFields, ColumnImages, ColumnPages
from gdb_export.arrow.reference import StoredRows
from gdb_export.arrow.schema import arrow_schema
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.chunks.page_chunks import PageChunks, gap_per_page
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.table_pages.page_runs import page_batches
from gdb_export.firebird.values.text import TextDecoder


class CompiledColumns:
    """Makes the same record batches as ReferenceColumns. Not safe for use by several threads at
    once."""

    def __init__(
        self,
        chunk_source: ChunkSource,
        table: Table,
        columns: Sequence[Column],
        decoder: TextDecoder,
    ) -> None:
        self.schema = arrow_schema(columns)
        self._chunk_source = chunk_source
        self._layouts = [column_layout(column) for column in columns]
        flat_fields = [
            field
            for field, layout in zip(self.schema, self._layouts, strict=True)
            if layout.storage != Storage.NESTED
        ]
        self._flat_schema = pa.schema(flat_fields, self.schema.metadata)
        self._rows = StoredRows(chunk_source.reader, table, columns, decoder)
        selected = table._replace(columns=tuple(columns))
        self._table = selected
        if isinstance(chunk_source, PageChunks):
            self._kernel = self._page_kernel(chunk_source, selected, decoder)
        else:
            self._images = ColumnImages(self._rows)
            fields = ColumnFields(chunk_source.reader, selected, decoder, self._rows, self._images)
            self._kernel = ColumnKernel(
                fields,
                self._images,
                None,  # a backup has no pages
                *self._layouts_and_limits(),
                ods=chunk_source.reader.ods,
                columns=len(columns),
                character_tables=fields.character_tables,
            )

    def _page_kernel(
        self, page_chunks: PageChunks, selected: Table, decoder: TextDecoder
    ) -> ColumnKernel:
        database = page_chunks.reader
        self._pages = ColumnPages(database, selected, self._rows, decoder)
        fields = ColumnFields(database, selected, decoder, self._rows, self._pages)
        transactions = database.records.transactions
        return ColumnKernel(
            fields,
            self._pages,  # as the helper of rows
            self._pages,  # as the helper of pages
            *self._layouts_and_limits(),
            ods=database.ods,
            columns=len(selected.columns),
            character_tables=fields.character_tables,
            relation=selected.relation,
            page_size=database.page_size,
            max_slots=ods.records_per_page(database.page_size),
            blob_divisor=database.blob_divisor,
            committed_below=transactions.committed_below,
            last_transaction=transactions.last,
            blob_header=ods.BLOB_HEADERS[database.header.layout_major],
        )

    def _layouts_and_limits(self) -> tuple[list[tuple[int, int]], int, int]:
        layouts = [(int(layout.storage), layout.width) for layout in self._layouts]
        return layouts, max_batch_rows(self._layouts), buffers.MAX_BATCH_BYTES

    def batches(self, chunk: Chunk, stats: TableStats) -> Iterator[pa.RecordBatch]:
        """The batches of a chunk's rows in order; damage is added to `stats`."""
        self._rows.count_into(stats)
        for _ in self._begin_inputs(chunk, stats):
            # `is_full` does the work: it writes rows, and returns True when the record batch is
            # full, False when the input ends before
            while self._kernel.is_full():
                yield from self._take_batch()
        yield from self._take_batch()
        # complete only after the rows: a column's default is evaluated for the first row that
        # needs it, and may be unsupported
        stats.unsupported.update(self._rows.unsupported)

    def _begin_inputs(self, chunk: Chunk, stats: TableStats) -> Iterator[None]:
        """Yield after each batch of pages or images of the chunk has been given to the kernel."""
        if isinstance(self._chunk_source, PageChunks):
            pages = self._chunk_source.reader.pages
            for batch in page_batches(pages, chunk.locations, gap_per_page(chunk)):
                self._pages.begin(batch)
                sequences = array("I", [sequence for sequence, _ in batch.page_refs])
                self._kernel.begin(batch.data, sequences, batch.offsets, batch.extents)
                yield
            return
        # imported late: docs/architecture.md
        from gdb_export.chunks.backup_chunks import BackupChunks, image_batches
        from gdb_export.firebird.gbak.backup import FORMAT_NUMBER

        assert isinstance(self._chunk_source, BackupChunks)
        backup = self._chunk_source.reader
        for images, offsets in image_batches(backup, self._table, chunk, stats.damage):
            if offsets:
                layout = backup.format(self._table, FORMAT_NUMBER)
                self._images.begin(FORMAT_NUMBER, layout, images, offsets)
                self._kernel.begin_images(images, len(offsets), FORMAT_NUMBER)
                yield

    def _take_batch(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in the kernel as a record batch; nothing if there are none."""
        taken = self._kernel.take(self._import)
        if taken is not None:
            batch, nested = taken
            yield self._with_nested(batch, nested) if nested else batch

    def _import(self, address: int) -> pa.RecordBatch:
        """The batch that the kernel exports at this address by the Arrow C data interface."""
        return pa.RecordBatch._import_from_c(address, self._flat_schema)

    def _with_nested(self, batch: pa.RecordBatch, nested: Sequence[list[object]]) -> pa.RecordBatch:
        """The batch with its nested columns, of which the kernel has lists of values."""
        flat_columns, lists = iter(batch.columns), iter(nested)
        arrays = [
            pa.array(next(lists), field.type)
            if layout.storage == Storage.NESTED
            else next(flat_columns)
            for field, layout in zip(self.schema, self._layouts, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)
