"""Selects the tables of an export."""

from collections.abc import Sequence

from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.options import BadOption, ExportOptions

_EXPORTED_KINDS = (TableKind.TABLE, TableKind.TEMPORARY)


def exportable_tables(tables: Sequence[Table]) -> list[Table]:
    """The tables whose rows are stored in the file, in name order."""
    return [table for table in tables if table.kind in _EXPORTED_KINDS]


def selected_tables(tables: Sequence[Table], options: ExportOptions) -> list[Table]:
    """The exportable tables, filtered by the options, in name order.

    Raises BadOption for an unknown table name.
    """
    exportable = exportable_tables(tables)
    names = {table.name for table in exportable}
    included = names if options.tables is None else _known(options.tables, names, "tables")
    selected = included - _known(options.exclude, names, "exclude")
    return [table for table in exportable if table.name in selected]


def _known(requested: Sequence[str], names: set[str], option: str) -> set[str]:
    """The requested tables under their exact names. A name that does not match is tried in upper
    case, as SQL reads unquoted names."""
    known = set()
    for name in requested:
        match = name if name in names else name.upper()
        if match not in names:
            raise BadOption(f"there is no table {name!r}{_hint(names)}", option)
        known.add(match)
    return known


def _hint(names: set[str]) -> str:
    first = sorted(names)[:5]
    rest = f" and {len(names) - len(first)} more" if len(names) > len(first) else ""
    return f"; there are {', '.join(first)}{rest}" if first else "; the database has no tables"
