"""Formats record images as lines of CSV, for every type of column.

A *cell* is a function from a record image to the text of one field, None for NULL. The cells of
a format are built once: whatever depends on the format alone is decided then, not row by row.

A field that can't be read or computed is NULL and is counted: it costs no row.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gdb_export.csv_rows.field_texts import BinaryText, FieldTexts
from gdb_export.csv_rows.lines import Field, Written, csv_line, written_field, written_line
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.boundary import UNEXPECTED_ERRORS, unexpected
from gdb_export.firebird.core.damage import DamageLog, RowLocation
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.values import Constant, Read

if TYPE_CHECKING:
    from gdb_export.firebird.row_values import RowValues

Cell = Callable[[bytes], Field]

# Bounds the cache: a table may have 32,767 columns in each of 255 formats
_MAX_CELLS = 200_000


class RowFormatter:
    """Formats the record images of one table. Not safe for use by several threads at once.

    `stats` receives the counts of the rows that are being formatted: see `count_into`.
    """

    def __init__(
        self,
        reader: DatabaseReader,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self._reader = reader
        self._table = table
        self._decoder = decoder
        # by format number and column index; `_lines` has the cells of whole lines
        self._cells: dict[tuple[int, int], Cell] = {}
        self._lines: dict[int, Sequence[Cell]] = {}
        # by field id: a constant value of the column, and its text
        self._constants: dict[int, tuple[Read, Constant[Field]]] = {}
        self.stats = TableStats(DamageLog(table.name))
        # cells refer to this object, not to the formatter that holds them: no reference cycle
        self.texts = FieldTexts(reader, table.name, decoder, binary_text, self.stats)

    def count_into(self, stats: TableStats) -> None:
        """Count rows, replaced characters, failures and damage in `stats` from now on."""
        self.stats = self.texts.stats = stats

    @cached_property
    def _values(self) -> "RowValues":
        # imported late: docs/architecture.md
        from gdb_export.firebird.row_values import RowValues

        return RowValues(self._reader, self._table, self._decoder, self.texts.count_text)

    @property
    def unsupported(self) -> dict[str, str]:
        """Computed columns that are not evaluated, with the reason."""
        columns = self._table.columns
        if all(column.computed is None and column.default is None for column in columns):
            return {}
        return self._values.unsupported

    @cached_property
    def header(self) -> bytes:
        """The first line of the CSV: the names of the columns."""
        return csv_line([column.name for column in self._table.columns]).encode()

    def line(
        self, format_number: int, layout: Format, image: bytes, location: RowLocation
    ) -> Written:
        """The line of a record image. `layout` is the format of that number."""
        cells = enumerate(self.cells(format_number, layout))
        texts = [self._text(index, cell, image, location) for index, cell in cells]
        return written_line(texts)

    def field(
        self,
        column_index: int,
        format_number: int,
        layout: Format,
        image: bytes,
        location: RowLocation,
    ) -> Written:
        """One field of a record image."""
        key = format_number, column_index
        cell = self._cells.get(key)
        if cell is None:
            if len(self._cells) >= _MAX_CELLS:
                self._cells.clear()
            column = self._table.columns[column_index]
            cell = self._cells[key] = self.cell(column, format_number, layout)
        return written_field(self._text(column_index, cell, image, location))

    def _text(self, column_index: int, cell: Cell, image: bytes, location: RowLocation) -> Field:
        """The text of a field; None also if it can't be read, which is counted."""
        try:
            return cell(image)
        except EvaluationError as error:
            name = self._table.columns[column_index].name
            self.stats.count_failure(name, str(error), location)
        except Damage as damage:
            self.add_field_damage(damage, column_index, location)
        return None

    def add_field_damage(self, damage: Damage, column_index: int, location: RowLocation) -> None:
        """Log the damage of one field of a row."""
        of_field = damage.of_field(self._table.columns[column_index].name)
        self.stats.damage.add(location.locate(of_field))

    def cells(self, format_number: int, layout: Format) -> Sequence[Cell]:
        """The cells of a format, one per column."""
        cells = self._lines.get(format_number)
        if cells is None:
            cells = [self.cell(column, format_number, layout) for column in self._table.columns]
            if len(cells) * len(self._lines) > _MAX_CELLS:
                self._lines.clear()
            self._lines[format_number] = cells
        return cells

    def cell(self, column: Column, format_number: int, layout: Format) -> Cell:
        """The cell of one column. It raises Damage and EvaluationError."""
        read = self._values.reader(column, format_number, layout)
        if isinstance(read, Constant):
            if read.value is None:
                return read
            # the formats that are older than a column have the same constant
            last_read, constant = self._constants.get(column.field_id, (None, read))
            if last_read is read:
                return constant
        text_of_value = self.texts.formatter(column)
        if isinstance(read, Constant) and column.descriptor.dtype not in (Dtype.BLOB, Dtype.ARRAY):
            constant = Constant(text_of_value(read.value))
            self._constants[column.field_id] = read, constant
            return constant

        def cell(image: bytes) -> Field:
            try:
                value = read(image)
                return None if value is None else text_of_value(value)
            except UNEXPECTED_ERRORS as error:
                raise unexpected(error) from error

        return cell
