"""The record batches that both implementations make of one data page."""

import gzip
from functools import cache
from pathlib import Path

from gdb_export import csv_rows
from gdb_export.arrow.implementation import IMPLEMENTATION, REFERENCE
from gdb_export.chunks.chunks import Chunk
from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.charsets import WIN1252
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import PageRef
from gdb_export.firebird.values.text import TextDecoder
from tests.arrow.comparable import batch_values, counts
from tests.csv_rows.implementations import require_kernel
from tests.firebird.memory_source import MemorySource


class OnePage:
    """A plan whose only chunk is one data page."""

    pages = work = chunk_count = 1

    def __init__(self, table: Table, page_ref: PageRef) -> None:
        self.table = table
        self.damage = DamageLog(table.name)
        self._page_ref = page_ref

    def locations(self, ordinal: int) -> list[PageRef]:
        return [self._page_ref]


class PageColumns:
    """A database in memory, in which one page at a time is replaced.

    The file has a page more than the database: `spare_page` is its number.
    """

    def __init__(self, data: bytes) -> None:
        page_size = Database(MemorySource(data)).page_size
        self._data = data + bytes(page_size)
        self._source = MemorySource(self._data)
        self.database = Database(self._source)
        self.spare_page = len(data) // page_size

    def tables(self) -> list[Table]:
        """The tables that have columns and formats."""
        return [table for table in self.database.tables if table.formats and table.columns]

    def data_pages(self) -> list[tuple[Table, int, int]]:
        """Table, sequence and page number of every data page of these tables."""
        return [
            (table, sequence, page_number)
            for table in self.tables()
            for sequence, page_number in enumerate(
                self.database.data_pages(table, DamageLog(table.name))
            )
            if page_number
        ]

    def page(self, page_number: int) -> bytes:
        size = self.database.page_size
        return self._data[page_number * size : (page_number + 1) * size]

    def check_equal(
        self,
        table: Table,
        page: bytes,
        page_ref: PageRef | None = None,
        decoder: TextDecoder | None = None,
    ) -> int:
        """Put the page in the file, fail unless both implementations make equal batches and counts
        of its rows, and return the number of rows."""
        require_kernel()
        page_ref = page_ref or (0, self.spare_page)
        at = page_ref[1] * self.database.page_size
        self._source.data = self._data[:at] + page + self._data[at + len(page) :]
        results = []
        for make_columns in (REFERENCE, IMPLEMENTATION):
            self.database.pages.page.cache_clear()
            self.database.blobs.bytes_left = 2 * self.database.page_count * len(page)
            chunks = PageChunks(self.database, csv_rows.REFERENCE.rows)
            columns = make_columns(chunks, table, table.columns, decoder or TextDecoder(WIN1252))
            stats = TableStats(DamageLog(table.name))
            chunk = Chunk(OnePage(table, page_ref), 0, True, True, 1)  # type: ignore[arg-type]
            results.append((batch_values(columns.batches(chunk, stats)), counts(stats), stats.rows))
        assert results[1] == results[0]
        return results[0][2]


@cache
def page_columns(path: Path) -> PageColumns:
    return PageColumns(gzip.decompress(path.read_bytes()))
