"""Any expression gives a value or raises a FirebirdError.

Random trees of verbs over columns of every type with extreme values: no engine would compile most
of them, but a damaged or hostile file may hold them.
"""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.computed.blr.verbs import AT_ZONE, VERSION_4, VERSION_5, BlrType, Verb
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.subselects.aggregates import (
    AVERAGE,
    COUNT_DISTINCT,
    COUNT_VALUES,
    GROUP_BY,
    MAP,
    MAXIMUM,
    MINIMUM,
    TOTAL,
)
from gdb_export.firebird.computed.subselects.selection_parser import (
    AGGREGATE,
    BOOLEAN_CLAUSE,
    END,
    RECORD_SELECTION,
    RELATION,
)
from gdb_export.firebird.computed.subselects.subselect import SINGULAR
from gdb_export.firebird.computed.system_functions import FUNCTIONS
from gdb_export.firebird.core.errors import FirebirdError
from tests.firebird.computed.blr_builder import (
    call,
    expression_blr,
    field,
    integer,
    name,
    numeric,
    text,
    verb,
)
from tests.firebird.computed.extreme_values import VALUES, environment
from tests.random_examples import few_examples

# In BLR a scale follows these types
SCALED_TYPES = (BlrType.SHORT, BlrType.LONG, BlrType.INT64, BlrType.INT128)
PLAIN_TYPES = (
    BlrType.FLOAT, BlrType.DOUBLE, BlrType.SQL_DATE, BlrType.SQL_TIME, BlrType.TIMESTAMP,
    BlrType.BOOL, BlrType.DEC64, BlrType.DEC128, BlrType.SQL_TIME_TZ, BlrType.TIMESTAMP_TZ,
)  # fmt: skip
UNARY = (Verb.NEGATE, Verb.NOT, Verb.MISSING, Verb.UPCASE, Verb.LOWCASE, Verb.BOOL_AS_VALUE)
BINARY = (
    Verb.ADD, Verb.SUBTRACT, Verb.MULTIPLY, Verb.DIVIDE, Verb.CONCATENATE, Verb.EQUIV, Verb.EQL,
    Verb.NEQ, Verb.GTR, Verb.GEQ, Verb.LSS, Verb.LEQ, Verb.CONTAINING, Verb.STARTING, Verb.OR,
    Verb.AND, Verb.LIKE,
)  # fmt: skip
TERNARY = (Verb.SUBSTRING, Verb.BETWEEN, Verb.VALUE_IF, Verb.ANSI_LIKE)
COMPARISONS = (Verb.EQUIV, Verb.EQL, Verb.NEQ, Verb.GTR, Verb.GEQ, Verb.LSS, Verb.LEQ)
AGGREGATES = (MAXIMUM, MINIMUM, TOTAL, AVERAGE, COUNT_VALUES, COUNT_DISTINCT)

leaves = st.one_of(
    st.sampled_from(sorted(VALUES)).map(field),
    st.sampled_from([0, 1, -1, 3, 60, 2**31 - 1, -(2**31)]).map(integer),
    st.sampled_from(["0.5", "-2.50", "1.000000"]).map(numeric),
    st.sampled_from(["", "%", "a_", "12", "Europe/Paris", "2020-01-01 +05:00"]).map(text),
    st.just(bytes([Verb.NULL])),
    st.sampled_from([8, 3, 127, 200]).map(
        lambda scale: bytes([Verb.LITERAL, BlrType.INT64, scale]) + b"\x07" * 8
    ),
)
columns = st.sampled_from(sorted(VALUES))


def counted(code: int, items: list[bytes]) -> bytes:
    """A code, the number of expressions, and the expressions."""
    return bytes([code, len(items)]) + b"".join(items)


def decode(tested: list[bytes], values: list[bytes]) -> bytes:
    items = bytes([len(values)]) + b"".join(values)
    return bytes([Verb.DECODE]) + b"".join(tested[:1] or [integer(1)]) + items + items


def in_list(tested: bytes, items: list[bytes]) -> bytes:
    return bytes([Verb.IN_LIST]) + tested + bytes([len(items), 0]) + b"".join(items)


def text_cast(code: int, charset: int, length: int, operand: bytes) -> bytes:
    return bytes([Verb.CAST, code, charset, 0, length, 0]) + operand


def selection(code: int, column: str, wanted: bytes) -> bytes:
    """The rows of T, in BLR context 1, whose column compares to the wanted value."""
    where = bytes([BOOLEAN_CLAUSE, code]) + field(column, context=1) + wanted
    return bytes([RECORD_SELECTION, 1, RELATION]) + name("T") + bytes([1]) + where + bytes([END])


