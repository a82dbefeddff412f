"""gdb-export inspect: describes a database without reading its tables."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.cli.errors import DONE
from gdb_export.cli.source_arguments import add_source_arguments, open_source_arguments
from gdb_export.cli.standard_streams import escaped, print_json
from gdb_export.export.selection import named_table, tables_by_name
from gdb_export.firebird.catalogue.columns import firebird_type
from gdb_export.firebird.core.qualified_names import QualifiedName


class TableSummary(NamedTuple):
    """A table or view; `rows` is estimated from a few pages, `columns` are names and types.
    `qualified_name` has the schema, which databases before ODS 14 do not have."""

    name: str
    kind: str
    pages: int
    rows: int
    columns: tuple[tuple[str, str], ...]
    qualified_name: QualifiedName

    def fields(self) -> dict[str, Any]:
        schema, package = self.qualified_name.schema, self.qualified_name.package
        return {
            "name": self.name,
            **({"schema": schema} if schema else {}),
            **({"package": package} if package else {}),
            **({"name_in_schema": self.qualified_name.object} if schema else {}),
            "kind": self.kind,
            "pages": self.pages,
            "estimated_rows": self.rows,
            "columns": [{"name": name, "type": type_} for name, type_ in self.columns],
        }


# Sort keys of the orders of tables; tables that are equal in size or rows are in name order
SORT_KEYS: dict[str, Callable[[TableSummary], tuple[int, str]]] = {
    "name": lambda table: (0, table.name),
    "size": lambda table: (-table.pages, table.name),
    "rows": lambda table: (-table.rows, table.name),
}


def add_inspect_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    parser.add_argument("table", metavar="TABLE", nargs="?", help="show the columns of this table")
    parser.add_argument(
        "--sort",
        choices=SORT_KEYS,
        default="name",
        help="order of the tables: by name, or the largest first",
    )
    parser.add_argument("--json", action="store_true", help="everything, columns too, as JSON")
    add_source_arguments(parser)
    parser.set_defaults(run=_inspect)


def _inspect(arguments: argparse.Namespace) -> int:
    with ExitStack() as exit_stack:
        files, opener = open_source_arguments(arguments, exit_stack, reads_everything=False)
        source = opener(files[0])
        fields = _database_fields(source)
        tables = _table_summaries(source, arguments.table)
        tables.sort(key=SORT_KEYS[arguments.sort])
        if arguments.json:
            print_json(fields | _definition_fields(source, tables, arguments.table is None))
            return DONE
        lines = [] if arguments.table is None else list(_table_lines(source, tables[0]))
    prefix = "" if fields["ods"].startswith("gbak") else "ODS "
    print(
        f"{prefix}{fields['ods']}, {fields['pages']} pages of {fields['page_size']} bytes,"
        f" dialect {fields['dialect']}, charset {fields['default_charset']}"
    )
    for text in [*fields["notes"], *fields["damage"]]:
        print(escaped(f"warning: {text}"), file=sys.stderr)
    if arguments.table is None:
        _print_tables(tables)
    for line in lines:
        print(escaped(line))
    return DONE


def _database_fields(source: ChunkSource) -> dict[str, Any]:
    reader = source.reader
    return {
        "ods": reader.format_label,
        "page_size": reader.page_size,
        "pages": reader.page_count,
        "dialect": reader.dialect,
        "default_charset": reader.default_charset,
        "damage": [entry.text() for entry in reader.damage.entries],
        "notes": reader.damage.notes,
    }


def _table_summaries(source: ChunkSource, name: str | None) -> list[TableSummary]:
    """All user tables and views, or the one with that name; raises BadOption if there is none."""
    tables = source.reader.tables
    if name is not None:
        tables = [named_table(source.reader, name)]
    summaries = []
    for table in tables:
        plan = source.plan(table)
        columns = tuple((column.name, firebird_type(column)) for column in table.columns)
        rows = plan.estimated_rows(len(tables))
        kind, qualified_name = str(table.kind), table.qualified_name
        summary = TableSummary(table.name, kind, plan.pages, rows, columns, qualified_name)
        summaries.append(summary)
    return summaries


def _print_tables(tables: Sequence[TableSummary]) -> None:
    total = f"{len(tables)} tables" if len(tables) != 1 else "1 table"
    width = max(len(total), 5, *(len(escaped(table.name)) for table in tables))
    print(f"{'table':{width}}  {'pages':>10}  {'rows (est.)':>14}  columns")
    for table in tables:
        kind = "" if table.kind == "table" else f"  {table.kind}"
        print(
            f"{escaped(table.name):{width}}  {table.pages:10,}  {table.rows:14,}"
            f"  {len(table.columns):7}{kind}"
        )
    pages, rows = sum(table.pages for table in tables), sum(table.rows for table in tables)
    print(f"{total:{width}}  {pages:10,}  {rows:14,}")


def _definition_fields(
    source: ChunkSource, tables: Sequence[TableSummary], is_whole: bool
) -> dict[str, Any]:
    """The tables with their definitions and, for a whole database, its other definitions."""
    # imported late: docs/architecture.md
    from gdb_export.cli.packages.shown_definitions import (
        database_fields,
        programs_with_parameters,
        table_fields,
    )
    from gdb_export.firebird.definitions.definitions import Definitions

    definitions = Definitions(source.reader)
    by_name = tables_by_name(source.reader, [table.name for table in tables])
    described = [
        table.fields() | table_fields(definitions, by_name[table.name]) for table in tables
    ]
    others = database_fields(definitions) if is_whole else {}
    if is_whole:
        others["programs"] = programs_with_parameters(source.reader, definitions)
    damage = [entry.text() for entry in definitions.damage.entries]
    return {**others, "damage_of_definitions": damage, "tables": described}


def _table_lines(source: ChunkSource, summary: TableSummary) -> Iterator[str]:
    """The columns of a table with types, defaults and descriptions, then its keys and indices."""
    # imported late: docs/architecture.md
    from gdb_export.cli.packages.shown_definitions import column_notes, constraint_lines
    from gdb_export.firebird.definitions.definitions import Definitions

    definitions = Definitions(source.reader)
    table = named_table(source.reader, summary.name)
    yield f"{table.name}: {summary.kind}, {summary.pages:,} pages, about {summary.rows:,} rows"
    if description := definitions.description(table):
        yield f"-- {' '.join(description.split())}"
    width = max((len(escaped(column.name)) for column in table.columns), default=6)
    yield f"{'column':{width}}  type"
    found = definitions.columns(table)
    for column, (name, type_) in zip(table.columns, summary.columns, strict=True):
        notes = column_notes(found.get(name), column.is_nullable)
        yield f"{name:{width}}  {type_} {notes}".rstrip()
    yield from constraint_lines(definitions, table)
    for entry in definitions.damage.entries:
        yield f"warning: {entry.text()}"
