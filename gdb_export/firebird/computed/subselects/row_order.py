"""ORDER BY of a subselect: which rows come first, where that is certain."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from gdb_export.firebird.computed.blr.nodes import ColumnKey, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.conditions.comparators import Order, compare
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.values.value_types import Value

ASCENDING, DESCENDING = 72, 73
NULLS_FIRST, NULLS_LAST = 178, 180
# Firebird 2.0 was the first to take NULL as the least value: before it stood at the end
ODS_WITH_LEAST_NULL = (11, 0)

OtherRow = Mapping[ColumnKey, Value | None]


@dataclass(frozen=True, slots=True)
class SortKey:
    value: Node
    order: Order
    is_descending: bool
    has_nulls_first: bool

    def compare(self, a: Value | None, b: Value | None) -> int:
        if a is None or b is None:
            nulls = int(b is None) - int(a is None)
            return nulls if self.has_nulls_first else -nulls
        return -self.order(a, b) if self.is_descending else self.order(a, b)


def read_sort(parser: Parser) -> tuple[SortKey, ...]:
    """Behind the verb: a count, and of each key its direction and its value."""
    keys = []
    for _ in range(parser.code.u8()):
        keys.append(_read_key(parser))
    return tuple(keys)


def _read_key(parser: Parser) -> SortKey:
    direction = parser.code.u8()
    nulls = direction if direction in (NULLS_FIRST, NULLS_LAST) else None
    if nulls is not None:
        direction = parser.code.u8()
    if direction not in (ASCENDING, DESCENDING):
        raise UnsupportedExpression(f"needs a subselect in the order {direction}")
    value = parser.value()
    is_descending = direction == DESCENDING
    has_nulls_first = nulls == NULLS_FIRST
    if nulls is None:
        has_nulls_first = parser.ods >= ODS_WITH_LEAST_NULL and not is_descending
    order = compare(parser, value.type, value.type)
    return SortKey(value, order, is_descending, has_nulls_first)


def in_order(
    keys: Sequence[SortKey],
    rows: Iterator[OtherRow],
    scope: Scope,
    cuts: Sequence[int],
) -> list[OtherRow]:
    """The rows, of which each is the scope's own when it comes. EvaluationError where rows before
    and behind a cut are equal in this order, and it is not known which the engine finds first."""
    values = [([key.value.run(scope) for key in keys], row) for row in rows]
    order = _order_of(keys)
    values.sort(key=cmp_to_key(order))
    for cut in cuts:
        if 0 < cut < len(values):
            last, following = values[cut - 1], values[cut]
            if order(last, following) == 0 and last[1] != following[1]:
                raise EvaluationError("a subselect whose order does not tell which row is first")
    return [row for _, row in values]


_Sorted = tuple[list[Value | None], OtherRow]


def _order_of(keys: Sequence[SortKey]) -> Callable[[_Sorted, _Sorted], int]:
    def order(one: _Sorted, other: _Sorted) -> int:
        for key, a, b in zip(keys, one[0], other[0], strict=True):
            if found := key.compare(a, b):
                return found
        return 0

    return order
