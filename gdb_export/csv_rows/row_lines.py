"""Record images to CSV lines in Python, every type, complete.

A *cell* is a function from a record image to the text of one field, None for NULL. The cells of
a format are made once; what differs from format to format is decided then, not row by row.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gdb_export.csv_rows import quoting
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.csv_rows.value_text import text_of
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.boundary import UNFORESEEN, translate_unexpected, unexpected
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import InlineBlob
from gdb_export.firebird.values.values import Constant

if TYPE_CHECKING:
    from gdb_export.firebird.row_values import RowValues

Cell = Callable[[bytes], str | None]
BinaryText = Callable[[bytes], str]

# Kept at once: a table may have 32,767 columns in each of 255 formats
_MAX_CELLS = 200_000


class RowLines:
    """Makes lines of one table's rows. Counts into the account that it has at the moment; one
    thread at a time."""

    def __init__(
        self,
        contents: DatabaseReader,
        table: Table,
        text: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self.account: TableStats
        self._contents = contents
        self._table = table
        self._text = text
        self._binary_text = binary_text
        self._cells: dict[int, Sequence[Cell]] = {}

    @cached_property
    def _values(self) -> "RowValues":
        # only here: what converts and computes values takes a twentieth of a second to load, and
        # for many tables the compiled twin does without
        from gdb_export.firebird.row_values import RowValues

        return RowValues(self._contents, self._table, self._text, self._count_replaced)

    @property
    def unsupported(self) -> dict[str, str]:
        """Computed columns that are not evaluated, with the reason."""
        if all(one.computed is None and one.default is None for one in self._table.columns):
            return {}
        return self._values.unsupported

    def header(self) -> bytes:
        """The first line: the names of the columns."""
        return self._header

    @cached_property
    def _header(self) -> bytes:
        return quoting.record([column.name for column in self._table.columns]).encode()

    def line(self, number: int, layout: Format, image: bytes) -> bytes:
        """The line of a record image of format `number`; raises Damage."""
        cells = self.cells(number, layout)
        return quoting.record([cell(image) for cell in cells]).encode("utf-8", "replace")

    @translate_unexpected
    def cells(self, number: int, layout: Format) -> Sequence[Cell]:
        """The cells of format `number`, a column each; raises Damage."""
        cells = self._cells.get(number)
        if cells is None:
            cells = [self.cell(column, number, layout) for column in self._table.columns]
            if len(cells) * len(self._cells) > _MAX_CELLS:
                self._cells.clear()
            self._cells[number] = cells
        return cells

    @translate_unexpected
    def cell(self, column: Column, number: int, layout: Format) -> Cell:
        """The cell of one column; raises Damage."""
        read = self._values.reader(column, number, layout)
        text = self._text_of(column)
        if isinstance(read, Constant):
            if read.value is None:
                return read
            if column.descriptor.dtype not in (Dtype.BLOB, Dtype.ARRAY):
                return Constant(text(read.value))

        def cell(image: bytes) -> str | None:
            try:
                value = read(image)
                return None if value is None else text(value)
            except EvaluationError as error:
                self.account.fail(column.name, str(error))
                return None
            except UNFORESEEN as error:
                raise unexpected(error) from error

        return cell

    def _text_of(self, column: Column) -> Callable[..., str]:
        """The function from the column's values to the text of their field."""
        dtype = column.descriptor.dtype
        if dtype in TEXT_TYPES:
            return self._char_text if dtype == Dtype.TEXT else self._varchar_text
        if dtype == Dtype.BLOB and column.is_computed:
            return self._varchar_text
        if dtype == Dtype.BLOB:
            return lambda blob: self._blob_text(column, blob)
        if dtype == Dtype.ARRAY:
            return self._array_text
        return text_of(column.descriptor)

    def _char_text(self, value: str | bytes) -> str:
        """A CHAR without its padding; that of OCTETS is zeros, which stay."""
        return value.rstrip(" ") if isinstance(value, str) else self._binary_text(value)

    def _varchar_text(self, value: str | bytes) -> str:
        return value if isinstance(value, str) else self._binary_text(value)

    def _blob_text(self, column: Column, blob: bytes | InlineBlob) -> str:
        if isinstance(blob, InlineBlob):
            return self._varchar_text(blob.value)
        return self.content_text(column, self._contents.blob(blob))

    def content_text(self, column: Column, content: bytes) -> str:
        """The text of a blob's content."""
        if not column.is_text_blob:
            return self._binary_text(content)
        text, replaced = self._text.decode(content, column.charset)
        if replaced:
            self._count_replaced(column, replaced)
        return text

    def _array_text(self, blob_id: bytes) -> str:
        # only here: few tables have arrays
        from gdb_export.csv_rows.array_text import array_text
        from gdb_export.firebird.values.arrays import read_array

        content = self._contents.blob(blob_id)
        element, values = read_array(content, self._text, self._contents.has_wide_arrays)
        return array_text(element, values)

    def _count_replaced(self, column: Column, count: int) -> None:
        self.account.count_replaced(column.name, count)
