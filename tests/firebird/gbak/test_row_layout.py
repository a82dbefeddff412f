"""Conversion of a backup's rows to the record images of a database."""

import struct
from typing import Any

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import DTYPE_LENGTH, Dtype
from gdb_export.firebird.gbak.row_layout import Field, RowLayout
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.values import value_reader

# Null flags after the values of a transportable row
NULL = b"\xff\xff\xff\xff"
PRESENT = bytes(4)
OCTETS = 1
TEXT = TextDecoder(53)

# Types, stored values and Python values
XDR: list[tuple[Descriptor, bytes, Any]] = [
    (Descriptor(Dtype.SHORT), b"\xff\xff\xff\xfe", -2),
    (Descriptor(Dtype.LONG, -2), b"\x00\x00\x04\xd2", "12.34"),
    (Descriptor(Dtype.INT64), b"\x80" + bytes(7), -(1 << 63)),
    (Descriptor(Dtype.INT128), bytes(15) + b"\x09", 9),
    (Descriptor(Dtype.INT128), b"\xff" * 16, -1),
    (Descriptor(Dtype.REAL), struct.pack(">f", 0.5), 0.5),
    (Descriptor(Dtype.DOUBLE), struct.pack(">d", -1e300), -1e300),
    (Descriptor(Dtype.DATE), b"\xff\xff\xff\xff", Date(-1)),
    (Descriptor(Dtype.TIME), b"\x00\x00\x00\x01", Time(1)),
    (Descriptor(Dtype.TIMESTAMP), b"\x00\x00\x00\x05\x00\x00\x00\x06", Timestamp(5, 6)),
    (Descriptor(Dtype.TIME_TZ), b"\x00\x00\x00\x07\x00\x00\xff\xff", TimeTz(7, 65535)),
    (
        Descriptor(Dtype.TIMESTAMP_TZ),
        b"\x00\x00\x00\x05\x00\x00\x00\x06\xff\xff\xfe\x25",
        TimestampTz(5, 6, 65061),
    ),
    (Descriptor(Dtype.BOOLEAN), b"\x01\0\0\0", True),
    (Descriptor(Dtype.TEXT, 0, 5, OCTETS), b"abcde\0\0\0", b"abcde"),
    (Descriptor(Dtype.VARYING, 0, 9, OCTETS), b"\0\0\0\x03xyz?", b"xyz"),
    (Descriptor(Dtype.VARYING, 0, 9, OCTETS), b"\0\0\0\0", b""),
    (Descriptor(Dtype.CSTRING, 0, 6, OCTETS), b"\0\0\0\x02ab??", b"ab"),
]


def field(descriptor: Descriptor, field_number: int = 0, is_computed: bool = False) -> Field:
    length = DTYPE_LENGTH.get(descriptor.dtype, descriptor.length)
    sized = Descriptor(descriptor.dtype, descriptor.scale, length, descriptor.sub_type)
    return Field(field_number, sized, is_computed, sized)


def values(layout: RowLayout, row: bytes) -> list[Any]:
    image = bytes(layout.image(row))
    assert len(image) == layout.format.length
    decoded: list[Any] = []
    for index, descriptor in enumerate(layout.format.descriptors):
        is_null = image[index >> 3] >> (index & 7) & 1
        decoded.append(None if is_null else value_reader(descriptor, TEXT)(image))
    return decoded


@pytest.mark.parametrize(("descriptor", "xdr", "value"), XDR, ids=lambda value: str(value)[:30])
def test_a_value_of_every_type_is_read_from_a_transportable_row(
    descriptor: Descriptor, xdr: bytes, value: Any
) -> None:
    layout = RowLayout.of([field(descriptor)], is_transportable=True)
    assert layout.shortest <= len(xdr) + 4 <= layout.longest
    (decoded,) = values(layout, xdr + PRESENT)
    assert (str(decoded) if isinstance(value, str) else decoded) == value


def test_each_value_of_a_row_is_null_by_its_own_flag() -> None:
    layout = RowLayout.of([field(descriptor) for descriptor, _, _ in XDR], is_transportable=True)
    xdr = b"".join(part for _, part, _ in XDR)
    whole = values(layout, xdr + PRESENT * len(XDR))
    for null in range(len(XDR)):
        flags = b"".join(NULL if index == null else PRESENT for index in range(len(XDR)))
        expected = [None if index == null else value for index, value in enumerate(whole)]
        assert values(layout, xdr + flags) == expected


def test_computed_columns_are_not_in_rows() -> None:
    long = Descriptor(Dtype.LONG)
    fields = [field(long), field(long, 1, is_computed=True), field(long, 2)]
    layout = RowLayout.of(fields, is_transportable=True)
    image = bytes(layout.image(b"\0\0\0\x01\0\0\0\x02" + PRESENT + NULL))
    assert image[0] == 0b100
    assert [descriptor.is_stored for descriptor in layout.format.descriptors] == [True, False, True]


def test_a_native_row_is_aligned_like_memory() -> None:
    fields = [
        field(Descriptor(Dtype.INT64)),
        field(Descriptor(Dtype.SHORT)),
        field(Descriptor(Dtype.LONG)),
        field(Descriptor(Dtype.VARYING, 0, 5, OCTETS)),
        field(Descriptor(Dtype.BOOLEAN)),
    ]
    layout = RowLayout.of(fields, is_transportable=False)
    row = struct.pack("<qhxxiH3s?", -5, -6, -7, 2, b"ab?", True)
    flags = struct.pack("<5h", 0, 0, -1, 0, 0)
    assert layout.shortest == layout.longest == len(row) + len(flags)
    assert values(layout, row + flags) == [-5, -6, None, b"ab", True]


def test_a_text_longer_than_its_column_is_damage() -> None:
    layout = RowLayout.of([field(Descriptor(Dtype.VARYING, 0, 9))], is_transportable=True)
    with pytest.raises(Damage, match="a text of 8 bytes where 7 fit"):
        layout.image(b"\0\0\0\x0812345678" + PRESENT)


def test_a_row_longer_or_shorter_than_its_values_is_damage() -> None:
    layout = RowLayout.of([field(Descriptor(Dtype.LONG))] * 2, is_transportable=True)
    for length in range(16):
        with pytest.raises(Damage, match=f"a row of {length} bytes"):
            layout.image(bytes(length))
    with pytest.raises(Damage, match="a row of 20 bytes whose values take 8"):
        layout.image(bytes(20))


def test_a_type_that_backups_do_not_contain_is_damage() -> None:
    with pytest.raises(Damage, match="a field of type 0, which backups do not contain"):
        RowLayout.of([field(Descriptor(Dtype.NONE))], is_transportable=True)
