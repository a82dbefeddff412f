"""Statistics of a table's export: rows, damage, replaced characters, failed values."""

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts

_MAX_LOCATIONS = 10


class Failures:
    """Values that the engine would refuse to compute. They are NULL in the CSV."""

    def __init__(self, count: int, reason: str) -> None:
        self.count = count
        self.reason = reason


class OutOfRangeValues:
    """Values that are NULL because the type of the output can't hold them: their number, and the
    locations of the first rows."""

    def __init__(self, count: int, locations: list[str]) -> None:
        self.count = count
        self.locations = locations


class TableStats:
    """Statistics of one table or of a part of it.

    By column name: `texts` has the counts of decoded texts, `failures` the values that could not
    be computed, `unsupported` the reason why a column is not evaluated, `out_of_range` the values
    that the column's Arrow type can't hold, `dates` the number of those outside the years 1 to
    9999. `pages` is the number of the table's data pages, 0 if it is not known.
    """

    def __init__(self, damage: DamageLog, rows: int = 0) -> None:
        self.damage = damage
        self.rows = rows
        self.pages = 0
        self.dates: dict[str, int] = {}
        self.texts: dict[str, TextCounts] = {}
        self.failures: dict[str, Failures] = {}
        self.unsupported: dict[str, str] = {}
        self.out_of_range: dict[str, OutOfRangeValues] = {}

    def count_text(self, column: str, counts: TextCounts) -> None:
        self.texts[column] = self.texts.get(column, NOTHING).plus(counts)

    def count_date(self, column: str, count: int = 1) -> None:
        self.dates[column] = self.dates.get(column, 0) + count

    def fail(self, column: str, reason: str) -> None:
        failures = self.failures.setdefault(column, Failures(0, reason))
        failures.count += 1

    def count_out_of_range(self, column: str, location: str) -> None:
        values = self.out_of_range.setdefault(column, OutOfRangeValues(0, []))
        values.count += 1
        if len(values.locations) < _MAX_LOCATIONS:
            values.locations.append(location)

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
        for column, failures in other.failures.items():
            total = self.failures.setdefault(column, Failures(0, failures.reason))
            total.count += failures.count
        for column, values in other.out_of_range.items():
            sum_values = self.out_of_range.setdefault(column, OutOfRangeValues(0, []))
            sum_values.count += values.count
            locations = [*sum_values.locations, *values.locations]
            sum_values.locations = locations[:_MAX_LOCATIONS]
