"""Column values as the text of their CSV field, before quoting."""

from collections.abc import Callable
from functools import partial

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.csv_rows.value_text import text_of
from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts
from gdb_export.firebird.values.value_types import InlineBlob

BinaryText = Callable[[bytes], str]


class FieldTexts:
    """Chooses for each column of one table the function from its values to text; `stats` receives
    what is to be counted of texts."""

    def __init__(
        self,
        reader: DatabaseReader,
        table: str,
        decoder: TextDecoder,
        binary_text: BinaryText,
        stats: TableStats,
    ) -> None:
        self.stats = stats
        self._reader = reader
        self._table = table
        self._decoder = decoder
        self._binary_text = binary_text

    def formatter(self, column: Column) -> Callable[..., str]:
        """The function from the column's values to the text of their field."""
        dtype = column.descriptor.dtype
        if dtype in TEXT_TYPES:
            return self._char_text if dtype == Dtype.TEXT else self._varchar_text
        if dtype == Dtype.BLOB and column.is_computed:
            return self._varchar_text
        if dtype == Dtype.BLOB:
            return lambda blob: self._blob_text(column, blob)
        if dtype == Dtype.ARRAY:
            return lambda blob: self._array_text(column, blob)
        return text_of(column.descriptor)

    def _char_text(self, value: str | bytes) -> str:
        """A CHAR without its padding; OCTETS are padded with zeros, which stay."""
        return value.rstrip(" ") if isinstance(value, str) else self._binary_text(value)

    def _varchar_text(self, value: str | bytes) -> str:
        return value if isinstance(value, str) else self._binary_text(value)

    def _blob_text(self, column: Column, blob: bytes | InlineBlob) -> str:
        if isinstance(blob, InlineBlob):
            return self._varchar_text(blob.value)
        return self.content_text(column, self._reader.blob(blob))

    def content_text(self, column: Column, content: bytes) -> str:
        """The text of a blob's content."""
        if not column.is_text_blob:
            return self._binary_text(content)
        text, counts = self._decoder_of(column).decode(content, column.charset)
        if counts is not NOTHING:
            self.count_text(column, counts)
        return text

    def _array_text(self, column: Column, blob_id: bytes) -> str:
        # imported late: docs/architecture.md
        from gdb_export.csv_rows.array_text import array_text
        from gdb_export.firebird.values.arrays import read_array

        content = self._reader.blob(blob_id)
        element, values = read_array(
            content,
            self._decoder_of(column),
            self._reader.has_wide_arrays,
            partial(self.count_text, column),
        )
        return array_text(element, values)

    def _decoder_of(self, column: Column) -> TextDecoder:
        return self._decoder.of_column(self._table, column.name)

    def count_text(self, column: Column, counts: TextCounts) -> None:
        """Add what is to be counted of a text of a column."""
        self.stats.count_text(column.name, counts)
