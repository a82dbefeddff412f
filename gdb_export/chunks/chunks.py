"""Chunks: the parts of each table that any worker can export.

Chunks are cut at positions in the file, never by time: the same source gives the same bytes
however the work is distributed. The plans of page_chunks.py cut databases, those of
backup_chunks.py cut backups.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text import TextDecoder


class TablePlan(Protocol):
    """A table to export. `pages` is its number of data pages, or the equivalent size in a backup;
    `work` is the number of all pages to be read for it."""

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
        """The chunks in order, at least one: the first contains the header of the CSV."""
        ...

    def locations(self, ordinal: int) -> list[tuple[int, int]]:
        """The locations of the rows of the chunk with that ordinal: (sequence, page number) of data
        pages, or (first byte, end) of ranges in a backup."""
        ...

    def max_csv_bytes(self) -> int:
        """An upper bound for the size of the table's CSV."""
        ...

    def estimated_rows(self, tables: int = 1) -> int:
        """The estimated number of rows. `tables` is the number of tables that are estimated: the
        more they are, the fewer pages are read of each."""
        ...


class Chunk(NamedTuple):
    """Consecutive rows of one table; `ordinal` is its index in the plan, `work` in pages."""

    plan: TablePlan
    ordinal: int
    is_first: bool
    is_last: bool
    work: int

    @property
    def locations(self) -> list[tuple[int, int]]:
        return self.plan.locations(self.ordinal)

    @property
    def weight(self) -> int:
        """The work in pages, plus one: an empty table is some work too."""
        return self.work + 1


class ChunkLines(Protocol):
    """Formats the chunks of one table at a time as CSV, for one worker."""

    formatter: RowFormatter

    def rebind(self, table: Table) -> bool:
        """Reuse this object for `table` if the layouts match. Return whether it was reused."""
        ...

    def lines(self, chunk: Chunk, stats: TableStats) -> Iterator[bytes | memoryview]:
        """The lines of the chunk's rows in order; damage is added to `stats`. Each item is valid
        only until the next one is requested."""
        ...


class ChunkSource(Protocol):
    """A database or a backup, divided into chunks."""

    @property
    def reader(self) -> DatabaseReader: ...

    def plan(self, table: Table) -> TablePlan: ...

    @property
    def coalescing_window(self) -> int:
        """The coalescing window of its source: see `Source`; 0 if reads are never scattered."""
        ...

    def reading_order(self, chunks: Sequence[Chunk]) -> Iterable[int]:
        """The indexes of the chunks in the order in which they are best read."""
        ...

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        """Announce the chunks that are read next, for sources that prefetch."""
        ...

    def chunk_lines(
        self, table: Table, decoder: TextDecoder, binary_text: BinaryText
    ) -> ChunkLines: ...


def total_weight(plans: Iterable[TablePlan]) -> int:
    """The sum of the weights of all chunks of the plans."""
    return sum(plan.work + plan.chunk_count for plan in plans)
