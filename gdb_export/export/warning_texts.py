"""What a person should know of an export that went well all the same, in sentences."""

from collections.abc import Iterable, Iterator, Sequence

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.zip.member_names import alike


def table_warnings(account: TableStats) -> Iterator[str]:
    """Of one table; each begins with the table's name. Columns come by name: which of them was
    met first is no matter."""
    name = account.damage.table
    if account.damage.count:
        yield _damage_sentence(account.damage)
    for column, reason in sorted(account.unsupported.items()):
        yield f"{name}.{column} is NULL in all rows: its expression {reason}"
    for column, failures in sorted(account.failures.items(), key=lambda item: item[0]):
        rows = "1 row" if failures.count == 1 else f"{failures.count} rows"
        yield f"{name}.{column} is NULL in {rows}: {failures.reason}"
    for column, count in sorted(account.replaced.items()):
        characters = "1 character" if count == 1 else f"{count} characters"
        yield f"{name}.{column}: {characters} could not be decoded and became U+FFFD"


def database_warnings(
    damage: DamageLog, tables: Sequence[Table], exported: Iterable[str]
) -> Iterator[str]:
    """Of the database as a whole."""
    yield from damage.notes
    if damage.count:
        yield _damage_sentence(damage)
    for table in tables:
        if table.kind is TableKind.EXTERNAL:
            yield (
                f"{table.name} is an external table: its rows are in the file"
                f" {table.external_file}, not in the database"
            )
    for group in alike(exported):
        yield f"the names of {', '.join(group)} differ only by case"


def _damage_sentence(damage: DamageLog) -> str:
    where = f"{damage.table}: " if damage.table else "the database: "
    places = "1 damaged place" if damage.count == 1 else f"{damage.count} damaged places"
    first = damage.entries[0]
    return f"{where}{places}, first {first.place()}"
