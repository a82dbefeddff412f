"""The chunks of a database: runs of data pages, as (sequence, page number)."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count, islice
from typing import NamedTuple

from gdb_export.chunks import chunks
from gdb_export.chunks.chunks import Chunk, longest_row
from gdb_export.chunks.page_sample import PageSample, has_blobs
from gdb_export.chunks.reading_order import Extent, reading_order
from gdb_export.csv_rows import TableRows, table_rows
from gdb_export.csv_rows.made_by import MadeBy
from gdb_export.csv_rows.row_lines import BinaryText
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import extent, page_batches, runs
from gdb_export.firebird.values.text import TextDecoder


class PageChunks(NamedTuple):
    """A database, to be exported in chunks."""

    contents: Database

    def plan(self, table: Table) -> "PagePlan":
        damage = DamageLog(table.name)
        numbers = self.contents.data_pages(table, damage)
        pages = len(numbers) - numbers.count(0)
        sample = PageSample(self.contents, table, numbers, pages)
        blob_pages = sample.blob_pages()
        starts = _starts(numbers, pages, _room(self.contents.page_size, pages, blob_pages))
        return PagePlan(self.contents, table, damage, pages, blob_pages, numbers, starts, sample)

    @property
    def coalescing_window(self) -> int:
        return self.contents.pages.coalescing_window

    def reading_order(self, chunks: Sequence[Chunk]) -> Iterable[int]:
        sweep = self.coalescing_window // self.contents.page_size
        if not sweep:
            return range(len(chunks))
        extents = [Extent.of(number for _, number in chunk.parts) for chunk in chunks]
        return reading_order(extents, sweep)

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        self.contents.pages.will_read(
            extent(run) for chunk in chunks for run in runs(chunk.parts, _between(chunk))
        )

    def chunk_lines(self, table: Table, text: TextDecoder, binary_text: BinaryText) -> "PageLines":
        rows = table_rows(self.contents, table, text, binary_text)
        return PageLines(self.contents, rows)


class PagePlan(NamedTuple):
    """`numbers` are the table's data pages by sequence, 0 where there is none, `starts` the
    sequences at which its chunks begin; `blob_pages` is an estimate of the pages that its blobs
    have for themselves."""

    database: Database
    table: Table
    damage: DamageLog
    pages: int
    blob_pages: int
    numbers: "array[int]"
    starts: Sequence[int]
    sample: "PageSample"

    @property
    def work(self) -> int:
        return self.pages + self.blob_pages

    @property
    def chunk_count(self) -> int:
        return max(1, len(self.starts))

    def chunks(self) -> Iterator[Chunk]:
        room = _room(self.database.page_size, self.pages, self.blob_pages)
        last = self.chunk_count - 1
        for place in range(last + 1):
            read = place * room
            work = self._work_of(min(read + room, self.pages)) - self._work_of(read)
            yield Chunk(self, place, place == 0, place == last, work)

    def parts(self, place: int) -> list[tuple[int, int]]:
        if not self.starts:
            return []
        begin, *after = self.starts[place : place + 2]
        numbers = self.numbers[begin : after[0] if after else None]
        return [(sequence, number) for sequence, number in enumerate(numbers, begin) if number]

    def _work_of(self, pages: int) -> int:
        """What it is to export so many data pages from the first."""
        return pages + self.blob_pages * pages // max(self.pages, 1)

    def longest_csv(self) -> int:
        rows = self.pages * ods.records_per_page(self.database.page_size) + 1
        blobs = 0
        if has_blobs(self.table):
            blobs = 16 * self.database.pages.page_count * self.database.page_size
        return rows * longest_row(self.table.columns) + blobs

    def estimated_rows(self) -> int:
        return self.sample.rows()


def _room(page_size: int, pages: int, blob_pages: int) -> int:
    """Data pages of a chunk, which takes its share of the blobs' pages with it."""
    whole = chunks.CHUNK_BYTES // page_size
    return max(1, whole * pages // max(pages + blob_pages, 1))


def _starts(numbers: "array[int]", pages: int, room: int) -> Sequence[int]:
    """The sequence of each page with which a chunk begins."""
    if pages == len(numbers):
        return range(0, pages, room)
    return array("Q", islice(compress(count(), numbers), 0, None, room))


class PageLines(MadeBy):
    """The lines of tables' data pages."""

    def __init__(self, database: Database, rows: TableRows) -> None:
        self._database = database
        self._rows = rows
        super().__init__(rows)

    def rebind(self, table: Table) -> bool:
        return self._rows.rebind(table)

    def lines(self, chunk: Chunk) -> Iterator[bytes | memoryview]:
        for page_batch in page_batches(self._database.pages, chunk.parts, _between(chunk)):
            yield from self._rows.lines(page_batch)


def _between(chunk: Chunk) -> int:
    """Other pages that may be read for each data page, since they may be those of its blobs: all
    in all no more than two chunks have."""
    plan = chunk.plan
    return 2 * plan.work // max(plan.pages, 1) if has_blobs(plan.table) else 0
