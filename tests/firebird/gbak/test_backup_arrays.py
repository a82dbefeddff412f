"""Conversion of a backup's array slices to the blobs that a database stores."""

import struct

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.gbak.arrays import array_blob
from gdb_export.firebird.gbak.row_layout import Field
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.arrays import read_array
from gdb_export.firebird.values.text import TextDecoder

SHORT, VARYING = Descriptor(Dtype.SHORT, 0, 2), Descriptor(Dtype.VARYING, 0, 7)


def array_field(element: Descriptor, *bounds: tuple[int, int]) -> Field:
    return Field(0, Descriptor(Dtype.ARRAY, 0, 8), False, element, bounds)


def values(field: Field, data: bytes, is_xdr: bool = True) -> object:
    """The values of an array, read from the blob that its slice was converted to."""
    return read_array(array_blob(field, data, is_xdr), TextDecoder(53), False)[1]


def test_short_elements_take_four_bytes_in_xdr() -> None:
    data = struct.pack(">I6i", 12, 1, -2, 3, 4, 5, 6)
    assert values(array_field(SHORT, (1, 2), (0, 2)), data) == [[1, -2, 3], [4, 5, 6]]


def test_texts_take_their_padded_length_in_xdr() -> None:
    data = struct.pack(">II2s2xI5s3x", 14, 2, b"ab", 5, b"cdefg")
    assert values(array_field(VARYING, (1, 2)), data) == ["ab", "cdefg"]


def test_a_text_in_memory_ends_at_its_first_nul() -> None:
    assert values(array_field(VARYING, (1, 3)), b"ab\0\x7d\0\0\0abcde\0\0\0", False) == [
        "ab",
        "abcde",
        "",
    ]
    with pytest.raises(Damage, match="a text of 7 bytes where 5 fit"):
        array_blob(array_field(VARYING, (1, 3)), b"abcdefg", is_xdr=False)


@pytest.mark.parametrize("is_xdr", [True, False])
def test_elements_that_were_never_written_are_missing_at_the_end(is_xdr: bool) -> None:
    data = struct.pack(">I2i", 4, 7, 8) if is_xdr else struct.pack("<2h", 7, 8)
    assert values(array_field(SHORT, (1, 4)), data, is_xdr) == [7, 8, 0, 0]
    assert values(array_field(SHORT, (1, 4)), b"", is_xdr) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\0\0", "an array of 2 bytes whose elements take 4"),
        (struct.pack(">I2i", 6, 7, 8), "a row of 12 bytes is too short for its values"),
        (struct.pack(">I2i", 3, 7, 8), "an array of 4 elements that takes 3 bytes"),
        (struct.pack(">I5i", 10, 1, 2, 3, 4, 5), "an array of 4 elements that takes 10 bytes"),
        (struct.pack(">I2i", 2, 7, 8), "an array of 12 bytes whose elements take 8"),
        (struct.pack(">I", 0xFFFFFFFF), "an array of 4 elements that takes 4294967295 bytes"),
    ],
)
def test_a_slice_of_contradictory_lengths_is_damage(data: bytes, reason: str) -> None:
    with pytest.raises(Damage, match=reason):
        array_blob(array_field(SHORT, (1, 4)), data, is_xdr=True)


@pytest.mark.parametrize(
    "field",
    [
        array_field(SHORT),
        array_field(SHORT, (2, 1)),
        array_field(Descriptor(Dtype.TEXT), (1, 2)),
    ],
    ids=["no bounds", "empty bounds", "elements of no bytes"],
)
def test_an_array_without_elements_is_damage(field: Field) -> None:
    with pytest.raises(Damage, match=r"an array of \d elements of"):
        array_blob(field, struct.pack(">I", 0), is_xdr=True)
