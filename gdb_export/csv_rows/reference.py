"""The reference implementation for data pages: rows of databases as CSV, in Python.

It handles every record. The compiled implementation is tested against it.
"""

from collections.abc import Iterator
from functools import cached_property

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.lines import Written, parts_of
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.database_pages import report_moved
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.records import RecordVersion
from gdb_export.firebird.table_pages.page_runs import PageBatch
from gdb_export.firebird.values.text import TextDecoder


class ReferenceRows:
    """Formats the rows of one table. Not safe for use by several threads at once."""

    def __init__(
        self,
        database: Database,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self.formatter = RowFormatter(database, table, decoder, binary_text)
        self._database = database
        self._decoder = decoder
        self._table = table

    def rebind(self, table: Table) -> bool:
        """Reuse this object for `table` if the layouts match. Return whether it was reused."""
        if self._decoder.overrides_any(self._table.name, table.name):
            return False
        if not self._has_one_stored_format or not self._has_layout_of(table):
            return False
        self._table = table
        return True

    @cached_property
    def _has_one_stored_format(self) -> bool:
        columns = self._table.columns
        return len(self._table.formats) == 1 and not any(
            column.is_computed or column.default for column in columns
        )

    def _has_layout_of(self, table: Table) -> bool:
        """Whether both tables have the same columns in the same format."""
        current = self._table
        if table.columns != current.columns or table.format != current.format:
            return False
        if table.formats.keys() != current.formats.keys():
            return False
        (number,) = current.formats
        try:
            return self._database.format(current, number) == self._database.format(table, number)
        except Damage:
            return False

    def lines(self, page_batch: PageBatch, stats: TableStats) -> Iterator[bytes | memoryview]:
        """The lines of data pages; damage is added to `stats`. Each item is valid only until the
        next one is requested."""
        self.formatter.count_into(stats)
        for index in range(len(page_batch.page_refs)):
            yield from self.page_lines(page_batch, index)

    def page_lines(self, page_batch: PageBatch, index: int) -> Iterator[bytes]:
        """The lines of the page at `index` of the batch, in slot order; an item may end inside a
        line."""
        sequence, page_number = page_batch.page_refs[index]
        data = page_batch.page(index)
        try:
            page = self._database.data_page(self._table.relation, sequence, page_number, data)
        except Damage as damage:
            self.formatter.stats.damage.add(damage.at(page_number))
            return
        report_moved(page, page_number, self.formatter.stats.damage)
        for slot in range(page.slots):
            yield from parts_of(self.slot_line(page, slot))

    def slot_line(self, page: DataPage, slot: int) -> Written:
        """The line of the row that a new transaction sees in a slot, b"" if there is none.

        Damage of the record costs only this row, damage of a field only the field.
        """
        stats = self.formatter.stats
        try:
            item = page.item(slot)
            version = None if item is None else self._database.records.visible(item, page.relation)
            location = RowLocation(page.number, slot)
            line = b"" if version is None else self._line(version, location)
        except Damage as damage:
            stats.damage.add(damage.at(page.number, slot))
            return b""
        stats.rows += version is not None
        return line

    def _line(self, version: RecordVersion, location: RowLocation) -> Written:
        layout, image = self._database.image(self._table, version)
        return self.formatter.line(version.format, layout, image, location)
