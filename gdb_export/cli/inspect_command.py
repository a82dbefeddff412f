"""gdb-export inspect: describes a database without reading its tables."""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.cli.errors import DONE
from gdb_export.cli.source_arguments import add_source_arguments, open_given
from gdb_export.firebird.catalogue.columns import firebird_type


class TableSummary(NamedTuple):
    """A table or view; `rows` is estimated from a few pages, `columns` are names and types."""

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
            "columns": [{"name": name, "type": type_} for name, type_ in self.columns],
        }


def add_inspect_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    parser.add_argument("--json", action="store_true", help="everything, columns too, as JSON")
    add_source_arguments(parser)
    parser.set_defaults(run=_inspect)


def _inspect(arguments: argparse.Namespace) -> int:
    with ExitStack() as entered:
        source, opener = open_given(arguments, entered, reads_everything=False)
        opened = opener(source)
        fields, tables = _database_fields(opened), _table_summaries(opened)
    if arguments.json:
        document = {**fields, "tables": [table.fields() for table in tables]}
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return DONE
    prefix = "" if fields["ods"].startswith("gbak") else "ODS "
    print(
        f"{prefix}{fields['ods']}, {fields['pages']} pages of {fields['page_size']} bytes,"
        f" dialect {fields['dialect']}, charset {fields['default_charset']}"
    )
    for text in [*fields["notes"], *fields["damage"]]:
        print(f"warning: {text}", file=sys.stderr)
    _print_tables(tables)
    return DONE


def _database_fields(opened: ChunkSource) -> dict[str, Any]:
    reader = opened.reader
    return {
        "ods": reader.format_label,
        "page_size": reader.page_size,
        "pages": reader.page_count,
        "dialect": reader.dialect,
        "default_charset": reader.default_charset,
        "damage": [entry.text() for entry in reader.damage.entries],
        "notes": reader.damage.notes,
    }


def _table_summaries(opened: ChunkSource) -> list[TableSummary]:
    """All user tables and views, in name order."""
    summaries = []
    for table in opened.reader.tables:
        plan = opened.plan(table)
        columns = tuple((column.name, firebird_type(column)) for column in table.columns)
        rows = plan.estimated_rows()
        summaries.append(TableSummary(table.name, str(table.kind), plan.pages, rows, columns))
    return summaries


def _print_tables(tables: Sequence[TableSummary]) -> None:
    width = max((len(table.name) for table in tables), default=5)
    print(f"{'table':{width}}  {'pages':>8}  {'rows (est.)':>12}  columns")
    for table in tables:
        kind = "" if table.kind == "table" else f"  {table.kind}"
        print(
            f"{table.name:{width}}  {table.pages:8}  {table.rows:12,}  {len(table.columns)}{kind}"
        )
