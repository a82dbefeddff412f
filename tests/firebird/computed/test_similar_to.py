"""SIMILAR TO: bounded work on hostile patterns, and patterns that the engine rejects.

The values of patterns are compared with the engine in tests/engine and tests/differential.
"""

import pytest

from gdb_export.firebird.computed.texts.similar_automaton import Automaton
from gdb_export.firebird.computed.texts.similar_patterns import parse_pattern
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget


def matched(pattern: str, text: str, escape: str = "") -> tuple[bool, int]:
    """Whether the text matches, and the steps that it took."""
    budget = EvaluationBudget(0)
    before = budget.steps_left
    is_match = Automaton(parse_pattern(pattern, escape), budget).matches(text)
    return is_match, before - budget.steps_left


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "((a|a)+)+b", "(a|aa)+b", "%a%a%a%a%a%a%a%a%b", "(a{1,2}){60}%b"],
)
def test_the_work_is_linear_in_the_text(pattern: str) -> None:
    (short, short_steps), (long, long_steps) = (
        matched(pattern, "a" * length) for length in (2_000, 20_000)
    )
    assert not short
    assert not long
    assert long_steps < short_steps + 30 * 18_000
    assert matched(pattern, "a" * 2_000 + "b")[0]


def test_a_step_tests_each_state_once_at_most() -> None:
    text = "".join(chr(0x4E00 + index) for index in range(1_000))  # each step is a new one
    is_match, steps = matched("(%_%_){20}x", text)
    assert not is_match
    assert steps < 1_000 * 400


def test_large_patterns_cost_the_budget_and_are_refused() -> None:
    with pytest.raises(EvaluationError, match="more than 20000 parts"):
        matched("(abcdefghijklmnopqrstuvwxyz){1000}", "a")
    with pytest.raises(EvaluationError, match="nested deeper than 50 levels"):
        matched("(" * 51 + "a" + ")" * 51, "a")
    assert matched("(" * 50 + "a" + ")" * 50, "a")[0]
    classes = "[" + "".join(f"{chr(0x4E00 + 3 * index)}" for index in range(5_000)) + "]"
    budget = EvaluationBudget(0)
    budget.steps_left = 10_000
    automaton = Automaton(parse_pattern(classes + "{1000}", ""), budget)
    with pytest.raises(EvaluationError, match="more work than the size of the database allows"):
        automaton.matches(chr(0x4E00) * 1000)


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "a**", "a{2}?", "(", ")", "a)", "[", "[a", "[]", "[^^a]", "[[:nope:]]", "[[:alpha]"),
        *("a-b", "^", "]", "}", "a{", "a{}", "a{,2}", "a{1,2,3}", "a{x}", "a{2,1}", "a{1001}"),
        *("(_{40}){26}", "%*", "%?", "(%)*", "(a|)*", "a#", "#a", "[#a]", "a{999999999}"),
    ],
)
def test_patterns_that_the_engine_rejects(pattern: str) -> None:
    with pytest.raises(EvaluationError):
        parse_pattern(pattern, "#")


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("", "", True),
        ("(|a)*", "aa", True),
        ("[^]", "x", True),
        ("[z-a]", "z", False),
        ("[a-c^b]x", "bx", False),
        ("[a-c^b]x", "cx", True),
        ("[[:DI:]]", "7", True),
        ("a{01}", "a{01", True),
        ("a{01}", "a", False),
        ("(_{40}){25}", "x" * 1000, True),
        ("#[#-#]", "[-]", True),
        ("[#]#--a]", "]", True),
        ("a|b|", "", True),
        ("_", "\n", True),
    ],
)
def test_values_that_the_engine_gives(pattern: str, text: str, is_match: bool) -> None:
    assert matched(pattern, text, "#")[0] is is_match
