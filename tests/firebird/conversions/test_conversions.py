"""Values of an older type or of an expression, as the declared type has them."""

from decimal import Decimal
from typing import Any

import pytest

from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.temporal import Date, Time, Timestamp

REAL, DOUBLE = Descriptor(Dtype.REAL, length=4), Descriptor(Dtype.DOUBLE, length=8)
LONG, SHORT = Descriptor(Dtype.LONG, length=4), Descriptor(Dtype.SHORT, length=2)
NUMERIC_2 = Descriptor(Dtype.INT64, -2, 8)
VARCHAR_20 = Descriptor(Dtype.VARYING, 0, 22)
DATE = Descriptor(Dtype.DATE, length=4)


@pytest.mark.parametrize(
    ("value", "source", "text"),
    [
        (12.5, REAL, "12.500000"),
        (-83.375, DOUBLE, "-83.37500000000000"),
        (1e-7, DOUBLE, "1.000000000000000e-07"),
        (12.3, Descriptor(Dtype.DOUBLE, -2, 8), "12.30"),
        (Decimal("-0.50"), None, "-0.50"),
        (Date(0), None, "1858-11-17"),
        (Time(123), None, "00:00:00.0123"),
        (Timestamp(0, 10_000), None, "1858-11-17 00:00:01.0000"),
        (DecFloat(Decimal("0E+5")), None, "0E+5"),
    ],
)
def test_values_become_the_engines_text(value: Any, source: Descriptor | None, text: str) -> None:
    assert convert(value, source, Descriptor(Dtype.VARYING, 0, 62), (13, 1)) == text


def test_firebird_1_5_keeps_the_blanks_behind_a_floating_number() -> None:
    assert convert(-7.0, REAL, VARCHAR_20, (10, 1)) == "-7.0000000".ljust(20)
    assert convert(-7.0, REAL, VARCHAR_20, (11, 1)) == "-7.0000000"


def test_a_narrow_text_takes_fewer_digits() -> None:
    assert convert(2.25, DOUBLE, Descriptor(Dtype.VARYING, 0, 12), (13, 1)) == "2.2500000"


def test_char_is_padded_and_varchar_keeps_the_padding() -> None:
    assert convert("ab", None, Descriptor(Dtype.TEXT, 0, 4), (10, 1)) == "ab  "
    assert convert("ab  ", None, VARCHAR_20, (10, 1)) == "ab  "
    assert convert(b"a", None, Descriptor(Dtype.TEXT, 0, 2, 1), (10, 1)) == b"a\0"
    assert convert("é", None, Descriptor(Dtype.TEXT, 0, 12, 4), (11, 2)) == "é  "


@pytest.mark.parametrize(
    ("value", "source", "number"),
    [
        ("12.345", None, "12.35"),
        (" -7.5e1 ", None, "-75.00"),
        ("0xFF", None, "255.00"),
        (1.125, DOUBLE, "1.13"),
        (-2.675, DOUBLE, "-2.68"),
        (3, LONG, "3.00"),
        (Decimal("-0.045"), None, "-0.05"),
    ],
)
def test_numbers_round_half_away_from_zero(
    value: Any, source: Descriptor | None, number: str
) -> None:
    assert str(convert(value, source, NUMERIC_2, (13, 1))) == number


@pytest.mark.parametrize(
    "text", ["2020-02-29", "29.02.2020", "2/29/2020", "29-FEB-2020", "february 29 2020"]
)
def test_dates_are_read_in_each_of_the_engines_orders(text: str) -> None:
    assert str(convert(text, None, DATE, (13, 1))) == "2020-02-29"


@pytest.mark.parametrize(
    ("value", "target"),
    [
        (40_000, SHORT),
        ("abc", LONG),
        ("", LONG),
        ("2021-02-29", DATE),
        ("today", DATE),
        ("too long for it", Descriptor(Dtype.TEXT, 0, 4)),
        (1e300, REAL),
        (float("nan"), LONG),
    ],
)
def test_what_the_engine_would_refuse_is_an_evaluation_error(
    value: Any, target: Descriptor
) -> None:
    with pytest.raises(EvaluationError):
        convert(value, None, target, (13, 1))


def test_dialect_1_spells_timestamps_with_the_months_name() -> None:
    hour = 36_000_000
    morning = convert(Timestamp(0, hour), None, VARCHAR_20, (10, 1), is_dialect_1=True)
    assert morning == "17-NOV-1858 1:00:00."  # cut to the length of the column, as the engine does
    assert convert(Timestamp(0, 0), None, VARCHAR_20, (10, 1), is_dialect_1=True) == "17-NOV-1858"
