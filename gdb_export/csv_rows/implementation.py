"""The common interface of the reference and the compiled implementation of CSV rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import PageBatch
from gdb_export.firebird.values.text import TextDecoder


class TableRows(Protocol):
    """Formats the rows on data pages: see ReferenceRows."""

    formatter: RowFormatter

    def rebind(self, table: Table) -> bool: ...

    def lines(self, page_batch: PageBatch, stats: TableStats) -> Iterator[bytes | memoryview]: ...


class TableImages(Protocol):
    """Formats record images without pages: see ReferenceImages."""

    formatter: RowFormatter

    def lines(
        self, format_number: int, images: bytes, offsets: Sequence[int], stats: TableStats
    ) -> Iterator[bytes | memoryview]: ...


class MakeRows(Protocol):
    """Creates a TableRows for one table."""

    def __call__(
        self, database: Database, table: Table, decoder: TextDecoder, binary_text: BinaryText, /
    ) -> TableRows: ...


class BackupReader(DatabaseReader, Protocol):
    """A reader of rows whose blobs follow them in a stream."""

    def row_bytes(self) -> tuple[bytes, int]:
        """The bytes that hold the rows that this thread reads, and their offset in the stream."""
        ...


class MakeImages(Protocol):
    """Creates a TableImages for one table."""

    def __call__(
        self, reader: BackupReader, table: Table, decoder: TextDecoder, binary_text: BinaryText, /
    ) -> TableImages: ...


class CsvImplementation(NamedTuple):
    """The classes that format the rows of databases and of backups."""

    name: str
    rows: MakeRows
    images: MakeImages
