"""Formats: descriptors of every layout, defaults, and checks."""

from struct import pack

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import MAX_IMAGE, Descriptor, parse_format

LONG = Descriptor(Dtype.LONG, -2, 4, 1, 0, 4)
TEXT = Descriptor(Dtype.VARYING, 0, 12, 53, 0, 8)


def packed(*descriptors: Descriptor, layout: str = "<BbHhHI") -> bytes:
    """Descriptors one after another: a format up to ODS 11."""
    return b"".join(pack(layout, *descriptor[:6]) for descriptor in descriptors)


def counted(*descriptors: Descriptor, rest: bytes = b"\0\0") -> bytes:
    """A format of ODS 12 and newer; `rest` holds the defaults."""
    return pack("<H", len(descriptors)) + packed(*descriptors) + rest


@pytest.mark.parametrize(
    ("blob", "major", "is_amd64"),
    [
        (packed(LONG, TEXT), 10, False),
        (packed(LONG, TEXT, layout="<BbHhHQ"), 10, True),
        (packed(LONG, TEXT), 11, False),
        (packed(LONG, TEXT), 11, True),
        (counted(LONG, TEXT), 12, False),
        (counted(LONG, TEXT), 13, True),
    ],
)
def test_descriptors_of_every_layout(blob: bytes, major: int, is_amd64: bool) -> None:
    parsed = parse_format(blob, major, is_amd64)
    assert parsed.descriptors == (LONG, TEXT)
    assert (parsed.length, parsed.defaults) == (20, {})


def test_the_charset_is_the_low_byte_of_the_sub_type() -> None:
    assert Descriptor(Dtype.TEXT, sub_type=3 << 8 | 53).charset_id == 53
    assert Descriptor(Dtype.TEXT, sub_type=-1).charset_id == 255


def test_dropped_and_computed_columns_are_not_stored() -> None:
    dropped, computed = Descriptor(Dtype.NONE), Descriptor(Dtype.LONG, length=4)
    parsed = parse_format(packed(dropped, LONG, computed), 11, False)
    assert [field.is_present for field in parsed.descriptors] == [False, True, True]
    assert [field.is_stored for field in parsed.descriptors] == [False, True, False]
    assert parsed.length == 8


def test_frozen_defaults_of_added_columns() -> None:
    value = Descriptor(Dtype.LONG, 0, 4)
    rest = pack("<HH", 1, 5) + packed(value) + pack("<i", -7)
    frozen = parse_format(counted(LONG, rest=rest), 12, False).defaults[5]
    assert (frozen.descriptor, frozen.value) == (value, pack("<i", -7))


@pytest.mark.parametrize(
    ("blob", "major", "words"),
    [
        (packed(LONG)[:-1], 11, "a format of 11 bytes"),
        (b"", 12, "ends before its counts"),
        (pack("<H", 65535), 12, "ends inside a descriptor"),
        (counted(LONG, rest=b""), 12, "ends before its counts"),
        (counted(LONG, rest=b"\xff\xff"), 12, "ends before its counts"),
        (counted(LONG, rest=pack("<HH", 1, 5)), 12, "ends inside a descriptor"),
        (counted(LONG, rest=pack("<HH", 1, 5) + packed(LONG)), 12, "ends inside a default"),
        (packed(Descriptor(Dtype.LONG, 0, 4, 0, 0, 0xFFFFFFFF)), 11, "4 bytes at 4294967295"),
        (packed(Descriptor(Dtype.TEXT, 0, 65535, 0, 0, MAX_IMAGE)), 11, "65535 bytes at 131072"),
        (packed(*[Descriptor(Dtype.LONG, 0, 4, 0, 0, 1)] * 9), 11, "4 bytes at 1 of a record"),
        (
            packed(Descriptor(Dtype.TEXT, 0, 99, 0, 0, 4), Descriptor(Dtype.LONG, 0, 4, 0, 0, 8)),
            11,
            "a field of a format ends after the last field",
        ),
    ],
)
def test_an_impossible_format_is_damage(blob: bytes, major: int, words: str) -> None:
    with pytest.raises(Damage, match=words):
        parse_format(blob, major, False)


def test_a_format_without_descriptors_is_empty() -> None:
    assert parse_format(b"", 11, False).length == 0
    assert parse_format(counted(), 13, False).length == 0
