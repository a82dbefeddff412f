"""The plain twin: the rows of data pages as CSV, in Python. The judge of the compiled twin, and
the text from which one learns the format."""

from collections.abc import Iterator
from functools import cached_property

from gdb_export.csv_rows.made_by import MadeBy
from gdb_export.csv_rows.row_lines import BinaryText, RowLines
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.records import Version
from gdb_export.firebird.table_pages.page_runs import PageBatch
from gdb_export.firebird.values.text import TextDecoder


class ReferenceRows(MadeBy):
    """The rows of one table as CSV. Counts into the account that it has at the moment; one
    thread at a time."""

    def __init__(
        self,
        database: Database,
        table: Table,
        text: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self._database = database
        self._table = table
        self._lines = RowLines(database, table, text, binary_text)
        super().__init__(self._lines)

    def rebind(self, table: Table) -> bool:
        """Go over to another table if its rows lie as those of the one before; do they?"""
        if not self._has_one_stored_format or not self._is_alike(table):
            return False
        self._table = table
        return True

    @cached_property
    def _has_one_stored_format(self) -> bool:
        columns = self._table.columns
        return len(self._table.formats) == 1 and not any(
            one.is_computed or one.default for one in columns
        )

    def _is_alike(self, table: Table) -> bool:
        """Has it the same columns, in the same format?"""
        own = self._table
        if table.columns != own.columns or table.format != own.format:
            return False
        if table.formats.keys() != own.formats.keys():
            return False
        (number,) = own.formats
        try:
            return self._database.format(own, number) == self._database.format(table, number)
        except Damage:
            return False

    def lines(self, page_batch: PageBatch) -> Iterator[bytes | memoryview]:
        """The lines of data pages; damage goes to the account. What is given is only good until
        the next is taken."""
        for place in range(len(page_batch.parts)):
            yield self.page_at(place, page_batch)

    def page_at(self, place: int, page_batch: PageBatch) -> bytes:
        """The lines of one of the pages."""
        sequence, number = page_batch.parts[place]
        page = page_batch.page(place)
        try:
            checked = self._database.data_page(self._table.relation, sequence, number, page)
        except Damage as damage:
            self.account.damage.add(damage.at(number))
            return b""
        return self.page(checked)

    def page(self, page: DataPage) -> bytes:
        """The lines of all rows that a new transaction sees of the page, in slot order."""
        lines = [self.slot(page, slot) for slot in range(page.slots)]
        return b"".join(lines)

    def slot(self, page: DataPage, slot: int) -> bytes:
        """The line of one slot, b"" if it holds no row; damage costs only this row."""
        try:
            item = page.item(slot)
            version = None if item is None else self._database.records.visible(item)
            line = b"" if version is None else self.line(version)
        except Damage as damage:
            self.account.damage.add(damage.at(page.number, slot))
            return b""
        self.account.rows += version is not None
        return line

    def line(self, version: Version) -> bytes:
        """The line of a record version; raises Damage."""
        layout, image = self._database.image(self._table, version)
        return self._lines.line(version.format, layout, image)
