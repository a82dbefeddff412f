"""Numbers, booleans, dates and times as text."""

import struct
from decimal import Decimal

import pytest

from gdb_export.csv_rows.value_text import (
    boolean_text,
    double_text,
    fixed_text,
    number_text,
    real_text,
    text_of,
)
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, day_number

INFINITY = float("inf")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-(1 << 127), "-170141183460469231731687303715884105728"),
        (Decimal("-0.05"), "-0.05"),
        (Decimal("1E-10"), "0.0000000001"),
        (Decimal("0.00"), "0.00"),
        (Decimal("7E+3"), "7000"),
    ],
)
def test_exact_numbers(value: int | Decimal, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (5.0, "5.0"),
        (-0.0, "-0.0"),
        (1e-300, "1e-300"),
        (1e16, "1e+16"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (INFINITY, "Infinity"),
        (-INFINITY, "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_doubles_are_the_shortest_that_round_trip(value: float, text: str) -> None:
    assert double_text(value) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1", "0.1"),
        ("5", "5.0"),
        ("-0.0", "-0.0"),
        ("3.4028235e38", "3.4028235e+38"),
        ("1e-45", "1e-45"),
        ("16777216", "16777216.0"),
        ("1e16", "1e+16"),
        ("0.3", "0.3"),
    ],
)
def test_floats_are_the_shortest_of_32_bits(text: str, expected: str) -> None:
    value = struct.unpack("<f", struct.pack("<f", float(text)))[0]
    assert real_text(value) == expected
    assert struct.pack("<f", float(real_text(value))) == struct.pack("<f", value)


@pytest.mark.parametrize("value", [INFINITY, -INFINITY, float("nan")])
def test_nan_and_infinities(value: float) -> None:
    assert real_text(value) == double_text(value) == fixed_text(value, 2)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-0.05, 2, "-0.05"), (1234.5, 2, "1234.50"), (2.675, 2, "2.67"), (1e22, 1, f"{10**22}.0")],
)
def test_numerics_of_dialect_1_have_their_decimals(value: float, decimals: int, text: str) -> None:
    assert fixed_text(value, decimals) == text


def test_booleans() -> None:
    assert (boolean_text(True), boolean_text(False)) == ("true", "false")


@pytest.mark.parametrize(
    ("descriptor", "value", "text"),
    [
        (Descriptor(Dtype.DOUBLE, -2, 8), 1.5, "1.50"),
        (Descriptor(Dtype.DOUBLE, 0, 8), 1.5, "1.5"),
        (Descriptor(Dtype.DATE), Date(day_number(2024, 2, 29)), "2024-02-29"),
        (Descriptor(Dtype.TIME), Time(36_000_000 + 10_001), "01:00:01.0001"),
        (
            Descriptor(Dtype.TIMESTAMP),
            Timestamp(day_number(1, 1, 1), 0),
            "0001-01-01 00:00:00",
        ),
        (Descriptor(Dtype.BOOLEAN), True, "true"),
    ],
)
def test_the_text_of_a_type(descriptor: Descriptor, value: object, text: str) -> None:
    assert text_of(descriptor)(value) == text
