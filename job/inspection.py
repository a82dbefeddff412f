"""What can be told of a database without reading its tables: for `gdb-export inspect`."""

from dataclasses import dataclass
from typing import Any

from job.chunks import TablePlan
from job.firebird.columns import firebird_type
from job.firebird.database import Database
from job.firebird.errors import Damage
from job.firebird.ods import SECONDARY_ITEM
from job.firebird.records import parse_record_header

_SAMPLED_PAGES = 3


@dataclass(frozen=True, slots=True)
class TableSummary:
    """`rows` is estimated from a few pages."""

    name: str
    kind: str
    pages: int
    rows: int
    columns: tuple[tuple[str, str], ...]

    def fields(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "pages": self.pages,
            "estimated_rows": self.rows,
            "columns": [{"name": name, "type": kind} for name, kind in self.columns],
        }


def summaries(database: Database) -> list[TableSummary]:
    """All user tables and views, in name order."""
    found = []
    for table in database.tables:
        plan = TablePlan.of(database, table)
        columns = tuple((column.name, firebird_type(column)) for column in table.columns)
        rows = _estimated_rows(database, plan)
        found.append(TableSummary(table.name, str(table.kind), plan.pages, rows, columns))
    return found


def database_fields(database: Database) -> dict[str, Any]:
    header = database.header
    return {
        "ods": f"{header.ods[0]}.{header.ods[1]}",
        "page_size": header.page_size,
        "pages": database.pages.page_count,
        "dialect": header.dialect,
        "default_charset": database.default_charset,
        "damage": [entry.place() for entry in database.damage.entries],
        "notes": database.damage.notes,
    }


def _estimated_rows(database: Database, plan: TablePlan) -> int:
    """Primary records of the first, the middle and the last page, scaled up to all pages."""
    present = [(sequence, number) for sequence, number in enumerate(plan.numbers) if number]
    if not present:
        return 0
    step = max(1, len(present) // _SAMPLED_PAGES)
    sample = present[::step][:_SAMPLED_PAGES]
    counts = [_records(database, plan, sequence, number) for sequence, number in sample]
    return round(sum(counts) * len(present) / len(sample))


def _records(database: Database, plan: TablePlan, sequence: int, number: int) -> int:
    try:
        data = database.pages.page(number)
        page = database.data_page(plan.table.relation, sequence, number, data)
        items = [item for item in map(page.item, range(page.slots)) if item is not None]
        major = database.header.family
        return sum(not parse_record_header(item, major).flags & SECONDARY_ITEM for item in items)
    except Damage:
        return 0
