"""Expressions in BLR: values, unsupported verbs, and bytes that are not valid BLR."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.computed.blr.verbs import VERSION_4, VERSION_5, BlrType, Verb
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.core.errors import (
    Damage,
    EvaluationError,
    FirebirdError,
    UnsupportedExpression,
)
from gdb_export.firebird.values.temporal import Date, Timestamp
from tests.firebird.computed.blr_builder import (
    call,
    environment,
    evaluate,
    expression_blr,
    field,
    integer,
    name,
    numeric,
    text,
    verb,
)

# Statements inside expressions
ASSIGNMENT, BEGIN, DECLARE_VARIABLE, END = 1, 2, 3, 255


def test_quotients_of_exact_numbers_have_the_sum_of_the_scales() -> None:
    assert str(evaluate(verb(Verb.DIVIDE, numeric("7.50"), numeric("2.0")))) == "3.750"
    assert str(evaluate(verb(Verb.DIVIDE, numeric("-1.00"), integer(3)))) == "-0.33"
    assert evaluate(verb(Verb.DIVIDE, integer(7), integer(2))) == 3


def test_dialect_1_divides_and_adds_longs_as_doubles() -> None:
    assert evaluate(verb(Verb.DIVIDE, integer(7), integer(2)), version=VERSION_4) == 3.5
    total = evaluate(verb(Verb.ADD, integer(1), integer(2)), version=VERSION_4)
    assert (total, type(total)) == (3.0, float)


def test_sums_have_the_finer_scale_and_products_the_sum_of_the_scales() -> None:
    assert str(evaluate(verb(Verb.ADD, numeric("1.5"), numeric("0.25")))) == "1.75"
    assert str(evaluate(verb(Verb.MULTIPLY, numeric("-1.50"), numeric("2.0")))) == "-3.000"


def test_a_null_operand_gives_null() -> None:
    assert evaluate(verb(Verb.ADD, field("A"), integer(1)), A=None) is None
    assert evaluate(verb(Verb.CONCATENATE, field("A"), text("x")), A=None) is None


@pytest.mark.parametrize("ods", [(10, 1), (12, 0)])
def test_64_bits_overflow_before_firebird_4(ods: tuple[int, int]) -> None:
    product = verb(Verb.MULTIPLY, field("A"), field("A"))
    with pytest.raises(EvaluationError, match="overflow"):
        evaluate(product, ods=ods, A=Decimal("99999999999.0"))
    assert str(evaluate(product, A=Decimal("99999999999.0"))) == "9999999999800000000001.00"


def test_division_by_zero_fails_for_that_row_only() -> None:
    quotient = verb(Verb.DIVIDE, integer(1), field("A"))
    with pytest.raises(EvaluationError, match="division by zero"):
        evaluate(quotient, A=0)
    assert evaluate(quotient, A=1) == 1


def test_a_case_takes_the_first_branch_only_if_its_condition_is_true() -> None:
    case = verb(
        Verb.VALUE_IF, verb(Verb.GTR, field("A"), integer(0)), text("positive"), text("other")
    )
    assert [evaluate(case, A=a) for a in (1, 0, None)] == ["positive", "other", "other"]


def test_and_does_not_evaluate_its_second_operand_after_false() -> None:
    divides = verb(Verb.EQL, verb(Verb.DIVIDE, integer(6), field("A")), integer(2))
    both = verb(Verb.AND, verb(Verb.GTR, field("A"), integer(0)), divides)
    assert [evaluate(both, A=a) for a in (3, 0)] == [True, False]


def test_coalesce_has_the_finest_scale_of_its_values() -> None:
    items = bytes([Verb.COALESCE, 2])
    assert (
        str(evaluate(verb(Verb.DIVIDE, items, field("A"), numeric("1.00"), integer(3)), A=7))
        == "2.33"
    )
    shared = verb(Verb.DIVIDE, items, field("A"), integer(1), integer(3))
    assert str(evaluate(shared, A=Decimal("2.00"))) == "0.66"


def test_firebird_2_5_keeps_the_tested_value_in_a_variable() -> None:
    declaration = bytes([DECLARE_VARIABLE, 0, 0, BlrType.LONG, 0])
    variable = bytes([Verb.VARIABLE, 0, 0])
    assignment = bytes([ASSIGNMENT]) + verb(Verb.ADD, field("A"), integer(1)) + variable
    tested = bytes([Verb.STMT_EXPR]) + assignment + variable
    coalesce = verb(Verb.VALUE_IF, bytes([Verb.MISSING]), tested, integer(-1), variable)
    declared_before = bytes([Verb.STMT_EXPR]) + declaration + coalesce
    assert [evaluate(declared_before, A=a) for a in (4, None)] == [5, -1]
    block = bytes([Verb.STMT_EXPR, BEGIN]) + declaration + assignment + bytes([END]) + variable
    simple_case = verb(
        Verb.VALUE_IF, bytes([Verb.EQL]), block, integer(5), text("five"), text("other")
    )
    assert [evaluate(simple_case, A=a) for a in (4, 5)] == ["five", "other"]
    with pytest.raises(UnsupportedExpression, match="needs a variable"):
        evaluate(variable)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("%", True),
        ("Hel%", True),
        ("%l_o", True),
        ("H%x%", False),
        ("_____", True),
        ("____", False),
    ],
)
def test_like_matches_its_two_wildcards(pattern: str, matches: bool) -> None:
    assert evaluate(verb(Verb.LIKE, text("Hello"), text(pattern))) is matches


def test_texts_are_compared_padded_with_blanks() -> None:
    assert evaluate(verb(Verb.EQL, text("abc  "), text("abc"))) is True


def test_functions_are_called_by_name() -> None:
    assert evaluate(call("LPAD", integer(7), integer(3), text("0"))) == "007"
    assert evaluate(call("MOD", integer(-7), integer(3))) == -1
    assert str(evaluate(call("ROUND", numeric("2.345"), integer(2)))) == "2.35"


def test_only_defaults_have_a_current_date() -> None:
    blob = expression_blr(bytes([Verb.CURRENT_DATE]))
    with pytest.raises(UnsupportedExpression, match="moment"):
        parse(blob, environment())
    default_environment = replace(environment((10, 1)), moment=Timestamp(0, 0))
    assert parse(blob, default_environment).evaluate(lambda key: None) == Date(0)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (bytes([Verb.FUNCTION]) + name("F_X") + bytes([0]), "the function F_X"),
        (bytes([Verb.GEN_ID]) + name("G") + integer(1), "the generator G"),
        (bytes([Verb.FROM]), "a subselect"),
        (bytes([199]), "unknown verb 199"),
        (call("RAND"), "the function RAND"),
        (field("NOPE"), "the column NOPE"),
        (bytes([Verb.NEGATE]) * 400 + integer(1), "nested deeper"),
    ],
)
def test_an_unsupported_expression_is_refused_with_its_reason(
    expression: bytes, reason: str
) -> None:
    with pytest.raises(UnsupportedExpression, match=reason):
        evaluate(expression)


def test_blr_that_is_truncated_or_continues_after_its_end_is_damage() -> None:
    whole = expression_blr(verb(Verb.ADD, integer(1), integer(2)))
    for end in range(1, len(whole)):
        with pytest.raises(Damage, match="ends too early"):
            parse(whole[:end], environment())
    with pytest.raises(Damage, match="continues after its end"):
        parse(whole[:-1] + bytes([0]), environment())


@given(st.binary(max_size=60))
def test_any_bytes_are_parsed_or_raise_a_firebird_error(blob: bytes) -> None:
    with suppress(FirebirdError):
        parse(bytes([VERSION_5]) + blob, environment()).evaluate(lambda key: None)
