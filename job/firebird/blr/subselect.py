"""Subselects that look up a value in one other table: (SELECT v FROM t WHERE t.k = column).

The other table is read once; where the condition compares a column of it with something of the
row, an index finds the rows, so that the work does not grow with the product of both tables.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from job.firebird.blr.nodes import (
    ColumnKey,
    Equality,
    Node,
    OtherTable,
    Scope,
    is_date,
    is_exact,
    is_text,
)
from job.firebird.blr.parser import Parser, Reader
from job.firebird.blr.verbs import Verb
from job.firebird.errors import EvaluationError, UnsupportedExpression
from job.firebird.number_conversions import (
    to_integer,
)
from job.firebird.value_types import (
    Value,
)

SINGULAR, RECORD_SELECTION, END = 127, 67, 255
RELATION, RELATION2 = 74, 146
AGGREGATE = 79
FIRST_CLAUSE, SORT_CLAUSE, BOOLEAN_CLAUSE = 68, 70, 71
# Rows of the other table that a condition may be tried on for each row
MOST_CANDIDATES = 1000

OtherRow = Mapping[ColumnKey, Value | None]


def _via(parser: Parser, _: Verb) -> Node:
    if parser.others:
        raise UnsupportedExpression("needs a subselect inside another")
    number = parser.code.u8()
    is_singular = number == SINGULAR
    if is_singular:
        number = parser.code.u8()
    if number != RECORD_SELECTION or parser.code.u8() != 1:
        raise UnsupportedExpression("needs a subselect of more than one table, or of no table")
    context, table = _relation(parser)
    parser.others[context] = table
    clauses = _clauses(parser)
    condition = clauses.get(BOOLEAN_CLAUSE)
    value = parser.value()
    del parser.others[context]
    otherwise = parser.value()
    source = _Source(table, _needed_columns(parser, context), _key(condition, context))
    find = _finder(context, source, condition, clauses.get(FIRST_CLAUSE), is_singular)

    def run(scope: Scope) -> Value | None:
        found = find(scope)
        if found is None:
            return otherwise.run(scope)
        scope.others[context] = found
        return value.run(scope)

    return Node(value.type, run)


def _relation(parser: Parser) -> tuple[int, OtherTable]:
    number = parser.code.u8()
    if number == AGGREGATE:
        raise UnsupportedExpression("needs a total over another table")
    if number not in (RELATION, RELATION2):
        raise UnsupportedExpression("needs a subselect of more than one table, or of no table")
    name = parser.code.name()
    if number == RELATION2:
        parser.code.name()  # its alias
    table = parser.context.table(name)
    if table is None:
        raise UnsupportedExpression(f"needs a subselect of {name}, which can't be read beside")
    context = parser.code.u8()
    if context == 0:
        raise UnsupportedExpression("needs a subselect in place of the row")
    return context, table


def _clauses(parser: Parser) -> dict[int, Node]:
    """FIRST and WHERE, each at most once."""
    clauses: dict[int, Node] = {}
    while (number := parser.code.u8()) != END:
        if number == SORT_CLAUSE:
            raise UnsupportedExpression("needs a subselect in an order")
        if number not in (FIRST_CLAUSE, BOOLEAN_CLAUSE) or number in clauses:
            raise UnsupportedExpression(f"needs a subselect with the clause {number}")
        clauses[number] = parser.value()
    return clauses


def _needed_columns(parser: Parser, context: int) -> frozenset[ColumnKey]:
    return frozenset(key for number, key in parser.fields if number == context)


@dataclass(frozen=True, slots=True)
class _Key:
    """The column of the other table that is compared for equality, and with what."""

    column: ColumnKey
    wanted: Node


def _key(condition: Node | None, context: int) -> _Key | None:
    for equality in condition.equalities if condition else ():
        for one, other, contexts in _both_ways(equality):
            if one.field and one.field[0] == context and context not in contexts:
                if _hashes_alike(one, other):
                    return _Key(one.field[1], other)
    return None


def _both_ways(equality: Equality) -> tuple[tuple[Node, Node, frozenset[int]], ...]:
    left, right = equality.left, equality.right
    return (
        (left, right, equality.right_contexts),
        (right, left, equality.left_contexts),
    )


def _hashes_alike(one: Node, other: Node) -> bool:
    """Are equal values of the two types equal as Python's too, but for blanks behind texts?"""
    kinds: tuple[Callable[..., bool], ...] = (is_exact, is_text)
    if any(is_kind(one.type) and is_kind(other.type) for is_kind in kinds):
        return True
    return is_date(one.type) and one.type.dtype == other.type.dtype


def _hashed(value: Value) -> Value:
    if isinstance(value, str):
        return value.rstrip(" ")
    return value.rstrip(b"\0 ") if isinstance(value, bytes) else value


@dataclass(slots=True)
class _Source:
    """Rows of the other table by the key, read at the first need."""

    table: OtherTable
    columns: frozenset[ColumnKey]
    key: _Key | None
    _rows: Sequence[OtherRow] | None = None
    _index: dict[Value, list[OtherRow]] = field(default_factory=dict)

    def candidates(self, scope: Scope) -> Sequence[OtherRow]:
        """Rows that may fulfil the condition; EvaluationError where they are too many."""
        if self._rows is None:
            self._read()
        rows: Sequence[OtherRow] = self._rows or ()
        if self.key is not None:
            wanted = self.key.wanted.run(scope)
            rows = () if wanted is None else self._index.get(_hashed(wanted), ())
        if len(rows) > MOST_CANDIDATES:
            raise EvaluationError(f"a subselect that has to try {len(rows)} rows")
        return rows

    def _read(self) -> None:
        rows = self.table.rows(self.columns)
        if self.key is not None:
            for row in rows:
                value = row[self.key.column]
                if value is not None:
                    self._index.setdefault(_hashed(value), []).append(row)
        self._rows = rows


def _finder(
    context: int,
    source: _Source,
    condition: Node | None,
    first: Node | None,
    is_singular: bool,
) -> Callable[[Scope], OtherRow | None]:
    """Finds the row that fulfils the condition; several are an error, but for FIRST 1."""

    def find(scope: Scope) -> OtherRow | None:
        most = 2 if first is None else to_integer(first.run(scope), first.type, 0)
        found: list[OtherRow] = []
        for row in source.candidates(scope):
            if len(found) >= (most if is_singular else 1):
                break
            scope.others[context] = row
            if condition is None or condition.run(scope) is True:
                found.append(row)
        if len(found) > 1:
            raise EvaluationError("a subselect that finds several rows")
        return found[0] if found else None

    return find


READERS: dict[int, Reader] = {Verb.VIA: _via}
