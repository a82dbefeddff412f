"""The plan of an export: each table's data pages, cut into chunks that any worker can export.

Chunks are cut by pages and never by time, so the same source gives the same bytes however the
work is shared out.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from job.firebird import ods
from job.firebird.columns import Column, Table
from job.firebird.damage import DamageLog
from job.firebird.database import Database
from job.firebird.ods import Dtype

_CHUNK_BYTES = 2 << 20  # of data pages
_LONGEST_NUMBER = 360  # characters: the largest double with the decimals of a NUMERIC
_BYTES_PER_CHARACTER = 3  # UTF-8 of one byte of a single-byte set, or two quotes for one


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table to export: `numbers` are its data pages by sequence, 0 where there is none."""

    table: Table
    numbers: "array[int]"
    damage: DamageLog
    pages: int

    @classmethod
    def of(cls, database: Database, table: Table) -> "TablePlan":
        damage = DamageLog(table.name)
        numbers = database.data_pages(table, damage)
        return cls(table, numbers, damage, sum(1 for number in numbers if number))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive data pages of one table as (sequence, page number)."""

    plan: TablePlan
    is_first: bool
    is_last: bool
    pages: list[tuple[int, int]] = field(repr=False)

    @property
    def weight(self) -> int:
        """The work it takes, in pages; an empty table is some work too."""
        return len(self.pages) + 1


def chunks(plan: TablePlan, page_size: int) -> Iterator[Chunk]:
    """The table's chunks in order; one at least, since the CSV's first line is in the first."""
    present = ((sequence, number) for sequence, number in enumerate(plan.numbers) if number)
    room = _room(page_size)
    last = _count(plan, page_size) - 1
    for place in range(last + 1):
        yield Chunk(plan, place == 0, place == last, list(islice(present, room)))


def total_weight(plans: Iterable[TablePlan], page_size: int) -> int:
    """The weights of all chunks of the plans, without making them."""
    return sum(plan.pages + _count(plan, page_size) for plan in plans)


def _room(page_size: int) -> int:
    return max(1, _CHUNK_BYTES // page_size)


def _count(plan: TablePlan, page_size: int) -> int:
    return max(1, -(-plan.pages // _room(page_size)))


def runs(pages: list[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
    """Pages that lie one after another in the file: (first page number, their sequences)."""
    first, sequences = 0, list[int]()
    for sequence, number in pages:
        if sequences and number == first + len(sequences):
            sequences.append(sequence)
            continue
        if sequences:
            yield first, sequences
        first, sequences = number, [sequence]
    if sequences:
        yield first, sequences


def longest_csv(plan: TablePlan, database: Database) -> int:
    """More bytes than the table's CSV can have."""
    rows = plan.pages * ods.records_per_page(database.pages.page_size) + 1
    row = sum(_longest_field(column) for column in plan.table.columns)
    blobs = 0
    if any(column.descriptor.dtype in (Dtype.BLOB, Dtype.ARRAY) for column in plan.table.columns):
        blobs = 16 * database.pages.page_count * database.pages.page_size
    return rows * row + blobs


def _longest_field(column: Column) -> int:
    name = _BYTES_PER_CHARACTER * len(column.name.encode("utf-8", "replace"))
    text = _BYTES_PER_CHARACTER * column.descriptor.length
    return max(text, name, _LONGEST_NUMBER) + 3
