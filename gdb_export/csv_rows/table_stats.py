"""Statistics of a table's export: rows, damage, replaced characters, failed values."""

from collections.abc import Sequence

from gdb_export.firebird.core.damage import DamageLog, RowLocation
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts

_MAX_LOCATIONS = 10


class NullValues:
    """Values of a column that are NULL in the output for a reason: their number, the first reason,
    and the locations of the first rows."""

    def __init__(self, count: int = 0, reason: str = "", locations: Sequence[str] = ()) -> None:
        self.count = count
        self.reason = reason
        self.locations = list(locations)

    def add(self, other: "NullValues") -> None:
        """Add the values of rows that follow."""
        self.reason = self.reason or other.reason
        self.count += other.count
        self.locations = [*self.locations, *other.locations][:_MAX_LOCATIONS]


class TableStats:
    """Statistics of one table or of a part of it.

    By column name: `texts` has the counts of decoded texts, `failures` the values that the engine
    would refuse to compute, `unsupported` the reason why a column is not evaluated, `out_of_range`
    the values that the column's Arrow type can't hold, `dates` the number of dates outside
    the years 1 to 9999. `pages` is the number of the table's data pages, 0 if it is not known.
    """

    def __init__(self, damage: DamageLog, rows: int = 0) -> None:
        self.damage = damage
        self.rows = rows
        self.pages = 0
        self.dates: dict[str, int] = {}
        self.texts: dict[str, TextCounts] = {}
        self.failures: dict[str, NullValues] = {}
        self.unsupported: dict[str, str] = {}
        self.out_of_range: dict[str, NullValues] = {}

    def count_text(self, column: str, counts: TextCounts) -> None:
        self.texts[column] = self.texts.get(column, NOTHING).plus(counts)

    def count_date(self, column: str, count: int = 1) -> None:
        self.dates[column] = self.dates.get(column, 0) + count

    def count_failure(self, column: str, reason: str, location: RowLocation) -> None:
        """Count a value that the engine would refuse to compute."""
        _count(self.failures, column, reason, location)

    def count_out_of_range(self, column: str, reason: str, location: RowLocation) -> None:
        """Count a value that the column's Arrow type can't hold."""
        _count(self.out_of_range, column, reason, location)

    def add(self, other: "TableStats") -> None:
        """Add the statistics of the next part of the same table."""
        self.rows += other.rows
        self.pages = max(self.pages, other.pages)
        for column, count in other.dates.items():
            self.count_date(column, count)
        self.damage.extend(other.damage)
        self.unsupported.update(other.unsupported)
        for column, counts in other.texts.items():
            self.count_text(column, counts)
        for column, values in other.failures.items():
            self.failures.setdefault(column, NullValues()).add(values)
        for column, values in other.out_of_range.items():
            self.out_of_range.setdefault(column, NullValues()).add(values)


def _count(
    by_column: dict[str, NullValues], column: str, reason: str, location: RowLocation
) -> None:
    values = by_column.get(column)
    if values is None:
        values = by_column[column] = NullValues(0, reason)
    values.count += 1
    if len(values.locations) < _MAX_LOCATIONS:
        values.locations.append(location.text())
