"""Readers of record fields, one type after the other."""

from decimal import Decimal
from struct import pack

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import DTYPE_LENGTH, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import TextCounts
from gdb_export.firebird.values.value_types import TypedValue
from gdb_export.firebird.values.values import value_reader

TEXT = TextDecoder(53)


def value(dtype: int, data: bytes, scale: int = 0, sub_type: int = 0) -> TypedValue:
    """The value of a field at offset 5, with other bytes before and after it."""
    descriptor = Descriptor(dtype, scale, len(data), sub_type, 0, 5)
    return value_reader(descriptor, TEXT)(b"\xaa" * 5 + data + b"\xbb" * 5)


@pytest.mark.parametrize(
    ("dtype", "data", "expected"),
    [
        (Dtype.SHORT, pack("<h", -2), -2),
        (Dtype.LONG, pack("<i", -(1 << 31)), -(1 << 31)),
        (Dtype.INT64, pack("<q", -(1 << 63)), -(1 << 63)),
        (Dtype.QUAD, pack("<q", 7), 7),
        (Dtype.INT128, (-(1 << 127)).to_bytes(16, "little", signed=True), -(1 << 127)),
        (Dtype.BYTE, b"\xff", -1),
        (Dtype.REAL, pack("<f", 0.5), 0.5),
        (Dtype.DOUBLE, pack("<d", 1e-300), 1e-300),
        (Dtype.D_FLOAT, pack("<d", -1.0), -1.0),
        (Dtype.BOOLEAN, b"\1", True),
        (Dtype.BOOLEAN, b"\0", False),
        (Dtype.DATE, pack("<i", -1), Date(-1)),
        (Dtype.TIME, pack("<I", 10_000), Time(10_000)),
        (Dtype.TIMESTAMP, pack("<iI", 1, 2), Timestamp(1, 2)),
        (Dtype.TIME_TZ, pack("<IHxx", 3, 65535), TimeTz(3, 65535)),
        (Dtype.TIMESTAMP_TZ, pack("<iIHxx", 1, 2, 3), TimestampTz(1, 2, 3)),
        (Dtype.BLOB, b"\1\2\3\4\5\6\7\x08", b"\1\2\3\4\5\6\7\x08"),
        (Dtype.ARRAY, bytes(8), bytes(8)),
        (Dtype.DEC64, (0x2238000000000000).to_bytes(8, "little"), DecFloat(Decimal("0"))),
    ],
)
def test_fields_of_every_type_are_read(dtype: int, data: bytes, expected: object) -> None:
    assert value(dtype, data) == expected


@pytest.mark.parametrize(
    ("dtype", "data", "scale", "expected"),
    [
        (Dtype.LONG, pack("<i", -5), -2, "-0.05"),
        (Dtype.INT64, pack("<q", 100), -2, "1.00"),
        (Dtype.SHORT, pack("<h", 0), -4, "0.0000"),
        (Dtype.INT128, (10**30).to_bytes(16, "little"), -30, "1." + "0" * 30),
    ],
)
def test_exact_numerics_have_as_many_decimals_as_their_scale(
    dtype: int, data: bytes, scale: int, expected: str
) -> None:
    assert f"{value(dtype, data, scale):f}" == expected


@pytest.mark.parametrize(
    ("dtype", "data", "sub_type", "expected"),
    [
        (Dtype.TEXT, b"abc  ", 53, "abc  "),
        (Dtype.TEXT, b"a\0b", 1, b"a\0b"),
        (Dtype.VARYING, pack("<H", 2) + b"ab??", 53, "ab"),
        (Dtype.VARYING, pack("<H", 0) + b"????", 53, ""),
        (Dtype.VARYING, pack("<H", 3) + b"a\0\xff?", 1, b"a\0\xff"),
        (Dtype.CSTRING, b"ab\0cd", 53, "ab"),
        (Dtype.CSTRING, b"abcde", 53, "abcde"),
        (Dtype.VARYING, pack("<H", 2) + b"\xe7\xe3", 7 << 8 | 53, "çã"),
    ],
)
def test_text_fields_are_decoded_and_octets_are_bytes(
    dtype: int, data: bytes, sub_type: int, expected: object
) -> None:
    assert value(dtype, data, sub_type=sub_type) == expected


def test_a_varchar_longer_than_its_field_is_damage() -> None:
    assert value(Dtype.VARYING, pack("<H", 4) + b"abcd") == "abcd"
    for length in (5, 65535):
        with pytest.raises(Damage, match=f"a text of {length} bytes where 4 fit"):
            value(Dtype.VARYING, pack("<H", length) + b"abcd")


@pytest.mark.parametrize("dtype", [0, 6, 20, 27, 99, 255])
def test_an_unknown_type_is_damage(dtype: int) -> None:
    with pytest.raises(Damage, match=f"a field of the unknown type {dtype}"):
        value(dtype, bytes(8))


@pytest.mark.parametrize("dtype", sorted(DTYPE_LENGTH))
def test_a_field_of_the_wrong_length_is_damage(dtype: int) -> None:
    longer = 3 if dtype == Dtype.BOOLEAN else DTYPE_LENGTH[dtype] + 1  # InterBase's has 2 bytes
    for length in (0, DTYPE_LENGTH[dtype] - 1, longer):
        with pytest.raises(Damage, match=f"a field of type {dtype:d} with {length} bytes"):
            value(dtype, bytes(length))


def test_replaced_characters_are_counted() -> None:
    counts: list[int] = []
    read = value_reader(Descriptor(Dtype.VARYING, 0, 6, 4), TEXT, counts.append)
    assert read(b"\4\0\xff\xffab") == "\ufffd\ufffdab"
    assert read(b"\4\0abcd") == "abcd"
    assert counts == [TextCounts(2)]
