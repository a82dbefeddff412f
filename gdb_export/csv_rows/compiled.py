"""The compiled implementation for data pages: the kernel formats the common rows, and calls back
for everything else."""

from array import array
from collections.abc import Iterator

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.kernel._compiled import Kernel
from gdb_export.csv_rows.kernel_fields import KernelFields
from gdb_export.csv_rows.kernel_pages import KernelPages
from gdb_export.csv_rows.lines import Written, quoted
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import PageBatch
from gdb_export.firebird.values.text import TextDecoder


class CompiledRows:
    """Formats the rows of one table as ReferenceRows does, most of them by the kernel."""

    def __init__(
        self,
        database: Database,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self._reference = ReferenceRows(database, table, decoder, binary_text)
        self.formatter = self._reference.formatter
        self._pages = CsvPages(database, table, self._reference)
        fields = KernelFields(database, table, decoder, binary_text, self.formatter, self._pages)
        transactions = database.records.transactions
        # no helper refers to the kernel: without a reference cycle its buffers of half a megabyte
        # are freed with this object
        self._kernel = Kernel(
            fields,
            self._pages,
            self._pages,
            ods=database.ods,
            blob_divisor=database.blob_divisor,
            columns=len(table.columns),
            character_tables=fields.character_tables,
            relation=table.relation,
            page_size=database.page_size,
            max_slots=ods.records_per_page(database.page_size),
            committed_below=transactions.committed_below,
            last_transaction=transactions.last,
            blob_header=ods.BLOB_HEADERS[database.header.layout_major],
        )

    def rebind(self, table: Table) -> bool:
        """Reuse this object for `table` if the layouts match. Return whether it was reused."""
        if not self._reference.rebind(table):
            return False
        self._pages.table = table
        self._kernel.rebind(table.relation)
        return True

    def lines(self, page_batch: PageBatch, stats: TableStats) -> Iterator[bytes | memoryview]:
        """The lines of data pages; damage is added to `stats`. Each item is valid only until the
        next one is requested."""
        self.formatter.count_into(stats)
        self._pages.begin(page_batch)
        sequences = array("I", [sequence for sequence, _ in page_batch.page_refs])
        self._kernel.begin(page_batch.data, sequences, page_batch.offsets, page_batch.extents)
        while (lines := self._kernel.next_lines()) is not None:
            yield lines


class CsvPages(KernelPages):
    """Formats what the kernel does not: implements `RowHelper` and `CsvPageHelper` of
    _compiled.pyi."""

    def __init__(self, database: Database, table: Table, reference: ReferenceRows) -> None:
        super().__init__(database, table)
        self._reference = reference
        self._formatter = reference.formatter

    def slot_line(self, page_index: int, slot: int) -> Written:
        """The line of a slot by the reference implementation."""
        return self._reference.slot_line(self.page(page_index), slot)

    def add_field_damage(
        self, damage: Damage, column_index: int, page_index: int, slot: int
    ) -> None:
        self._formatter.add_field_damage(damage, column_index, self.location(page_index, slot))

    def page_lines(self, page_index: int) -> Iterator[bytes]:
        """The lines of a page by the reference implementation."""
        return self._reference.page_lines(self.page_batch, page_index)

    def open_blob(self, column_index: int, blob_id: bytes) -> Written:
        """The content of a blob, or the parts of its field if it is large; raises Damage."""
        content = self._database.open_blob(blob_id)
        if isinstance(content, bytes):
            return content
        column = self.table.columns[column_index]
        return self._formatter.texts.large_field(column, content).parts()

    def blob_field(self, column_index: int, content: bytes) -> bytes:
        """The field of a blob whose content is not valid in its character set."""
        column = self.table.columns[column_index]
        text = self._formatter.texts.content_text(column, content)
        return quoted(text).encode("utf-8", "replace")
