"""Selects the tables of an export."""

import re
from collections.abc import Sequence

from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.options import BadOption, ExportOptions

_EXPORTED_KINDS = (TableKind.TABLE, TableKind.TEMPORARY)


def exportable_tables(tables: Sequence[Table]) -> list[Table]:
    """The tables whose rows are stored in the file, in name order."""
    return [table for table in tables if table.kind in _EXPORTED_KINDS]


def selected_tables(tables: Sequence[Table], options: ExportOptions) -> list[Table]:
    """The exportable tables, filtered by the options, in name order.

    Raises BadOption for an unknown table name, and if the options leave no table.
    """
    exportable = exportable_tables(tables)
    names = {table.name for table in exportable}
    included = names if options.tables is None else _known(options.tables, names, "tables")
    if options.tables is not None and not included:
        raise BadOption(f"no table is named{_hint(names)}", "tables")
    selected = included - _known(options.exclude, names, "exclude")
    if options.exclude and not selected:
        raise BadOption("no table is left to export: all selected ones are excluded", "exclude")
    return [table for table in exportable if table.name in selected]


def named_table(tables: Sequence[Table], name: str) -> Table:
    """The table or view of that name or, if there is none, of that name in upper case.

    Raises BadOption.
    """
    by_name = {table.name: table for table in tables}
    table = by_name.get(name) or by_name.get(name.upper())
    if table is None:
        raise BadOption(f"there is no table {name!r}{_hint(set(by_name))}")
    return table


def _known(requested: Sequence[str], names: set[str], option: str) -> set[str]:
    """The requested tables under their exact names. A name that does not match is tried in upper
    case, as SQL reads unquoted names, and then as a pattern with `*` and `?`."""
    known = set()
    for name in requested:
        matches = {name, name.upper()} & names
        if name in matches:
            matches = {name}
        matches = matches or _matching(name, names) or _matching(name.upper(), names)
        if not matches:
            raise BadOption(f"there is no table {name!r}{_hint(names)}", option)
        known |= matches
    return known


def _matching(pattern: str, names: set[str]) -> set[str]:
    """The names that match a pattern, in which only `*` and `?` are special."""
    if "*" not in pattern and "?" not in pattern:
        return set()
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return {name for name in names if re.fullmatch(expression, name, re.DOTALL)}


def _hint(names: set[str]) -> str:
    first = sorted(names)[:5]
    rest = f" and {len(names) - len(first)} more" if len(names) > len(first) else ""
    return f"; there are {', '.join(first)}{rest}" if first else "; the database has no tables"
