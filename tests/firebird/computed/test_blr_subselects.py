"""Subselects of one other table, in BLR, over a table of a few rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from gdb_export.firebird.computed.blr.nodes import ColumnKey
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.subselects.record_selection import MAX_CANDIDATES
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value
from tests.firebird.computed.blr_builder import environment, integer, name, text, verb
from tests.firebird.computed.blr_builder import field as outer

LONG = Descriptor(Dtype.LONG, length=4)
EQL, GTR, AND = 47, 49, 58


@dataclass
class FakeTable:
    """A table with the columns K and V; records the columns of each read."""

    pairs: list[tuple[int | None, int | None]]
    reads: list[frozenset[ColumnKey]] = field(default_factory=list)

    def column(self, key: ColumnKey) -> Descriptor | None:
        return LONG if key in ("K", "V") else None

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[Mapping[ColumnKey, Value | None]]:
        self.reads.append(keys)
        return [{"K": k, "V": v} for k, v in self.pairs]


def inner(column: str) -> bytes:
    return bytes([23, 1]) + name(column)


def selection(condition: bytes | None) -> bytes:
    where = b"" if condition is None else bytes([71]) + condition
    return bytes([67, 1, 74]) + name("T") + bytes([1]) + where + bytes([255])


def lookup(condition: bytes | None, value: bytes = inner("V")) -> bytes:
    return bytes([43, 127]) + selection(condition) + value + bytes([45])


def aggregated(function: bytes, condition: bytes | None) -> bytes:
    """One aggregate over the selected rows; no row gives NULL."""
    over_rows = bytes([43, 127, 67, 1, 79, 2]) + selection(condition)
    group = bytes([78, 0, 77, 1, 0, 0, 0]) + function
    return over_rows + group + bytes([255, 24, 2, 0, 0, 45])


def aggregate(code: int, condition: bytes | None) -> bytes:
    return aggregated(bytes([code]) + inner("V"), condition)


def evaluated(table: FakeTable, expression: bytes, *values: int | None) -> list[Value | None]:
    with_table = replace(
        environment(A=LONG), lookup_table=lambda name: table if name == "T" else None
    )
    parsed = parse(bytes([5]) + expression + bytes([76]), with_table)
    return [parsed.evaluate(lambda key, value=value: value) for value in values]


BY_KEY = verb(EQL, inner("K"), outer("A"))


def test_a_value_is_looked_up_by_its_key() -> None:
    table = FakeTable([(1, 10), (2, 20), (None, 30)])
    assert evaluated(table, lookup(BY_KEY), 2, 1, 3, None) == [20, 10, None, None]
    assert table.reads == [frozenset({"K", "V"})]


def test_further_conditions_select_among_the_rows_of_a_key() -> None:
    table = FakeTable([(1, 10), (1, 20)])
    condition = verb(AND, BY_KEY, verb(GTR, inner("V"), integer(15)))
    assert evaluated(table, lookup(condition), 1) == [20]


def test_several_rows_are_an_error_for_that_row_only() -> None:
    table = FakeTable([(1, 10), (1, 20), (2, 30)])
    with pytest.raises(EvaluationError, match="several rows"):
        evaluated(table, lookup(BY_KEY), 1)
    assert evaluated(table, lookup(BY_KEY), 2) == [30]


def test_the_aggregate_of_a_key_is_computed_once() -> None:
    table = FakeTable([(1, 10), (1, 20), (2, None)])
    assert evaluated(table, aggregate(86, BY_KEY), 1, 1, 2, 3) == [30, 30, None, None]
    assert len(table.reads) == 1


def test_a_condition_without_a_key_is_tested_on_a_bounded_number_of_rows() -> None:
    greater = verb(GTR, inner("K"), outer("A"))
    few = FakeTable([(k, k) for k in range(MAX_CANDIDATES)])
    assert evaluated(few, aggregate(84, greater), 5) == [MAX_CANDIDATES - 1]
    many = FakeTable([(k, k) for k in range(MAX_CANDIDATES + 1)])
    with pytest.raises(EvaluationError, match="has to test 1001 rows"):
        evaluated(many, aggregate(84, greater), 5)


def test_a_table_that_is_too_long_is_read_once_only() -> None:
    class TooLong(FakeTable):
        def rows(self, keys: frozenset[ColumnKey]) -> Sequence[Mapping[ColumnKey, Value | None]]:
            super().rows(keys)
            raise EvaluationError("too many rows")

    table = TooLong([])
    with_table = replace(environment(A=LONG), lookup_table=lambda name: table)
    parsed = parse(bytes([5]) + lookup(BY_KEY) + bytes([76]), with_table)
    for value in (1, 2, 1):
        with pytest.raises(EvaluationError, match="too many rows"):
            parsed.evaluate(lambda key, value=value: value)
    assert len(table.reads) == 1


def test_a_subselect_that_does_not_depend_on_the_row_may_read_all_rows() -> None:
    many = FakeTable([(k, 1) for k in range(5 * MAX_CANDIDATES)])
    assert evaluated(many, aggregate(86, None), 1, 2) == [5000, 5000]


def quantified(code: int, comparison: int, clause: bytes = b"") -> bytes:
    """A <comparison> ANY or ALL (SELECT K FROM T)."""
    condition = bytes([71]) + verb(comparison, outer("A"), inner("K"))
    return bytes([code, 67, 1]) + selection(None) + condition + clause + bytes([255])


ANY, ALL, NEQ = 151, 158, 48


def test_a_comparison_that_only_null_leaves_undecided_is_false() -> None:
    table = FakeTable([(1, 0), (None, 0)])
    assert evaluated(table, quantified(ANY, EQL), 1, 2, None) == [True, False, False]
    assert evaluated(table, quantified(ALL, NEQ), 1, 2, None) == [False, False, False]


def test_all_of_no_rows_is_true_and_any_of_no_rows_is_false() -> None:
    assert evaluated(FakeTable([]), quantified(ALL, NEQ), 1, None) == [True, True]
    assert evaluated(FakeTable([]), quantified(ANY, EQL), 1, None) == [False, False]


def listed(delimiter: bytes) -> bytes:
    return aggregated(bytes([170]) + inner("V") + delimiter, None)


def test_list_joins_the_values_that_are_not_null() -> None:
    table = FakeTable([(1, 10), (2, None), (3, 30)])
    assert evaluated(table, listed(text("; ")), None) == ["10; 30"]
    assert evaluated(FakeTable([(1, None)]), listed(text(",")), None) == [None]


def first_in_order(ods: tuple[int, int], *directions: int) -> Value | None:
    """SELECT FIRST 1 V FROM T ORDER BY K."""
    first, sort = bytes([68]) + integer(1), bytes([70, 1, *directions]) + inner("K")
    clauses = bytes([67, 1, 74]) + name("T") + bytes([1]) + first + sort + bytes([255])
    table = FakeTable([(2, 20), (None, 30), (1, 10)])
    with_table = replace(environment(ods, A=LONG), lookup_table=lambda name: table)
    blr = bytes([5, 43, 127]) + clauses + inner("V") + bytes([45, 76])
    return parse(blr, with_table).evaluate(lambda key: None)


@pytest.mark.parametrize(
    ("directions", "value"),
    [((72,), 30), ((73,), 20), ((180, 72), 10), ((178, 73), 30), ((178, 72), 30), ((180, 73), 20)],
)
def test_null_is_the_least_value_unless_nulls_first_or_last_is_given(
    directions: tuple[int, ...], value: int
) -> None:
    assert first_in_order((13, 1), *directions) == value


def test_firebird_1_sorts_null_last() -> None:
    assert [first_in_order((10, 1), direction) for direction in (72, 73)] == [10, 20]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (lookup(verb(EQL, lookup(BY_KEY), integer(1))), "inside another"),
        (lookup(verb(EQL, inner("NOPE"), integer(1))), "the column NOPE"),
        (bytes([43, 127, 67, 2]), "more than one table"),
        (bytes([43, 127, 67, 1, 74]) + name("U") + bytes([1, 255]), "subselect of U"),
        (bytes([43, 127, 67, 1, 74]) + name("T") + bytes([0, 255]), "redefines a BLR context"),
        (bytes([43, 127, 67, 1, 74]) + name("T") + bytes([1, 70, 1, 9]), "the sort direction 9"),
        (listed(inner("K")), "not a constant"),
        (quantified(ANY, EQL, bytes([68]) + integer(1)), "more than a comparison"),
        (bytes([ANY, 67, 2]), "IN, ANY or ALL of more than one table"),
        (inner("V"), "columns of another table"),
    ],
)
def test_an_unsupported_subselect_is_refused_with_its_reason(
    expression: bytes, reason: str
) -> None:
    with pytest.raises(UnsupportedExpression, match=reason):
        evaluated(FakeTable([]), expression, 1)
