"""Conversion of values of an older type, or of an expression, to the declared type."""

from decimal import Decimal

import pytest

from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.temporal import Date, Time, Timestamp
from gdb_export.firebird.values.value_types import Value

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
def test_text_is_that_of_the_engine(value: Value, source: Descriptor | None, text: str) -> None:
    assert convert(value, source, Descriptor(Dtype.VARYING, 0, 62), (13, 1)) == text


def test_firebird_1_5_keeps_the_blanks_after_a_floating_point_number() -> None:
    assert convert(-7.0, REAL, VARCHAR_20, (10, 1)) == "-7.0000000".ljust(20)
    assert convert(-7.0, REAL, VARCHAR_20, (11, 1)) == "-7.0000000"


def test_a_narrow_text_has_fewer_digits() -> None:
    assert convert(2.25, DOUBLE, Descriptor(Dtype.VARYING, 0, 12), (13, 1)) == "2.2500000"


def test_char_is_padded_and_varchar_keeps_the_padding() -> None:
    assert convert("ab", None, Descriptor(Dtype.TEXT, 0, 4), (10, 1)) == "ab  "
    assert convert("ab  ", None, VARCHAR_20, (10, 1)) == "ab  "
    assert convert(b"a", None, Descriptor(Dtype.TEXT, 0, 2, 1), (10, 1)) == b"a\0"
    assert convert("é", None, Descriptor(Dtype.TEXT, 0, 12, 4), (11, 2)) == "é  "


@pytest.mark.parametrize(
    ("value", "source", "expected"),
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
    value: Value, source: Descriptor | None, expected: str
) -> None:
    assert str(convert(value, source, NUMERIC_2, (13, 1))) == expected


@pytest.mark.parametrize(
    "text", ["2020-02-29", "29.02.2020", "2/29/2020", "29-FEB-2020", "february 29 2020"]
)
def test_dates_are_parsed_in_each_order_that_the_engine_accepts(text: str) -> None:
    assert str(convert(text, None, DATE, (13, 1))) == "2020-02-29"


@pytest.mark.parametrize(
    ("value", "target", "reason"),
    [
        (40_000, SHORT, "40000 is out of range"),
        ("abc", LONG, "'abc' is not a number"),
        ("", LONG, "'' is not a number"),
        ("2021-02-29", DATE, "'2021-02-29' is not a date or time"),
        ("today", DATE, "'today' depends on the time of reading"),
        ("too long for it", Descriptor(Dtype.TEXT, 0, 4), "15 characters does not fit in 4"),
        (1e300, REAL, "is out of range"),
        (float("nan"), LONG, "nan is out of range"),
    ],
)
def test_values_that_the_engine_refuses_are_evaluation_errors(
    value: Value, target: Descriptor, reason: str
) -> None:
    with pytest.raises(EvaluationError, match=reason):
        convert(value, None, target, (13, 1))


def test_dialect_1_writes_timestamps_with_the_months_name() -> None:
    hour = 36_000_000
    morning = convert(Timestamp(0, hour), None, VARCHAR_20, (10, 1), is_dialect_1=True)
    assert morning == "17-NOV-1858 1:00:00."  # cut to the length of the column, as the engine does
    assert convert(Timestamp(0, 0), None, VARCHAR_20, (10, 1), is_dialect_1=True) == "17-NOV-1858"
