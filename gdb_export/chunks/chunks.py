"""How an export is cut: each table into chunks that any worker can export.

Chunks are cut by places in the file and never by time, so the same source gives the same bytes
however the work is shared out. What a chunk's parts are, only those know who made them: see
page_chunks.py for databases and backup_chunks.py for backups.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from gdb_export.csv_rows.row_lines import BinaryText
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text import TextDecoder

CHUNK_BYTES = 2 << 20  # of the source
_BATCH_BYTES = CHUNK_BYTES // 4

_LONGEST_NUMBER = 360  # characters: the largest double with the decimals of a NUMERIC
_BYTES_PER_CHARACTER = 3  # UTF-8 of one byte of a single-byte set, or two quotes for one


class TablePlan(Protocol):
    """A table to export. Its `pages` are data pages, or as much of a backup; `work` is what is to
    be read for it, in pages."""

    @property
    def table(self) -> Table: ...

    @property
    def damage(self) -> DamageLog: ...

    @property
    def pages(self) -> int: ...

    @property
    def work(self) -> int: ...

    @property
    def chunk_count(self) -> int: ...

    def chunks(self) -> Iterator["Chunk"]:
        """In order; one at least, since the CSV's first line is in the first."""
        ...

    def parts(self, place: int) -> list[tuple[int, int]]:
        """Where the rows of the chunk in that place are, as pairs of numbers."""
        ...

    def longest_csv(self) -> int:
        """More bytes than the table's CSV can have."""
        ...

    def estimated_rows(self) -> int: ...


class Chunk(NamedTuple):
    """A stretch of one table's rows, by its place among those of the table."""

    plan: TablePlan
    place: int
    is_first: bool
    is_last: bool
    work: int

    @property
    def parts(self) -> list[tuple[int, int]]:
        return self.plan.parts(self.place)

    @property
    def weight(self) -> int:
        """The work it takes, in pages; an empty table is some work too."""
        return self.work + 1


class ChunkLines(Protocol):
    """Makes the CSV of chunks of one table at a time, for one worker."""

    account: TableStats

    @property
    def unsupported(self) -> dict[str, str]:
        """Computed columns that are not evaluated, with the reason."""
        ...

    def rebind(self, table: Table) -> bool:
        """Go over to another table if that is less work than to make its lines anew; was it?"""
        ...

    def header(self) -> bytes:
        """The first line: the names of the columns."""
        ...

    def lines(self, chunk: Chunk) -> Iterator[bytes | memoryview]:
        """The lines of the chunk's rows in order; damage goes to the account. What is given is
        only good until the next is taken."""
        ...


class ChunkSource(Protocol):
    """A database or a backup, to be exported in chunks."""

    @property
    def contents(self) -> DatabaseReader: ...

    def plan(self, table: Table) -> TablePlan: ...

    @property
    def coalescing_window(self) -> int:
        """How many bytes its source fetches together; 0 where distance costs nothing."""
        ...

    def reading_order(self, chunks: Sequence[Chunk]) -> Iterable[int]:
        """The places of the chunks in the order in which they are best read."""
        ...

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        """A hint that these chunks come next, for sources that fetch ahead of the reader."""
        ...

    def chunk_lines(
        self, table: Table, text: TextDecoder, binary_text: BinaryText
    ) -> ChunkLines: ...


def total_weight(plans: Iterable[TablePlan]) -> int:
    """The weights of all chunks of the plans, without making them."""
    return sum(plan.work + plan.chunk_count for plan in plans)


def batches(chunks: Iterable[Chunk], page_size: int) -> Iterator[list[Chunk]]:
    """The chunks in order, small ones together: what a worker takes at once."""
    batch: list[Chunk] = []
    weight = 0
    for chunk in chunks:
        batch.append(chunk)
        weight += chunk.weight
        if weight * page_size >= _BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


@lru_cache(maxsize=4)
def longest_row(columns: tuple[Column, ...]) -> int:
    """More bytes than a line of their CSV can have, blobs and arrays left aside."""
    return sum(map(_longest_field, columns))


def _longest_field(column: Column) -> int:
    name = _BYTES_PER_CHARACTER * len(column.name.encode("utf-8", "replace"))
    text = _BYTES_PER_CHARACTER * column.descriptor.length
    return max(text, name, _LONGEST_NUMBER) + 3
