"""Selects the tables of an export."""

import re
from collections.abc import Iterable, Mapping, Sequence

from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.options import BadOption, ExportOptions

_EXPORTED_KINDS = (TableKind.TABLE, TableKind.TEMPORARY)
_SYSTEM_MARK = "$"  # in the name of every system table
_IN_NO_BACKUP = (
    "a backup does not hold the rows of system tables: restore it, and export the database"
)


def exportable_tables(tables: Sequence[Table]) -> list[Table]:
    """The tables whose rows are stored in the file, in name order."""
    return [table for table in tables if table.kind in _EXPORTED_KINDS]


def stored_system_tables(reader: DatabaseReader) -> list[Table]:
    """The system tables whose rows are stored in the file, in name order."""
    return [table for table in reader.system_tables or () if table.kind is TableKind.SYSTEM]


def selected_tables(reader: DatabaseReader, options: ExportOptions) -> list[Table]:
    """The exportable tables, filtered by the options, in name order. System tables are among them
    only if the options name them or select all of them.

    Raises BadOption for an unknown table name, for system tables whose rows are not in the file,
    and if the options leave no table.
    """
    users = {table.name: table for table in exportable_tables(reader.tables)}
    included = dict(users)
    if options.tables is not None:
        included = _requested(reader, options.tables, users, "tables")
    if options.system_tables:
        if reader.system_tables is None:
            raise BadOption(_IN_NO_BACKUP, "system-tables")
        included |= {table.name: table for table in stored_system_tables(reader)}
    elif options.tables is not None and not included:
        raise BadOption(f"no table is named{_hint(users)}", "tables")
    excluded = _requested(reader, options.exclude, users, "exclude")
    selected = [included[name] for name in sorted(included) if name not in excluded]
    if options.exclude and not selected:
        raise BadOption("no table is left to export: all selected ones are excluded", "exclude")
    return selected


def tables_by_name(reader: DatabaseReader, names: Iterable[str]) -> dict[str, Table]:
    """The tables of an export by name; `names` are those of user tables and system tables."""
    by_name = {table.name: table for table in reader.tables}
    if by_name.keys() >= set(names):
        return by_name
    return {table.name: table for table in stored_system_tables(reader)} | by_name


def named_table(reader: DatabaseReader, name: str) -> Table:
    """The table, view or stored system table of that name or, if there is none, of that name in
    upper case.

    Raises BadOption.
    """
    by_name = {table.name: table for table in reader.tables}
    table = by_name.get(name) or by_name.get(name.upper())
    if table is None:
        matches = _system_matches(reader, name, "")
        table = matches.get(name) or matches.get(name.upper())
    if table is None:
        raise BadOption(f"there is no table {name!r}{_hint(by_name)}")
    return table


def _requested(
    reader: DatabaseReader, requested: Sequence[str], users: Mapping[str, Table], option: str
) -> dict[str, Table]:
    """The requested tables: user tables or, where none matches, system tables."""
    known: dict[str, Table] = {}
    for name in requested:
        matches = {match: users[match] for match in _matches(name, users.keys())}
        matches = matches or _system_matches(reader, name, option)
        if not matches:
            raise BadOption(f"there is no table {name!r}{_hint(users)}", option)
        known |= matches
    return known


def _system_matches(reader: DatabaseReader, name: str, option: str) -> dict[str, Table]:
    """The stored system tables that a requested name matches. Raises BadOption if it matches only
    tables whose rows are not in the file."""
    if _SYSTEM_MARK not in name:
        return {}
    if reader.system_tables is None:
        raise BadOption(f"{name}: {_IN_NO_BACKUP}", option)
    tables = {table.name: table for table in reader.system_tables}
    matches = sorted(_matches(name, tables.keys()))
    stored = {match: tables[match] for match in matches if tables[match].kind is TableKind.SYSTEM}
    if matches and not stored:
        kind = tables[matches[0]].kind
        raise BadOption(f"{matches[0]} is a {kind}: its rows are not in the file", option)
    return stored


def _matches(name: str, names: Iterable[str]) -> set[str]:
    """The names that a requested name matches. If it is none of them, it is tried in upper case, as
    SQL reads unquoted names, and then as a pattern with `*` and `?`."""
    known = set(names)
    if name in known:
        return {name}
    return {name.upper()} & known or _matching(name, known) or _matching(name.upper(), known)


def _matching(pattern: str, names: set[str]) -> set[str]:
    """The names that match a pattern, in which only `*` and `?` are special."""
    if "*" not in pattern and "?" not in pattern:
        return set()
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return {name for name in names if re.fullmatch(expression, name, re.DOTALL)}


def _hint(names: Iterable[str]) -> str:
    ordered = sorted(names)
    first = ordered[:5]
    rest = f" and {len(ordered) - len(first)} more" if len(ordered) > len(first) else ""
    return f"; there are {', '.join(first)}{rest}" if first else "; the database has no tables"