def lookup(code: int, column: str, wanted: bytes, value: str, otherwise: bytes) -> bytes:
    selected = selection(code, column, wanted) + field(value, context=1)
    return bytes([Verb.VIA, SINGULAR]) + selected + otherwise


def aggregate(code: int, column: str, wanted: bytes, value: str) -> bytes:
    over_rows = bytes([Verb.VIA, SINGULAR, RECORD_SELECTION, 1, AGGREGATE, 2])
    functions = bytes([GROUP_BY, 0, MAP, 1, 0, 0, 0, code]) + field(value, context=1)
    result = bytes([END, Verb.FID, 2, 0, 0, Verb.NULL])
    return over_rows + selection(Verb.EQL, column, wanted) + functions + result


def branches(children: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    lists = st.lists(children, min_size=0, max_size=4)
    sides, verbs_with_unit = st.integers(0, 2), st.sampled_from([Verb.EXTRACT, Verb.STRLEN])
    text_types = st.sampled_from([BlrType.TEXT2, BlrType.VARYING2])
    charsets, scales = st.sampled_from([0, 1, 2, 3, 4, 53]), st.sampled_from([0, 254, 240, 128, 5])
    return st.one_of(
        st.builds(verb, st.sampled_from(UNARY), children),
        st.builds(verb, st.sampled_from(BINARY), children, children),
        st.builds(verb, st.sampled_from(TERNARY), children, children, children),
        st.builds(
            lambda code, unit, a: bytes([code, unit]) + a,
            verbs_with_unit,
            st.integers(0, 13),
            children,
        ),
        st.builds(
            lambda side, a, b: bytes([Verb.TRIM, side, 1]) + a + b, sides, children, children
        ),
        st.builds(lambda side, a: bytes([Verb.TRIM, side, 0]) + a, sides, children),
        st.builds(counted, st.just(Verb.COALESCE), lists),
        st.builds(decode, lists, lists),
        st.builds(in_list, children, lists),
        st.builds(lambda a, b: bytes([Verb.AT]) + a + bytes([AT_ZONE]) + b, children, children),
        st.builds(
            lambda code, scale, a: bytes([Verb.CAST, code, scale]) + a,
            st.sampled_from(SCALED_TYPES),
            scales,
            children,
        ),
        st.builds(
            lambda code, a: bytes([Verb.CAST, code]) + a, st.sampled_from(PLAIN_TYPES), children
        ),
        st.builds(text_cast, text_types, charsets, st.integers(0, 40), children),
        st.builds(lambda f, items: call(f, *items), st.sampled_from(sorted(FUNCTIONS)), lists),
        st.builds(lookup, st.sampled_from(COMPARISONS), columns, children, columns, children),
        st.builds(aggregate, st.sampled_from(AGGREGATES), columns, children, columns),
    )


expressions = st.recursive(leaves, branches, max_leaves=12)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (counted(Verb.COALESCE, [bytes([Verb.NULL]), integer(3)]), 3),
        (decode([integer(1)], [integer(2)]), None),
        (in_list(integer(1), [integer(2), integer(1)]), True),
        (text_cast(BlrType.VARYING2, 0, 9, integer(12)), "12"),
        (lookup(Verb.EQL, "LONG", integer(7), "CHAR", integer(1)), "abc  "),
        (aggregate(TOTAL, "LONG", integer(7), "SMALL"), -1),
    ],
)
def test_the_builders_of_random_expressions_give_valid_blr(expression: bytes, value: Any) -> None:
    parsed = parse(expression_blr(expression), environment((13, 1)))
    assert parsed.evaluate(lambda key: None) == value


@few_examples(60)
@given(
    expressions,
    st.sampled_from([VERSION_4, VERSION_5]),
    st.sampled_from([(10, 1), (11, 2), (13, 1)]),
    st.data(),
)
def test_any_expression_gives_a_value_or_raises_a_firebird_error(
    expression: bytes, version: int, ods: tuple[int, int], data: st.DataObject
) -> None:
    blob = expression_blr(expression, version)
    with suppress(FirebirdError):
        parsed = parse(blob, environment(ods))
        targets = [descriptor for descriptor, _ in VALUES.values()]
        for _ in range(3):
            row = {
                key: data.draw(st.sampled_from([None, *VALUES[str(key)][1]]))
                for key in parsed.columns
            }
            with suppress(FirebirdError):
                parsed.evaluate_as(data.draw(st.sampled_from(targets)), row.__getitem__)
