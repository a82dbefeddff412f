"""Long texts are parsed in time linear in their length.

The texts have a million characters: a pattern that backtracks takes hours for them, and the test
would end by its timeout.
"""

from collections.abc import Callable

import pytest

from gdb_export.firebird.computed.blr.datatypes import _NUMBER_WITHOUT_EXPONENT
from gdb_export.firebird.conversions import date_text, number_text
from gdb_export.firebird.core.errors import EvaluationError

LENGTH = 1_000_000
BLANKS = " " * LENGTH
TEXTS = [
    f"1{BLANKS}x",
    f"{BLANKS}x",
    f"1-1{BLANKS}x",
    f"1 1{BLANKS}1x",
    f"1:1{BLANKS}x",
    "1" * LENGTH + "x",
    "1." + "1" * LENGTH + "x",
    "1a" * (LENGTH // 2) + "!",
    "1+ " * (LENGTH // 3) + "!",
    "1 +1 :1" * (LENGTH // 7) + "!",
]


def without_zone(text: str) -> None:
    date_text.without_zone(text)
    raise EvaluationError("no zone")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize(
    "parse",
    [
        date_text.parse_date,
        date_text.parse_timestamp,
        date_text.parse_time,
        without_zone,
        number_text.parse_exact,
    ],
)
def test_a_long_text_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(EvaluationError):
        parse(text)


@pytest.mark.timeout(60)
def test_a_long_literal_is_not_a_number() -> None:
    assert _NUMBER_WITHOUT_EXPONENT.match("1" * LENGTH + "x") is None


def test_a_separator_of_blanks_and_tabs() -> None:
    expected = date_text.parse_date("2020-02-29")
    assert date_text.parse_date("2020 \t-\t 02-29") == expected
    assert date_text.parse_date("2020\t \t02 29") == expected
