"""The chunks of a database: data pages, as (sequence, page number)."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, islice
from typing import NamedTuple

from gdb_export.chunks import sizes
from gdb_export.chunks.chunks import Chunk
from gdb_export.chunks.page_sample import PageSample, has_blobs
from gdb_export.chunks.reading_order import Extent, reading_order
from gdb_export.chunks.sizes import max_row_bytes
from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.implementation import MakeRows, TableRows
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import extent, page_batches, runs
from gdb_export.firebird.values.text import TextDecoder


class PageChunks(NamedTuple):
    """A database, divided into chunks."""

    reader: Database
    make_rows: MakeRows

    def plan(self, table: Table) -> "PagePlan":
        damage = DamageLog(table.name)
        page_numbers = self.reader.data_pages(table, damage)
        pages = len(page_numbers) - page_numbers.count(0)
        sample = PageSample(self.reader, table, page_numbers, pages)
        blob_pages = sample.blob_pages()
        chunk_pages = _chunk_pages(self.reader.page_size, pages, blob_pages)
        starts = _starts(page_numbers, pages, chunk_pages)
        return PagePlan(self.reader, table, damage, pages, blob_pages, page_numbers, starts, sample)

    @property
    def coalescing_window(self) -> int:
        return self.reader.pages.coalescing_window

    def reading_order(self, chunks: Sequence[Chunk]) -> Iterable[int]:
        window_pages = self.coalescing_window // self.reader.page_size
        if not window_pages:
            return range(len(chunks))
        extents = [Extent.of(number for _, number in chunk.locations) for chunk in chunks]
        return reading_order(extents, window_pages)

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        self.reader.pages.will_read(
            extent(run) for chunk in chunks for run in runs(chunk.locations, gap_per_page(chunk))
        )

    def chunk_lines(
        self, table: Table, decoder: TextDecoder, binary_text: BinaryText
    ) -> "PageLines":
        rows = self.make_rows(self.reader, table, decoder, binary_text)
        return PageLines(self.reader, rows)


class PagePlan(NamedTuple):
    """A table of a database.

    `page_numbers` are its data pages by sequence, 0 for missing ones; `starts` are the sequences
    of the first pages of chunks; `blob_pages` estimates the pages that only hold blobs.
    """

    database: Database
    table: Table
    damage: DamageLog
    pages: int
    blob_pages: int
    page_numbers: "array[int]"
    starts: Sequence[int]
    sample: PageSample

    @property
    def work(self) -> int:
        return self.pages + self.blob_pages

    @property
    def chunk_count(self) -> int:
        return max(1, len(self.starts))

    def chunks(self) -> Iterator[Chunk]:
        chunk_pages = _chunk_pages(self.database.page_size, self.pages, self.blob_pages)
        last = self.chunk_count - 1
        for ordinal in range(last + 1):
            begin = ordinal * chunk_pages
            end = min(begin + chunk_pages, self.pages)
            work = self._work_up_to(end) - self._work_up_to(begin)
            yield Chunk(self, ordinal, ordinal == 0, ordinal == last, work)

    def locations(self, ordinal: int) -> list[tuple[int, int]]:
        if not self.starts:
            return []
        begin, *following = self.starts[ordinal : ordinal + 2]
        numbers = self.page_numbers[begin : following[0] if following else None]
        return [(sequence, number) for sequence, number in enumerate(numbers, begin) if number]

    def _work_up_to(self, pages: int) -> int:
        """The work for the first `pages` data pages, blob pages distributed evenly."""
        return pages + self.blob_pages * pages // max(self.pages, 1)

    def max_csv_bytes(self) -> int:
        rows = self.pages * ods.records_per_page(self.database.page_size) + 1
        blobs = 0
        if has_blobs(self.table):
            blobs = 16 * self.database.pages.page_count * self.database.page_size
        return rows * max_row_bytes(self.table.columns) + blobs

    def estimated_rows(self, tables: int = 1) -> int:
        return self.sample.rows(tables)


def _chunk_pages(page_size: int, pages: int, blob_pages: int) -> int:
    """The number of data pages in a chunk; their share of the blob pages counts too."""
    all_pages = sizes.CHUNK_BYTES // page_size
    return max(1, all_pages * pages // max(pages + blob_pages, 1))


def _starts(page_numbers: "array[int]", pages: int, chunk_pages: int) -> Sequence[int]:
    """The sequence of the first page of each chunk."""
    if pages == len(page_numbers):
        return range(0, pages, chunk_pages)
    return array("Q", islice(compress(count(), page_numbers), 0, None, chunk_pages))


class PageLines:
    """Formats the rows on data pages of tables."""

    def __init__(self, database: Database, rows: TableRows) -> None:
        self.formatter = rows.formatter
        self._database = database
        self._rows = rows

    def rebind(self, table: Table) -> bool:
        return self._rows.rebind(table)

    def lines(self, chunk: Chunk, stats: TableStats) -> Iterator[bytes | memoryview]:
        for page_batch in page_batches(self._database.pages, chunk.locations, gap_per_page(chunk)):
            yield from self._rows.lines(page_batch, stats)


def gap_per_page(chunk: Chunk) -> int:
    """The unwanted pages to read per data page, because they may be blob pages of its rows: in all
    at most twice the chunk's estimated pages."""
    plan = chunk.plan
    return 2 * plan.work // max(plan.pages, 1) if has_blobs(plan.table) else 0
