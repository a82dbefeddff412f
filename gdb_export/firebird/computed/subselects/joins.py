"""Joins in subselects: several tables, inner or left outer.

Each table has its own selection. The tables are read in the order of the text. Inner joins are
reordered where an equality with the rows already read then finds the rows of the next table. The
result is not in the order of the engine, so expressions that depend on the order are refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupRow, Node, Scope
from gdb_export.firebird.computed.subselects.record_selection import (
    MAX_CANDIDATES,
    LookupKey,
    Selection,
)
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import Value

MAX_TABLES = 8  # in one subselect


class NullRow(dict[ColumnKey, "Value | None"]):
    """The row of an outer join without a match: each column is NULL."""

    def __missing__(self, key: ColumnKey) -> None:
        return None


_NULL_ROW = NullRow()


@dataclass(frozen=True, slots=True)
class JoinedTable:
    """A table of a join. `is_optional`: it is on the right of a LEFT JOIN, whose ON is the
    condition of its selection."""

    selection: Selection
    is_optional: bool


@dataclass(slots=True)
class JoinSelection:
    """The rows of several tables for which all `conditions` hold. It has the interface of
    Selection; the rows that it yields are those of its last table."""

    tables: Sequence[JoinedTable]
    conditions: Sequence[Node]
    # a join has no key: its results depend on several tables
    key: LookupKey | None = None
    is_whole_key: bool = False

    def finish(self, fields: Sequence[tuple[int, ColumnKey]], size: int) -> None:
        """Set the columns that the subselect reads, and its size."""
        for table in self.tables:
            table.selection.finish(fields, size)

    def rows(self, scope: Scope, is_bounded: bool = True) -> Iterator[LookupRow]:
        """Yields the joined rows, current in the scope until the next one.

        Raises EvaluationError if `is_bounded` and there are more than MAX_CANDIDATES candidates.
        """
        tested = 0
        for row in self._joined(0, scope, is_bounded):
            tested += 1
            if is_bounded and tested > MAX_CANDIDATES:
                raise EvaluationError(f"a subselect that has to test more than {tested - 1} rows")
            if all(condition.run(scope) is True for condition in self.conditions):
                yield row

    def _joined(self, index: int, scope: Scope, is_bounded: bool) -> Iterator[LookupRow]:
        """Yields the rows of the tables from `index` on."""
        table = self.tables[index]
        is_last = index == len(self.tables) - 1
        is_matched = False
        for row in table.selection.rows(scope, is_bounded):
            is_matched = True
            if is_last:
                yield row
            else:
                yield from self._joined(index + 1, scope, is_bounded)
        if table.is_optional and not is_matched:
            scope.contexts[table.selection.context] = _NULL_ROW
            if is_last:
                yield _NULL_ROW
            else:
                yield from self._joined(index + 1, scope, is_bounded)
