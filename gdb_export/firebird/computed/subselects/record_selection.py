"""The rows of another table that a subselect selects.

The other table is read once. If the condition compares one of its columns with a value of the
outer row, an index finds the rows: the work then grows with the sum of both tables, not with their
product.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupRow, LookupTable, Node, Scope
from gdb_export.firebird.computed.subselects.row_order import SortKey, sorted_rows
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.values.value_types import Value

# Rows of the other table that a condition may be evaluated on for each outer row
MAX_CANDIDATES = 1000


@dataclass(frozen=True, slots=True)
class Clauses:
    """FIRST, SKIP, WHERE and ORDER BY of a subselect."""

    first: Node | None = None
    skip: Node | None = None
    condition: Node | None = None
    sort: tuple[SortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class LookupKey:
    """The condition `column = wanted`, by which the other table is indexed.

    `outer_fields` counts the references to columns of the outer row in `wanted`.
    """

    column: ColumnKey
    wanted: Node
    outer_fields: int


@dataclass(slots=True)
class Selection:
    """A record selection from one table.

    `context` is its BLR context. `is_whole_key`: the key is the whole condition. `columns` are the
    columns of the table that the subselect needs; they are known only after all of it has been
    parsed, as is `size`, the number of nodes of the subselect. Each row that is read or tested
    spends the `budget`.
    """

    context: int
    table: LookupTable
    clauses: Clauses
    key: LookupKey | None
    is_whole_key: bool
    budget: EvaluationBudget
    columns: frozenset[ColumnKey] = frozenset()
    size: int = 1
    _rows: Sequence[LookupRow] | None = None
    _failure: str = ""
    _index: dict[Value, list[LookupRow]] = field(default_factory=dict)

    def finish(self, fields: Sequence[tuple[int, ColumnKey]], size: int) -> None:
        """Set the columns that the subselect reads, and its size. `fields` are all its columns."""
        self.columns = frozenset(key for context, key in fields if context == self.context)
        self.size = size

    def rows(self, scope: Scope, is_bounded: bool = True) -> Iterator[LookupRow]:
        """Yields the selected rows; each is current in the scope until the next one.

        Raises EvaluationError if `is_bounded` and there are more than MAX_CANDIDATES candidates.
        """
        candidates = self._candidates(scope)
        if is_bounded and len(candidates) > MAX_CANDIDATES:
            raise EvaluationError(f"a subselect that has to test {len(candidates)} rows")
        skipped = _row_count(self.clauses.skip, scope) or 0
        limit = _row_count(self.clauses.first, scope)
        end = None if limit is None else skipped + limit
        accepted: Iterable[LookupRow] = self._accepted(candidates, scope)
        if self.clauses.sort:
            cuts = (skipped, skipped if end is None else end)
            accepted = sorted_rows(self.clauses.sort, iter(accepted), scope, cuts)
        for row in islice(accepted, skipped, end):
            scope.contexts[self.context] = row
            yield row

    def _accepted(self, candidates: Sequence[LookupRow], scope: Scope) -> Iterator[LookupRow]:
        condition = self.clauses.condition
        for row in candidates:
            self.budget.spend(self.size)
            scope.contexts[self.context] = row
            if condition is None or condition.run(scope) is True:
                yield row

    def _candidates(self, scope: Scope) -> Sequence[LookupRow]:
        if self._rows is None and not self._failure:
            try:
                self._read()
            except EvaluationError as error:
                self._failure = str(error)  # not retried: it would fail for every row
        if self._failure:
            raise EvaluationError(self._failure)
        if self.key is None:
            return self._rows or ()
        wanted = self.key.wanted.run(scope)
        return () if wanted is None else self._index.get(equality_key(wanted), ())

    def _read(self) -> None:
        rows = self.table.rows(self.columns)
        self.budget.spend(len(rows))
        if self.key is not None:
            for row in rows:
                value = row[self.key.column]
                if value is not None:
                    self._index.setdefault(equality_key(value), []).append(row)
        self._rows = rows


def _row_count(node: Node | None, scope: Scope) -> int | None:
    """The number of rows of FIRST or SKIP."""
    if node is None:
        return None
    count = to_integer(node.run(scope), node.type, 0)
    if count < 0:
        raise EvaluationError(f"FIRST or SKIP of {count} rows")
    return count


def equality_key(value: Value) -> Value:
    """The value without trailing blanks, which do not count when texts are compared."""
    if isinstance(value, str):
        return value.rstrip(" ")
    return value.rstrip(b"\0 ") if isinstance(value, bytes) else value
