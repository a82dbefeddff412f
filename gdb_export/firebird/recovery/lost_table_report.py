"""Names the tables that a damaged catalogue has lost, with what is known of their pages and rows.

A table that could not be restored may still be listed by its number in RDB$PAGES and RDB$FORMATS
and on its own pages, and by its name in RDB$RELATION_FIELDS, RDB$INDICES and
RDB$RELATION_CONSTRAINTS.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage

_SYSTEM_PREFIXES = ("RDB$", "MON$", "SEC$")


def report_lost_numbers(
    numbers: Iterable[int],
    known: set[int],
    data_pages: Mapping[int, Sequence[int]],
    first_pages: Mapping[int, int],
    count_rows: Callable[[Sequence[int]], int],
    log: DamageLog,
) -> None:
    """Report the tables with these numbers that are not in the catalogue.

    By number: `data_pages` are the page numbers that are left, `first_pages` those of the first
    pointer pages. `count_rows` counts the rows on data pages.
    """
    for number in sorted(set(numbers) - known):
        if number < ods.SYSTEM_RELATIONS:
            continue
        pages = data_pages.get(number, ())
        page = pages[0] if pages else first_pages.get(number)
        text = f"table number {number} is not in the catalogue: its rows are lost"
        log.add(Damage(f"{text}; {_left(pages, count_rows)}", page))
        log.note(f"{text}; {_left(pages, count_rows)}")


def _left(pages: Sequence[int], count_rows: Callable[[Sequence[int]], int]) -> str:
    if not pages:
        return "none of its data pages is left, so their number is not known"
    rows = count_rows(pages)
    return (
        f"{len(pages)} of its data pages {'is' if len(pages) == 1 else 'are'} left, with"
        f" {rows} row{'' if rows == 1 else 's'}: the option schema-from reads them with the"
        " definitions of another copy of the database"
    )


def report_lost_names(found: Mapping[str, Iterable[str]], known: set[str], log: DamageLog) -> None:
    """Report the tables that system tables name, but the catalogue does not list.

    `found` has the names of tables by system table.
    """
    sources: dict[str, list[str]] = {}
    for system_table, names in found.items():
        for name in sorted(set(names) - known):
            if name and not name.startswith(_SYSTEM_PREFIXES):
                sources.setdefault(name, []).append(system_table)
    for name, system_tables in sorted(sources.items()):
        reason = (
            f"the table {name}, which {' and '.join(system_tables)}"
            f" {'name' if len(system_tables) > 1 else 'names'}, is not in the catalogue: its rows"
            " are lost, or a table without a name holds them"
        )
        log.add(Damage(reason))
        log.note(reason)
