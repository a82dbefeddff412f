"""Column values as the text of their CSV field, before quoting."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from gdb_export.csv_rows.lines import NEEDS_QUOTES, LargeField
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.csv_rows.value_text import text_of
from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.large_blobs import LargeBlob
from gdb_export.firebird.values.temporal import (
    FIRST_DAY,
    LAST_DAY,
    Date,
    Timestamp,
    TimestampTz,
)
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts
from gdb_export.firebird.values.value_types import InlineBlob

BinaryText = Callable[[bytes], str]

_WITH_DAYS = (Dtype.DATE, Dtype.TIMESTAMP, Dtype.TIMESTAMP_TZ)
_UUID_BYTES = 16


def uuid_text(data: bytes) -> str:
    """A UUID as Firebird's UUID_TO_CHAR writes it, in lower case; hexadecimal for other lengths."""
    text = data.hex()
    if len(data) != _UUID_BYTES:
        return text
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def is_uuid_column(column: Column) -> bool:
    """Whether the column is CHAR(16) CHARACTER SET OCTETS."""
    dtype, _, length, *_ = column.descriptor
    return dtype == Dtype.TEXT and length == _UUID_BYTES and column.charset == OCTETS


class FieldTexts:
    """Selects the function that converts the values of a column to text, for the columns of one
    table. `stats` receives counts of suspicious characters and dates."""

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
        # the encoding "uuid" applies to columns of UUIDs only: other bytes are hexadecimal
        self._binary_text = bytes.hex if binary_text is uuid_text else binary_text
        self._writes_uuids = binary_text is uuid_text

    def formatter(self, column: Column) -> Callable[..., str | LargeField]:
        """The function from the column's values to the text of their field."""
        dtype = column.descriptor.dtype
        if self._writes_uuids and is_uuid_column(column):
            return uuid_text
        if dtype in TEXT_TYPES:
            return self._char_text if dtype == Dtype.TEXT else self._varchar_text
        if dtype == Dtype.BLOB and column.is_computed:
            return self._varchar_text
        if dtype == Dtype.BLOB:
            return lambda blob: self._blob_text(column, blob)
        if dtype == Dtype.ARRAY:
            return lambda blob: self._array_text(column, blob)
        if dtype in _WITH_DAYS:
            return lambda value: self._date_text(column, value)
        return text_of(column.descriptor)

    def _date_text(self, column: Column, value: Date | Timestamp | TimestampTz) -> str:
        """A date or a timestamp; those that loaders refuse are counted."""
        if not FIRST_DAY <= value.days <= LAST_DAY:
            self.stats.count_date(column.name)
        return text_of(column.descriptor)(value)

    def _char_text(self, value: str | bytes) -> str:
        """A CHAR without its padding; OCTETS are padded with zeros, which stay."""
        return value.rstrip(" ") if isinstance(value, str) else self._binary_text(value)

    def _varchar_text(self, value: str | bytes) -> str:
        return value if isinstance(value, str) else self._binary_text(value)

    def _blob_text(self, column: Column, blob: bytes | InlineBlob) -> str | LargeField:
        if isinstance(blob, InlineBlob):
            return self._varchar_text(blob.value)
        content = self._reader.open_blob(blob)
        if isinstance(content, LargeBlob):
            return self.large_field(column, content)
        return self.content_text(column, content)

    def content_text(self, column: Column, content: bytes) -> str:
        """The text of a blob's content."""
        if not column.is_text_blob:
            return self._binary_text(content)
        text, counts = self._decoder_of(column).decode(content, column.charset)
        if counts is not NOTHING:
            self.count_text(column, counts)
        return text

    def large_field(self, column: Column, blob: LargeBlob) -> LargeField:
        """The field of a large blob, which is read once to find damage, its decoding, and whether
        it needs quotes. Raises Damage."""
        # imported late: docs/architecture.md
        from gdb_export.firebird.values.large_texts import large_decoding

        if not column.is_text_blob:
            for _ in blob.parts():
                pass
            binary_text = self._binary_text
            return LargeField(lambda: map(binary_text, _threes(blob.parts())), needs_quotes=False)
        needs_quotes = False

        def inspect(text: str) -> None:
            nonlocal needs_quotes
            needs_quotes = needs_quotes or NEEDS_QUOTES.search(text) is not None

        rule = self._decoder_of(column).rule(column.charset)
        decoding = large_decoding(blob.parts, rule, inspect)
        if decoding.counts is not NOTHING:
            self.count_text(column, decoding.counts)
        return LargeField(lambda: decoding.texts(blob.parts()), needs_quotes)

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
            self._reader.budget,
        )
        return array_text(element, values)

    def _decoder_of(self, column: Column) -> TextDecoder:
        return self._decoder.of_column(self._table, column.name)

    def count_text(self, column: Column, counts: TextCounts) -> None:
        """Add the counts of a text of a column to the statistics."""
        self.stats.count_text(column.name, counts)


def _threes(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the bytes into parts whose lengths are multiples of three, except for the last one.

    The base64 texts of such parts, joined, are the base64 text of the whole."""
    rest = b""
    for part in parts:
        data = rest + part
        end = len(data) - len(data) % 3
        yield data[:end]
        rest = data[end:]
    yield rest
