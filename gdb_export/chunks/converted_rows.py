"""Converts record images to lists of values, one for each selected column.

A subclass defines the conversion, for example to Python objects or to the bytes of Arrow columns.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from gdb_export.chunks.row_images import RowImage
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.boundary import UNEXPECTED_ERRORS, unexpected
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.core.errors import Damage, EvaluationError, OutOfRange
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import TextCounts
from gdb_export.firebird.values.value_types import TypedValue
from gdb_export.firebird.values.values import Constant

if TYPE_CHECKING:
    from gdb_export.firebird.values.value_types import Value

Converted = TypeVar("Converted")

# Bounds the cache: a table may have 32,767 columns in each of 255 formats
_MAX_READERS = 200_000


class ConvertedRows(Generic[Converted]):
    """Converts the rows of one table. Not safe for use by several threads at once.

    Subclasses implement `converter`. `stats` receives the counts of rows and failures: see
    `count_into`.
    """

    def __init__(
        self,
        reader: DatabaseReader,
        table: Table,
        columns: Sequence[Column],
        decoder: TextDecoder,
        stats: TableStats,
    ) -> None:
        # imported late: docs/architecture.md
        from gdb_export.firebird.row_values import RowValues

        self.stats = stats
        self.columns = columns
        self._values = RowValues(reader, table, decoder, self.count_text)
        self._readers: dict[int, list[Callable[[bytes], Converted | None]]] = {}
        self._location = RowLocation()

    def converter(self, column: Column) -> Callable[[TypedValue], Converted]:
        """The function that converts the column's values, except NULL. It raises Damage, and
        OutOfRange for a value that becomes NULL."""
        raise NotImplementedError

    def count_into(self, stats: TableStats) -> None:
        """Count rows, replaced characters, failures and damage in `stats` from now on."""
        self.stats = stats

    @property
    def unsupported(self) -> dict[str, str]:
        """The selected computed columns that are not evaluated, with the reason."""
        names = {column.name for column in self.columns}
        return {name: why for name, why in self._values.unsupported.items() if name in names}

    def row(self, image: RowImage) -> list[Converted | None]:
        """The values of an image's row. A field that can't be read is None, which is counted."""
        self._location = image.location
        row = [read(image.data) for read in self._of_format(image.format_number, image.format)]
        self.stats.rows += 1
        return row

    def field(self, column_index: int, image: RowImage) -> Converted | None:
        """One value of a row; see `row`."""
        self._location = image.location
        return self._of_format(image.format_number, image.format)[column_index](image.data)

    def is_null(self, column: Column, format_number: int, layout: Format) -> bool:
        """Whether the column is NULL in all rows of a format."""
        read = self._values.reader(column, format_number, layout)
        return isinstance(read, Constant) and read.value is None

    def count_text(self, column: Column, counts: TextCounts) -> None:
        """Add the counts of a text of a column to the statistics."""
        self.stats.count_text(column.name, counts)

    def add_field_damage(
        self, damage: Damage, column: Column, location: RowLocation | None = None
    ) -> None:
        """Log the damage of a field of the row at `location`, or of the current row."""
        location = self._location if location is None else location
        self.stats.damage.add(location.locate(damage.of_field(column.name)))

    def _of_format(
        self, format_number: int, layout: Format
    ) -> list[Callable[[bytes], Converted | None]]:
        readers = self._readers.get(format_number)
        if readers is None:
            readers = [self._reader(column, format_number, layout) for column in self.columns]
            if len(readers) * len(self._readers) > _MAX_READERS:
                self._readers.clear()
            self._readers[format_number] = readers
        return readers

    def _reader(
        self, column: Column, format_number: int, layout: Format
    ) -> Callable[[bytes], Converted | None]:
        read = self._values.reader(column, format_number, layout)
        convert = self.converter(column)

        def value_of(data: bytes) -> Converted | None:
            try:
                value: Value = read(data)
                return None if value is None else convert(value)
            except EvaluationError as error:
                self.stats.count_failure(column.name, str(error), self._location)
            except OutOfRange as error:
                self.stats.count_out_of_range(column.name, str(error), self._location)
            except Damage as damage:
                self.add_field_damage(damage, column)
            except UNEXPECTED_ERRORS as error:
                self.add_field_damage(unexpected(error), column)
            return None

        return value_of
