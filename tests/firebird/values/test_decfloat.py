"""Decoding of DECFLOAT."""

from decimal import Decimal

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.values.decfloat import DECLETS, DecFloat, decode_decfloat


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("2238000000000000", "0"),
        ("2238000000000001", "1"),
        ("a234000000000010", "-1.0"),
        ("77fcff3fcff3fcff", "9.999999999999999E+384"),
        ("7c00000000000000", "NaN"),
        ("7800000000000000", "Infinity"),
        ("f800000000000000", "-Infinity"),
        ("224c000000000000", "0E+5"),
        ("22080000000000000000000000000000", "0"),
        ("a2080000000000000000000000000000", "-0"),
    ],
)
def test_the_text_is_that_of_the_engine(stored: str, text: str) -> None:
    assert str(decode_decfloat(bytes.fromhex(stored)[::-1])) == text


def test_declets_encode_every_three_digits() -> None:
    assert set(DECLETS) == set(range(1000))
    assert DECLETS[:10] == tuple(range(10))


def test_other_lengths_are_damage() -> None:
    with pytest.raises(Damage, match="7 bytes"):
        decode_decfloat(bytes(7))


def test_a_decfloat_is_distinct_from_a_numeric() -> None:
    decoded: object = decode_decfloat(bytes(8))
    assert decoded == DecFloat(Decimal("0E-398"))
    assert decoded != Decimal("0E-398")
