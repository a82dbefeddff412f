"""What can be told of a database without reading its tables: for `gdb-export inspect`."""

from typing import Any, NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.firebird.catalogue.columns import firebird_type


class TableSummary(NamedTuple):
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


def summaries(opened: ChunkSource) -> list[TableSummary]:
    """All user tables and views, in name order."""
    found = []
    for table in opened.contents.tables:
        plan = opened.plan(table)
        columns = tuple((column.name, firebird_type(column)) for column in table.columns)
        rows = plan.estimated_rows()
        found.append(TableSummary(table.name, str(table.kind), plan.pages, rows, columns))
    return found


def database_fields(opened: ChunkSource) -> dict[str, Any]:
    contents = opened.contents
    return {
        "ods": contents.format_label,
        "page_size": contents.page_size,
        "pages": contents.page_count,
        "dialect": contents.dialect,
        "default_charset": contents.default_charset,
        "damage": [entry.place() for entry in contents.damage.entries],
        "notes": contents.damage.notes,
    }
