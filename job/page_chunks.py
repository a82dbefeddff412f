"""The chunks of a database: runs of data pages, as (sequence, page number)."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress, count, islice

from job import chunks
from job.chunks import Chunk, longest_row
from job.csv_rows import TableRows, table_rows
from job.csv_rows.made_by import MadeBy
from job.csv_rows.row_lines import BinaryText
from job.firebird import ods
from job.firebird.columns import Table
from job.firebird.damage import DamageLog
from job.firebird.database import Database
from job.firebird.page_runs import runs, stretches
from job.firebird.text import TextDecoder
from job.page_sample import PageSample, has_blobs


@dataclass(frozen=True, slots=True)
class PageChunks:
    """A database, to be exported in chunks."""

    contents: Database

    def plan(self, table: Table) -> "PagePlan":
        damage = DamageLog(table.name)
        numbers = self.contents.data_pages(table, damage)
        pages = len(numbers) - numbers.count(0)
        sample = PageSample(self.contents, table, numbers, pages)
        return PagePlan(self.contents, table, damage, pages, sample.blob_pages(), numbers, sample)

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        self.contents.pages.will_read(
            (first, len(sequences)) for chunk in chunks for first, sequences in runs(chunk.parts)
        )

    def chunk_lines(self, table: Table, text: TextDecoder, binary_text: BinaryText) -> "PageLines":
        rows = table_rows(self.contents, table, text, binary_text)
        return PageLines(self.contents, rows)


@dataclass(frozen=True, slots=True)
class PagePlan:
    """`numbers` are the table's data pages by sequence, 0 where there is none; `blob_pages` is an
    estimate of the pages that its blobs have for themselves."""

    database: Database
    table: Table
    damage: DamageLog
    pages: int
    blob_pages: int
    numbers: "array[int]" = field(repr=False)
    sample: "PageSample" = field(repr=False)

    @property
    def work(self) -> int:
        return self.pages + self.blob_pages

    @property
    def _room(self) -> int:
        """Data pages of a chunk, which takes its share of the blobs' pages with it."""
        whole = chunks.CHUNK_BYTES // self.database.page_size
        return max(1, whole * self.pages // max(self.work, 1))

    @property
    def chunk_count(self) -> int:
        return max(1, -(-self.pages // self._room))

    def chunks(self) -> Iterator[Chunk]:
        present = zip(compress(count(), self.numbers), filter(None, self.numbers), strict=True)
        last = self.chunk_count - 1
        read = 0
        for place in range(last + 1):
            pages = list(islice(present, self._room))
            work = self._work_of(read + len(pages)) - self._work_of(read)
            read += len(pages)
            yield Chunk(self, place == 0, place == last, work, pages)

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


class PageLines(MadeBy):
    """The lines of tables' data pages."""

    def __init__(self, database: Database, rows: TableRows) -> None:
        self._database = database
        self._rows = rows
        super().__init__(rows)

    def turn_to(self, table: Table) -> bool:
        return self._rows.turn_to(table)

    def lines(self, chunk: Chunk) -> Iterator[bytes | memoryview]:
        for parts, data in stretches(self._database.pages, chunk.parts):
            yield from self._rows.lines(parts, data)
