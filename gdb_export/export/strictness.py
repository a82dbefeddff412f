"""The option `strict`: an export fails if anything is damaged or can't be written as it is."""

from gdb_export.csv_rows.table_stats import NullValues, TableStats
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.options import ExportOptions


class DamageRefused(FirebirdError):
    """The database is damaged and the option `strict` is set."""


def refuse_damage(options: ExportOptions, database: DamageLog, stats: TableStats) -> None:
    """Raise DamageRefused if `strict` is set and the database or the table is damaged, or a value
    of the table can't be computed or does not fit its Arrow type."""
    if not options.strict:
        return
    for log in (database, stats.damage):
        if log.count:
            table = f"{log.table}: " if log.table else ""
            raise DamageRefused(f"strict: {table}{log.entries[0].text()}")
    for column, values in stats.failures.items():
        raise _refused(stats, column, values.reason, values)
    for column, values in stats.out_of_range.items():
        raise _refused(stats, column, f"not exported to Arrow: {values.reason}", values)


def _refused(stats: TableStats, column: str, reason: str, values: NullValues) -> DamageRefused:
    first = f" (first: {values.locations[0]})" if values.locations else ""
    return DamageRefused(f"strict: {stats.damage.table}.{column}: {reason}{first}")
