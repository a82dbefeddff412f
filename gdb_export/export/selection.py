"""Which tables an export takes."""

from collections.abc import Sequence

from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.options import BadOption, ExportOptions

_WITH_CSV = (TableKind.TABLE, TableKind.TEMPORARY)


def chosen_tables(tables: Sequence[Table], options: ExportOptions) -> list[Table]:
    """User tables whose rows can be in the file, by the options, in name order."""
    exportable = [table for table in tables if table.kind in _WITH_CSV]
    names = {table.name for table in exportable}
    wanted = names if options.tables is None else _named(options.tables, names, "tables")
    unwanted = _named(options.exclude, names, "exclude")
    chosen = wanted - unwanted
    return [table for table in exportable if table.name in chosen]


def _named(given: Sequence[str], names: set[str], option: str) -> set[str]:
    """The tables that a person named; unquoted names are upper case, as in SQL."""
    found = set()
    for name in given:
        match = name if name in names else name.upper()
        if match not in names:
            raise BadOption(f"there is no table {name!r}{_hint(names)}", option)
        found.add(match)
    return found


def _hint(names: set[str]) -> str:
    some = sorted(names)[:5]
    rest = f" and {len(names) - len(some)} more" if len(names) > len(some) else ""
    return f"; there are {', '.join(some)}{rest}" if some else "; the database has none"
