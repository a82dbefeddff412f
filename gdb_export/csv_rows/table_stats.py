"""What a piece of a table's export counts: rows, replaced characters, values that failed."""

from gdb_export.firebird.core.damage import DamageLog


class Failures:
    """Values that the engine would refuse to compute; they are NULL in the CSV."""

    def __init__(self, count: int, reason: str) -> None:
        self.count = count
        self.reason = reason


class TableStats:
    """Of one table, or of a part of it; `replaced`, `failures` and `unsupported` (computed columns
    that are not evaluated, with the reason) by column name."""

    def __init__(self, damage: DamageLog, rows: int = 0) -> None:
        self.damage = damage
        self.rows = rows
        self.replaced: dict[str, int] = {}
        self.failures: dict[str, Failures] = {}
        self.unsupported: dict[str, str] = {}

    def count_replaced(self, column: str, count: int) -> None:
        self.replaced[column] = self.replaced.get(column, 0) + count

    def fail(self, column: str, reason: str) -> None:
        failures = self.failures.setdefault(column, Failures(0, reason))
        failures.count += 1

    def add(self, other: "TableStats") -> None:
        """Count what the next part of the same table counted."""
        self.rows += other.rows
        self.damage.extend(other.damage)
        self.unsupported.update(other.unsupported)
        for column, count in other.replaced.items():
            self.count_replaced(column, count)
        for column, failures in other.failures.items():
            own = self.failures.setdefault(column, Failures(0, failures.reason))
            own.count += failures.count
