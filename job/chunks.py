"""The plan of an export: each table's data pages, cut into chunks that any worker can export.

Chunks are cut by pages and never by time, so the same source gives the same bytes however the
work is shared out.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    pages: list[tuple[int, int]] = field(repr=False)


def chunks(plan: TablePlan, page_size: int) -> Iterator[Chunk]:
    """The table's chunks in order; one at least, since the CSV's first line is in the first."""
    room = max(1, _CHUNK_BYTES // page_size)
    pages: list[tuple[int, int]] = []
    is_first = True
    for sequence, number in enumerate(plan.numbers):
        if not number:
            continue
        if len(pages) == room:
            yield Chunk(plan, is_first, pages)
            pages, is_first = [], False
        pages.append((sequence, number))
    if pages or is_first:
        yield Chunk(plan, is_first, pages)


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
