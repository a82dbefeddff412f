"""Expressions in BLR written by hand: values, refusals, and bytes that are no BLR."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.core.errors import (
    Damage,
    EvaluationError,
    FirebirdError,
    UnsupportedExpression,
)
from gdb_export.firebird.values.temporal import Date, Timestamp
from tests.firebird.computed.blr_codes import (
    call,
    context,
    evaluate,
    field,
    integer,
    numeric,
    text,
    verb,
)

ADD, MULTIPLY, DIVIDE, CONCATENATE = 34, 36, 37, 39
EQL, GTR, AND, LIKE = 47, 49, 58, 63
VALUE_IF, COALESCE = 105, 202


def test_quotients_of_exact_numbers_have_the_sum_of_the_scales() -> None:
    assert str(evaluate(verb(DIVIDE, numeric("7.50"), numeric("2.0")))) == "3.750"
    assert str(evaluate(verb(DIVIDE, numeric("-1.00"), integer(3)))) == "-0.33"
    assert evaluate(verb(DIVIDE, integer(7), integer(2))) == 3


def test_dialect_1_divides_and_adds_longs_as_doubles() -> None:
    assert evaluate(verb(DIVIDE, integer(7), integer(2)), version=4) == 3.5
    total = evaluate(verb(ADD, integer(1), integer(2)), version=4)
    assert (total, type(total)) == (3.0, float)


def test_sums_take_the_finer_scale_and_products_the_sum_of_the_scales() -> None:
    assert str(evaluate(verb(ADD, numeric("1.5"), numeric("0.25")))) == "1.75"
    assert str(evaluate(verb(MULTIPLY, numeric("-1.50"), numeric("2.0")))) == "-3.000"


def test_null_operands_make_null() -> None:
    assert evaluate(verb(ADD, field("A"), integer(1)), A=None) is None
    assert evaluate(verb(CONCATENATE, field("A"), text("x")), A=None) is None


@pytest.mark.parametrize("ods", [(10, 1), (12, 0)])
def test_64_bits_overflow_before_firebird_4(ods: tuple[int, int]) -> None:
    product = verb(MULTIPLY, field("A"), field("A"))
    with pytest.raises(EvaluationError, match="overflow"):
        evaluate(product, ods=ods, A=Decimal("99999999999.0"))
    assert str(evaluate(product, A=Decimal("99999999999.0"))) == "9999999999800000000001.00"


def test_division_by_zero_fails_for_the_row_alone() -> None:
    quotient = verb(DIVIDE, integer(1), field("A"))
    with pytest.raises(EvaluationError, match="division by zero"):
        evaluate(quotient, A=0)
    assert evaluate(quotient, A=1) == 1


def test_a_case_takes_the_first_branch_that_is_true_and_not_unknown() -> None:
    case = verb(VALUE_IF, verb(GTR, field("A"), integer(0)), text("positive"), text("other"))
    assert [evaluate(case, A=a) for a in (1, 0, None)] == ["positive", "other", "other"]


def test_and_does_not_run_what_false_decides() -> None:
    divides = verb(EQL, verb(DIVIDE, integer(6), field("A")), integer(2))
    both = verb(AND, verb(GTR, field("A"), integer(0)), divides)
    assert [evaluate(both, A=a) for a in (3, 0)] == [True, False]


def test_coalesce_divides_by_the_scale_that_all_its_values_share() -> None:
    items = bytes([COALESCE, 2])
    assert (
        str(evaluate(verb(DIVIDE, items, field("A"), numeric("1.00"), integer(3)), A=7)) == "2.33"
    )
    shared = verb(DIVIDE, items, field("A"), integer(1), integer(3))
    assert str(evaluate(shared, A=Decimal("2.00"))) == "0.66"


def test_firebird_2_5_keeps_what_it_tests_in_variables() -> None:
    declaration = bytes([3, 0, 0, 8, 0])
    variable = bytes([26, 0, 0])
    assignment = bytes([1]) + verb(ADD, field("A"), integer(1)) + variable
    tested = bytes([190]) + assignment + variable
    coalesce = verb(VALUE_IF, bytes([61]), tested, integer(-1), variable)
    declared_before = bytes([190]) + declaration + coalesce
    assert [evaluate(declared_before, A=a) for a in (4, None)] == [5, -1]
    block = bytes([190, 2]) + declaration + assignment + bytes([255]) + variable
    simple_case = verb(VALUE_IF, bytes([EQL]), block, integer(5), text("five"), text("other"))
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
def test_like_knows_its_two_wildcards(pattern: str, matches: bool) -> None:
    assert evaluate(verb(LIKE, text("Hello"), text(pattern))) is matches


def test_texts_compare_with_their_blanks_padded() -> None:
    assert evaluate(verb(EQL, text("abc  "), text("abc"))) is True


def test_functions_are_called_by_name() -> None:
    assert evaluate(call("LPAD", integer(7), integer(3), text("0"))) == "007"
    assert evaluate(call("MOD", integer(-7), integer(3))) == -1
    assert str(evaluate(call("ROUND", numeric("2.345"), integer(2)))) == "2.35"


def test_current_date_is_known_to_defaults_only() -> None:
    blob = bytes([5, 160, 76])
    with pytest.raises(UnsupportedExpression, match="moment"):
        parse(blob, context())
    of_default = replace(context((10, 1)), moment=Timestamp(0, 0))
    assert parse(blob, of_default).evaluate(lambda key: None) == Date(0)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (bytes([100, 3]) + b"F_X" + bytes([0]), "the UDF F_X"),
        (bytes([101, 1]) + b"G" + integer(1), "the generator G"),
        (bytes([43]), "a subselect"),
        (bytes([199]), "unknown verb 199"),
        (call("RAND"), "the function RAND"),
        (field("NOPE"), "the column NOPE"),
        (bytes([38]) * 400 + integer(1), "nested deeper"),
    ],
)
def test_what_needs_more_than_the_row_is_refused_with_its_reason(
    expression: bytes, reason: str
) -> None:
    with pytest.raises(UnsupportedExpression, match=reason):
        evaluate(expression)


def test_blr_that_ends_early_or_goes_on_is_damage() -> None:
    whole = bytes([5]) + verb(ADD, integer(1), integer(2)) + bytes([76])
    for end in range(1, len(whole)):
        with pytest.raises(Damage):
            parse(whole[:end], context())
    with pytest.raises(Damage):
        parse(whole[:-1] + bytes([0]), context())


@given(st.binary(max_size=60))
def test_any_bytes_give_an_expression_or_one_of_our_errors(blob: bytes) -> None:
    with suppress(FirebirdError):
        parse(bytes([5]) + blob, context()).evaluate(lambda key: None)
