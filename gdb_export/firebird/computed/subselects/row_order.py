"""ORDER BY of a subselect."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from gdb_export.firebird.computed.blr.nodes import LookupRow, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.conditions.comparators import Comparator, comparator_for
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.values.value_types import Value

# Codes of BLR
ASCENDING, DESCENDING = 72, 73
NULLS_FIRST, NULLS_LAST = 178, 180
# First ODS (Firebird 2.0) in which NULL is the least value; before, NULLs come last
ODS_WITH_LEAST_NULL = (11, 0)


@dataclass(frozen=True, slots=True)
class SortKey:
    """An expression of ORDER BY, with its direction and the position of NULLs."""

    value: Node
    comparator: Comparator
    is_descending: bool
    has_nulls_first: bool

    def compare(self, a: Value | None, b: Value | None) -> int:
        if a is None or b is None:
            nulls = int(b is None) - int(a is None)
            return nulls if self.has_nulls_first else -nulls
        return -self.comparator(a, b) if self.is_descending else self.comparator(a, b)


def read_sort(parser: Parser) -> tuple[SortKey, ...]:
    """Reads the keys of a sort clause: their count, then direction and value of each."""
    keys = []
    for _ in range(parser.blr.u8()):
        keys.append(_read_key(parser))
    return tuple(keys)


def _read_key(parser: Parser) -> SortKey:
    direction = parser.blr.u8()
    nulls = direction if direction in (NULLS_FIRST, NULLS_LAST) else None
    if nulls is not None:
        direction = parser.blr.u8()
    if direction not in (ASCENDING, DESCENDING):
        raise UnsupportedExpression(f"needs a subselect with the sort direction {direction}")
    value = parser.value()
    is_descending = direction == DESCENDING
    has_nulls_first = nulls == NULLS_FIRST
    if nulls is None:
        has_nulls_first = parser.ods >= ODS_WITH_LEAST_NULL and not is_descending
    comparator = comparator_for(parser, value.type, value.type)
    return SortKey(value, comparator, is_descending, has_nulls_first)


_KeyedRow = tuple[list[Value | None], LookupRow]


def sorted_rows(
    keys: Sequence[SortKey], rows: Iterator[LookupRow], scope: Scope, cuts: Sequence[int]
) -> list[LookupRow]:
    """The rows, sorted by the keys. `rows` makes each row current in the scope as it yields it.

    `cuts` are the indexes at which FIRST and SKIP divide the result. Raises EvaluationError if
    different rows with equal keys lie on both sides of a cut: the engine's choice is not known.
    """
    keyed: list[_KeyedRow] = [([key.value.run(scope) for key in keys], row) for row in rows]
    compare = _key_comparator(keys)
    keyed.sort(key=cmp_to_key(compare))
    for cut in cuts:
        if 0 < cut < len(keyed):
            last, following = keyed[cut - 1], keyed[cut]
            if compare(last, following) == 0 and last[1] != following[1]:
                raise EvaluationError("a subselect whose ORDER BY does not determine the first row")
    return [row for _, row in keyed]


def _key_comparator(keys: Sequence[SortKey]) -> Callable[[_KeyedRow, _KeyedRow], int]:
    def compare(a: _KeyedRow, b: _KeyedRow) -> int:
        for key, value_a, value_b in zip(keys, a[0], b[0], strict=True):
            if result := key.compare(value_a, value_b):
                return result
        return 0

    return compare
