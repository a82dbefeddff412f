"""Array blobs: headers, bounds and elements, and impossible counts."""

from struct import pack

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.arrays import array_header, read_array
from gdb_export.firebird.values.text import TextDecoder

TEXT = TextDecoder(53)


def array(
    bounds: list[tuple[int, int]],
    elements: bytes,
    dtype: int = Dtype.LONG,
    length: int = 4,
    count: int | None = None,
    is_wide: bool = False,
    header: int | None = None,
) -> bytes:
    """The blob of an array; `count` and `header` replace the right values in its header."""
    size = 32 if is_wide else 24
    total = 1
    for low, high in bounds:
        total *= high - low + 1
    total = (total if count is None else count) & 0xFFFFFFFF
    header_length = 16 + size * len(bounds) if header is None else header
    blob = pack("<BBHHHII", 1, len(bounds), 1, length, header_length, total, 0)
    for dimension, (low, high) in enumerate(bounds):
        element = pack("<BbHhHI", dtype if not dimension else 0, 0, length, 53, 0, 0)
        # on 64-bit machines the descriptor ends in a pointer, and each dimension is padded
        padding = bytes((size - 24) // 2)
        blob += element + padding + pack("<Iii", 1, low, high) + padding
    return blob + elements


def integers(*values: int) -> bytes:
    return pack(f"<{len(values)}i", *values)


@pytest.mark.parametrize("is_wide", [False, True])
def test_the_last_subscript_varies_fastest(is_wide: bool) -> None:
    blob = array([(1, 2), (0, 2)], integers(1, 2, 3, 4, 5, 6), is_wide=is_wide)
    element, values = read_array(blob, TEXT, is_wide)
    assert element.dtype == Dtype.LONG
    assert values == [[1, 2, 3], [4, 5, 6]]


def test_one_dimension_with_negative_bounds() -> None:
    assert read_array(array([(-1, 1)], integers(7, 8, 9)), TEXT, False)[1] == [7, 8, 9]


def test_a_written_header_is_read_back() -> None:
    element = Descriptor(Dtype.VARYING, 0, 6, 53)
    header = array_header(element, [(0, 1), (-2, 0)], 6)
    assert len(header) == 16 + 2 * 24
    read_element, values = read_array(header + pack("<H4s", 2, b"ab"), TEXT, False)
    assert read_element == element
    assert values == [["ab", "", ""], ["", "", ""]]


def test_elements_that_were_never_written_read_as_zeros() -> None:
    assert read_array(array([(1, 4)], integers(7)), TEXT, False)[1] == [7, 0, 0, 0]


def test_texts() -> None:
    elements = pack("<H4s", 2, b"ab") + pack("<H4s", 4, b"cdef")
    blob = array([(1, 2)], elements, Dtype.VARYING, 6)
    assert read_array(blob, TEXT, False)[1] == ["ab", "cdef"]


def test_sixteen_dimensions() -> None:
    blob = array([(1, 1)] * 15 + [(1, 2)], integers(1, 2))
    _, values = read_array(blob, TEXT, False)
    for _ in range(15):
        assert isinstance(values, list)
        (values,) = values
    assert values == [1, 2]


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "an array of 0 bytes"),
        (array([], b""), "an array of 0 dimensions"),
        (array([(1, 1)] * 17, b""), "an array of 17 dimensions"),
        (array([(1, 2)], integers(1, 2), header=39), "header has 39 bytes"),
        (array([(1, 2)], integers(1, 2), header=49), "header has 49 bytes"),
        (array([(2, 1)], b"", count=0), "bounds 2:1"),
        (array([(1, 2)], integers(1, 2), count=3), "an array of 3 elements, but its bounds give 2"),
        (array([(-(1 << 31), (1 << 31) - 1)] * 16, b"", count=0), "elements, but its bounds give"),
        (array([(1, 1 << 30)], integers(1)), "but only 1 are stored"),
        (array([(1, 2)], integers(1, 2), length=0), "an element of 0 bytes"),
        (array([(1, 1)], integers(1), dtype=99), "a field of the unknown type 99"),
        (array([(1, 1)], integers(1), length=3), "a field of type 9 with 3 bytes"),
    ],
)
def test_an_impossible_array_is_damage(blob: bytes, reason: str) -> None:
    with pytest.raises(Damage, match=reason):
        read_array(blob, TEXT, False)
