"""Subselects of one other table, in BLR, over a table of a few rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupRow
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.subselects.aggregates import (
    GROUP_BY,
    LIST,
    MAP,
    MAXIMUM,
    TOTAL,
)
from gdb_export.firebird.computed.subselects.record_selection import MAX_CANDIDATES
from gdb_export.firebird.computed.subselects.row_order import (
    ASCENDING,
    DESCENDING,
    NULLS_FIRST,
    NULLS_LAST,
)
from gdb_export.firebird.computed.subselects.selection_parser import (
    AGGREGATE,
    BOOLEAN_CLAUSE,
    END,
    FIRST_CLAUSE,
    JOIN,
    PROCEDURE,
    RECORD_SELECTION,
    RELATION,
    SORT_CLAUSE,
)
from gdb_export.firebird.computed.subselects.subselect import SINGULAR
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value
from tests.firebird.computed.blr_builder import (
    environment,
    expression_blr,
    integer,
    name,
    text,
    verb,
)
from tests.firebird.computed.blr_builder import field as outer

LONG = Descriptor(Dtype.LONG, length=4)
SINGULAR_VALUE, NULL = bytes([Verb.VIA, SINGULAR]), bytes([Verb.NULL])


def relation(table: str, context: int) -> bytes:
    return bytes([RECORD_SELECTION, 1, RELATION]) + name(table) + bytes([context])


FROM_T = relation("T", 1)


@dataclass
class FakeTable:
    """A table with the columns K and V; records the columns of each read."""

    pairs: list[tuple[int | None, int | None]]
    reads: list[frozenset[ColumnKey]] = field(default_factory=list)

    def column(self, key: ColumnKey) -> Descriptor | None:
        return LONG if key in ("K", "V") else None

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        self.reads.append(keys)
        return [{"K": k, "V": v} for k, v in self.pairs]


def inner(column: str) -> bytes:
    """A column of the other table, which has BLR context 1."""
    return outer(column, context=1)


def selection(condition: bytes | None) -> bytes:
    where = b"" if condition is None else bytes([BOOLEAN_CLAUSE]) + condition
    return FROM_T + where + bytes([END])


def lookup(condition: bytes | None, value: bytes = inner("V")) -> bytes:
    return SINGULAR_VALUE + selection(condition) + value + NULL


def aggregated(function: bytes, condition: bytes | None) -> bytes:
    """One aggregate over the selected rows; no row gives NULL."""
    over_rows = SINGULAR_VALUE + bytes([RECORD_SELECTION, 1, AGGREGATE, 2]) + selection(condition)
    functions = bytes([GROUP_BY, 0, MAP, 1, 0, 0, 0]) + function
    result = bytes([Verb.FID, 2, 0, 0])
    return over_rows + functions + bytes([END]) + result + NULL


def aggregate(code: int, condition: bytes | None) -> bytes:
    return aggregated(bytes([code]) + inner("V"), condition)


def evaluated(table: FakeTable, expression: bytes, *values: int | None) -> list[Value | None]:
    with_table = replace(
        environment(A=LONG), lookup_table=lambda name: table if name.object == "T" else None
    )
    parsed = parse(expression_blr(expression), with_table)
    return [parsed.evaluate(lambda key, value=value: value) for value in values]


BY_KEY = verb(Verb.EQL, inner("K"), outer("A"))


def test_a_value_is_looked_up_by_its_key() -> None:
    table = FakeTable([(1, 10), (2, 20), (None, 30)])
    assert evaluated(table, lookup(BY_KEY), 2, 1, 3, None) == [20, 10, None, None]
    assert table.reads == [frozenset({"K", "V"})]


def test_further_conditions_select_among_the_rows_of_a_key() -> None:
    table = FakeTable([(1, 10), (1, 20)])
    condition = verb(Verb.AND, BY_KEY, verb(Verb.GTR, inner("V"), integer(15)))
    assert evaluated(table, lookup(condition), 1) == [20]


def test_several_rows_are_an_error_for_that_row_only() -> None:
    table = FakeTable([(1, 10), (1, 20), (2, 30)])
    with pytest.raises(EvaluationError, match="several rows"):
        evaluated(table, lookup(BY_KEY), 1)
    assert evaluated(table, lookup(BY_KEY), 2) == [30]


def test_the_aggregate_of_a_key_is_computed_once() -> None:
    table = FakeTable([(1, 10), (1, 20), (2, None)])
    assert evaluated(table, aggregate(TOTAL, BY_KEY), 1, 1, 2, 3) == [30, 30, None, None]
    assert len(table.reads) == 1


def test_a_condition_without_a_key_is_tested_on_a_bounded_number_of_rows() -> None:
    greater = verb(Verb.GTR, inner("K"), outer("A"))
    few = FakeTable([(k, k) for k in range(MAX_CANDIDATES)])
    assert evaluated(few, aggregate(MAXIMUM, greater), 5) == [MAX_CANDIDATES - 1]
    many = FakeTable([(k, k) for k in range(MAX_CANDIDATES + 1)])
    with pytest.raises(EvaluationError, match="has to test 1001 rows"):
        evaluated(many, aggregate(MAXIMUM, greater), 5)


def test_a_join_without_a_key_is_tested_on_a_bounded_number_of_rows() -> None:
    table = FakeTable([(number, number) for number in range(40)])
    sources = bytes([RELATION]) + name("T") + b"\1" + bytes([RELATION]) + name("T") + b"\2"
    condition = verb(Verb.GTR, outer("A"), verb(Verb.ADD, inner("K"), outer("K", context=2)))
    joined = bytes([RECORD_SELECTION, 2]) + sources + bytes([BOOLEAN_CLAUSE]) + condition
    with pytest.raises(EvaluationError, match="more than 1000 rows"):
        evaluated(table, bytes([Verb.EXISTS]) + joined + bytes([END]), -1)
    assert evaluated(table, bytes([Verb.EXISTS]) + joined + bytes([END]), 5) == [True]


def test_a_table_that_is_too_long_is_read_once_only() -> None:
    class TooLong(FakeTable):
        def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
            super().rows(keys)
            raise EvaluationError("too many rows")

    table = TooLong([])
    with_table = replace(environment(A=LONG), lookup_table=lambda name: table)
    parsed = parse(expression_blr(lookup(BY_KEY)), with_table)
    for value in (1, 2, 1):
        with pytest.raises(EvaluationError, match="too many rows"):
            parsed.evaluate(lambda key, value=value: value)
    assert len(table.reads) == 1


def test_a_subselect_that_does_not_depend_on_the_row_may_read_all_rows() -> None:
    many = FakeTable([(k, 1) for k in range(5 * MAX_CANDIDATES)])
    assert evaluated(many, aggregate(TOTAL, None), 1, 2) == [5000, 5000]


def quantified(code: int, comparison: int, clause: bytes = b"") -> bytes:
    """A <comparison> ANY or ALL (SELECT K FROM T)."""
    condition = bytes([BOOLEAN_CLAUSE]) + verb(comparison, outer("A"), inner("K"))
    return bytes([code, RECORD_SELECTION, 1]) + selection(None) + condition + clause + bytes([END])


def test_a_comparison_that_only_null_leaves_undecided_is_false() -> None:
    table = FakeTable([(1, 0), (None, 0)])
    assert evaluated(table, quantified(Verb.ANSI_ANY, Verb.EQL), 1, 2, None) == [True, False, False]
    assert evaluated(table, quantified(Verb.ANSI_ALL, Verb.NEQ), 1, 2, None) == [
        False,
        False,
        False,
    ]


def test_all_of_no_rows_is_true_and_any_of_no_rows_is_false() -> None:
    assert evaluated(FakeTable([]), quantified(Verb.ANSI_ALL, Verb.NEQ), 1, None) == [True, True]
    assert evaluated(FakeTable([]), quantified(Verb.ANSI_ANY, Verb.EQL), 1, None) == [False, False]


def listed(delimiter: bytes) -> bytes:
    return aggregated(bytes([LIST]) + inner("V") + delimiter, None)


def test_list_joins_the_values_that_are_not_null() -> None:
    table = FakeTable([(1, 10), (2, None), (3, 30)])
    assert evaluated(table, listed(text("; ")), None) == ["10; 30"]
    assert evaluated(FakeTable([(1, None)]), listed(text(",")), None) == [None]


def first_in_order(ods: tuple[int, int], *directions: int) -> Value | None:
    """SELECT FIRST 1 V FROM T ORDER BY K."""
    first = bytes([FIRST_CLAUSE]) + integer(1)
    sort = bytes([SORT_CLAUSE, 1, *directions]) + inner("K")
    first_row = FROM_T + first + sort + bytes([END])
    table = FakeTable([(2, 20), (None, 30), (1, 10)])
    with_table = replace(environment(ods, A=LONG), lookup_table=lambda name: table)
    blr = expression_blr(SINGULAR_VALUE + first_row + inner("V") + NULL)
    return parse(blr, with_table).evaluate(lambda key: None)


@pytest.mark.parametrize(
    ("directions", "value"),
    [
        ((ASCENDING,), 30),
        ((DESCENDING,), 20),
        ((NULLS_LAST, ASCENDING), 10),
        ((NULLS_FIRST, DESCENDING), 30),
        ((NULLS_FIRST, ASCENDING), 30),
        ((NULLS_LAST, DESCENDING), 20),
    ],
)
def test_null_is_the_least_value_unless_nulls_first_or_last_is_given(
    directions: tuple[int, ...], value: int
) -> None:
    assert first_in_order((13, 1), *directions) == value


def test_firebird_1_sorts_null_last() -> None:
    assert [first_in_order((10, 1), direction) for direction in (ASCENDING, DESCENDING)] == [10, 20]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (lookup(verb(Verb.EQL, lookup(BY_KEY), integer(1))), "inside another"),
        (lookup(verb(Verb.EQL, inner("NOPE"), integer(1))), "the column NOPE"),
        (SINGULAR_VALUE + bytes([RECORD_SELECTION, 0, END]), "of no table"),
        (SINGULAR_VALUE + bytes([RECORD_SELECTION, 1, *[JOIN, 1] * 500]), "more than 8 tables"),
        (SINGULAR_VALUE + bytes([RECORD_SELECTION, 1, 76]), "a derived table or a union"),
        (
            SINGULAR_VALUE + bytes([RECORD_SELECTION, 1, PROCEDURE]) + name("P"),
            "the selectable procedure P",
        ),
        (SINGULAR_VALUE + relation("U", 1) + bytes([END]), "subselect of U"),
        (SINGULAR_VALUE + relation("T", 0) + bytes([END]), "redefines a BLR context"),
        (SINGULAR_VALUE + FROM_T + bytes([SORT_CLAUSE, 1, 9]), "the sort direction 9"),
        (listed(inner("K")), "not a constant"),
        (
            quantified(Verb.ANSI_ANY, Verb.EQL, bytes([FIRST_CLAUSE]) + integer(1)),
            "more than a comparison",
        ),
        (bytes([Verb.ANSI_ANY, RECORD_SELECTION, 2]), "IN, ANY or ALL of something other"),
        (inner("V"), "columns of another table"),
    ],
)
def test_an_unsupported_subselect_is_refused_with_its_reason(
    expression: bytes, reason: str
) -> None:
    with pytest.raises(UnsupportedExpression, match=reason):
        evaluated(FakeTable([]), expression, 1)
