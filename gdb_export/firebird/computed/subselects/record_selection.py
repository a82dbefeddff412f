"""Rows of one other table that fulfil a condition: what subselects select from.

The other table is read once; where the condition compares a column of it with something of the
row, an index finds the rows, so that the work does not grow with the product of both tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gdb_export.firebird.computed.blr.nodes import (
    ColumnKey,
    Equality,
    Node,
    OtherTable,
    Scope,
    is_date,
    is_exact,
    is_text,
)
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.subselects.row_order import OtherRow, SortKey, in_order, read_sort
from gdb_export.firebird.computed.texts.collations import is_exact_collation
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.values.value_types import Value

RECORD_SELECTION, END = 67, 255
RELATION, RELATION2, AGGREGATE = 74, 146, 79
FIRST_CLAUSE, SORT_CLAUSE, BOOLEAN_CLAUSE, SKIP_CLAUSE = 68, 70, 71, 175
# Rows of the other table that a condition may be tried on for each row
MAX_CANDIDATES = 1000


@dataclass(slots=True)
class Clauses:
    """What stands behind the relation, each at most once."""

    first: Node | None = None
    skip: Node | None = None
    condition: Node | None = None
    sort: tuple[SortKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The column of the other table that is compared for equality, with what, and how many
    columns of the row itself that needs."""

    column: ColumnKey
    wanted: Node
    outer_fields: int


@dataclass(slots=True)
class Selection:
    """`is_whole_key` says that the key alone decides which rows are selected."""

    context: int
    table: OtherTable
    clauses: Clauses
    key: Key | None
    is_whole_key: bool
    columns: frozenset[ColumnKey] = frozenset()
    _rows: Sequence[OtherRow] | None = None
    _failure: str = ""
    _index: dict[Value, list[OtherRow]] = field(default_factory=dict)

    def rows(self, scope: Scope, is_bounded: bool = True) -> Iterator[OtherRow]:
        """The rows selected, each as the scope's own while it is at hand; EvaluationError where
        too many must be tried and that is bounded."""
        candidates = self._candidates(scope)
        if is_bounded and len(candidates) > MAX_CANDIDATES:
            raise EvaluationError(f"a subselect that has to try {len(candidates)} rows")
        skipped = _count(self.clauses.skip, scope) or 0
        room = _count(self.clauses.first, scope)
        end = None if room is None else skipped + room
        found: Iterable[OtherRow] = self._accepted(candidates, scope)
        if self.clauses.sort:
            cuts = (skipped, skipped if end is None else end)
            found = in_order(self.clauses.sort, iter(found), scope, cuts)
        for row in islice(found, skipped, end):
            scope.others[self.context] = row
            yield row

    def _accepted(self, candidates: Sequence[OtherRow], scope: Scope) -> Iterator[OtherRow]:
        condition = self.clauses.condition
        for row in candidates:
            scope.others[self.context] = row
            if condition is None or condition.run(scope) is True:
                yield row

    def _candidates(self, scope: Scope) -> Sequence[OtherRow]:
        if self._rows is None and not self._failure:
            try:
                self._read()
            except EvaluationError as error:
                self._failure = str(error)  # once is enough: it would fail for every row
        if self._failure:
            raise EvaluationError(self._failure)
        if self.key is None:
            return self._rows or ()
        wanted = self.key.wanted.run(scope)
        return () if wanted is None else self._index.get(hashed(wanted), ())

    def _read(self) -> None:
        rows = self.table.rows(self.columns)
        if self.key is not None:
            for row in rows:
                value = row[self.key.column]
                if value is not None:
                    self._index.setdefault(hashed(value), []).append(row)
        self._rows = rows


def read_selection(parser: Parser) -> Selection:
    """One relation and its clauses, behind the verb that begins them. The caller takes the
    context back and completes the columns when it has read what needs them."""
    if parser.code.u8() != 1:
        raise UnsupportedExpression("needs a subselect of more than one table, or of no table")
    return read_relation(parser, parser.code.u8())


def read_relation(parser: Parser, number: int) -> Selection:
    if number not in (RELATION, RELATION2):
        raise UnsupportedExpression("needs a subselect of more than one table, or of no table")
    name = parser.code.name()
    if number == RELATION2:
        parser.code.name()  # its alias
    table = parser.context.table(name)
    if table is None:
        raise UnsupportedExpression(f"needs a subselect of {name}, which can't be read beside")
    context = parser.code.u8()
    if context == 0 or context in parser.others:
        raise UnsupportedExpression("needs a subselect in place of the row")
    parser.others[context] = table
    clauses = read_clauses(parser)
    condition = clauses.condition
    key = _key(condition, context)
    whole = condition is not None and len(condition.equalities) == 1 and condition.is_equality
    return Selection(context, table, clauses, key, whole)


_SINGLE = {FIRST_CLAUSE: "first", SKIP_CLAUSE: "skip", BOOLEAN_CLAUSE: "condition"}


def read_clauses(parser: Parser) -> Clauses:
    """FIRST, SKIP, WHERE and ORDER BY, each at most once."""
    clauses = Clauses()
    seen = {END}
    while (number := parser.code.u8()) != END:
        if number in seen or number not in (*_SINGLE, SORT_CLAUSE):
            raise UnsupportedExpression(f"needs a subselect with the clause {number}")
        seen.add(number)
        if number == SORT_CLAUSE:
            clauses.sort = read_sort(parser)
        else:
            setattr(clauses, _SINGLE[number], parser.value())
    return clauses


def _count(node: Node | None, scope: Scope) -> int | None:
    """How many rows FIRST or SKIP names."""
    if node is None:
        return None
    number = to_integer(node.run(scope), node.type, 0)
    if number < 0:
        raise EvaluationError(f"FIRST or SKIP of {number} rows")
    return number


def _key(condition: Node | None, context: int) -> Key | None:
    for equality in condition.equalities if condition else ():
        for one, other, contexts in _both_ways(equality):
            if one.field and one.field[0] == context and context not in contexts:
                if _hashes_alike(one, other):
                    return Key(one.field[1], other, contexts.count(0))
    return None


def _both_ways(equality: Equality) -> tuple[tuple[Node, Node, tuple[int, ...]], ...]:
    left, right = equality.left, equality.right
    return (
        (left, right, equality.right_contexts),
        (right, left, equality.left_contexts),
    )


def _hashes_alike(one: Node, other: Node) -> bool:
    """Are equal values of the two types equal as Python's too, but for blanks behind texts?"""
    if is_text(one.type) and is_text(other.type):
        return is_exact_collation(one.type) and is_exact_collation(other.type)
    if is_exact(one.type) and is_exact(other.type):
        return True
    return is_date(one.type) and one.type.dtype == other.type.dtype


def hashed(value: Value) -> Value:
    """What is equal for texts that are: without the blanks behind them."""
    if isinstance(value, str):
        return value.rstrip(" ")
    return value.rstrip(b"\0 ") if isinstance(value, bytes) else value
