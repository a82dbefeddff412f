"""The kernel's access to formats and to fields that the reference implementation formats."""

from collections.abc import Sequence
from typing import Protocol

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.kernel_cells import KernelCells
from gdb_export.csv_rows.lines import Written
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import TextCounts


class LocatesRows(Protocol):
    """Gives the location of the row that the kernel has at a page index and slot."""

    def location(self, page_index: int, slot: int) -> RowLocation: ...


class KernelFields:
    """Implements `FieldHelper` of _compiled.pyi for pages and for images."""

    def __init__(
        self,
        reader: DatabaseReader,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText,
        formatter: RowFormatter,
        locator: LocatesRows,
    ) -> None:
        self._reader = reader
        self._locator = locator
        self._table = table
        self._formatter = formatter
        # the format of the last field; the database bounds the memory of all formats
        self._layout: tuple[int, Format] | None = None
        self._kernel_cells = KernelCells(table, decoder, binary_text, has_blobs=True)
        self.character_tables = self._kernel_cells.character_tables

    def compile_format(
        self, format_number: int
    ) -> tuple[Sequence[Sequence[int]], bytes, int] | None:
        """The cells of a format, their constants and the length of its images.

        None if the format is damaged: the reference implementation reports how.
        """
        try:
            layout = self._reader.format(self._table, format_number)
            cells, constants = self._kernel_cells.compile(
                layout, lambda column: self._formatter.cell(column, format_number, layout)
            )
        except Damage:
            return None
        return cells, constants, layout.length

    def field(
        self, format_number: int, column_index: int, image: bytes, page_index: int, slot: int
    ) -> Written:
        """The field of a record image as CSV."""
        layout = self._layout_of(format_number)
        location = self._locator.location(page_index, slot)
        return self._formatter.field(column_index, format_number, layout, image, location)

    def _layout_of(self, format_number: int) -> Format:
        if self._layout is None or self._layout[0] != format_number:
            self._layout = format_number, self._reader.format(self._table, format_number)
        return self._layout[1]

    def count_rows(self, count: int) -> None:
        self._formatter.stats.rows += count

    def count_text(self, column_index: int, counts: tuple[int, int, int, int, int]) -> None:
        self._formatter.texts.count_text(self._table.columns[column_index], TextCounts(*counts))
