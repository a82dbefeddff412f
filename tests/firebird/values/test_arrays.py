"""Arrays: headers, bounds and elements, and bounds that would not end."""

from struct import pack

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.arrays import read_array
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
    size = 32 if is_wide else 24
    total = 1
    for low, high in bounds:
        total *= high - low + 1
    total = (total if count is None else count) & 0xFFFFFFFF
    own = 16 + size * len(bounds) if header is None else header
    blob = pack("<BBHHHII", 1, len(bounds), 1, length, own, total, 0)
    for place, (low, high) in enumerate(bounds):
        element = pack("<BbHhHI", dtype if not place else 0, 0, length, 53, 0, 0)
        # on 64-bit machines the descriptor ends in a pointer, and each dimension is padded
        pad = bytes((size - 24) // 2)
        blob += element + pad + pack("<Iii", 1, low, high) + pad
    return blob + elements


def longs(*values: int) -> bytes:
    return pack(f"<{len(values)}i", *values)


@pytest.mark.parametrize("is_wide", [False, True])
def test_the_last_subscript_varies_fastest(is_wide: bool) -> None:
    blob = array([(1, 2), (0, 2)], longs(1, 2, 3, 4, 5, 6), is_wide=is_wide)
    element, values = read_array(blob, TEXT, is_wide)
    assert element.dtype == Dtype.LONG
    assert values == [[1, 2, 3], [4, 5, 6]]


def test_one_dimension_with_negative_bounds() -> None:
    assert read_array(array([(-1, 1)], longs(7, 8, 9)), TEXT, False)[1] == [7, 8, 9]


def test_what_was_never_written_reads_as_zeros() -> None:
    assert read_array(array([(1, 4)], longs(7)), TEXT, False)[1] == [7, 0, 0, 0]


def test_texts() -> None:
    elements = pack("<H4s", 2, b"ab") + pack("<H4s", 4, b"cdef")
    blob = array([(1, 2)], elements, Dtype.VARYING, 6)
    assert read_array(blob, TEXT, False)[1] == ["ab", "cdef"]


def test_sixteen_dimensions() -> None:
    blob = array([(1, 1)] * 15 + [(1, 2)], longs(1, 2))
    _, values = read_array(blob, TEXT, False)
    for _ in range(15):
        assert isinstance(values, list)
        (values,) = values
    assert values == [1, 2]


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (b"", "an array of 0 bytes"),
        (array([], b""), "an array of 0 dimensions"),
        (array([(1, 1)] * 17, b""), "an array of 17 dimensions"),
        (array([(1, 2)], longs(1, 2), header=39), "header has 39 bytes"),
        (array([(1, 2)], longs(1, 2), header=49), "header has 49 bytes"),
        (array([(2, 1)], b"", count=0), "bounds 2:1"),
        (array([(1, 2)], longs(1, 2), count=3), "an array of 3 elements whose bounds make 2"),
        (array([(-(1 << 31), (1 << 31) - 1)] * 16, b"", count=0), "elements whose bounds make"),
        (array([(1, 1 << 30)], longs(1)), "of which 1 are stored"),
        (array([(1, 2)], longs(1, 2), length=0), "an element of 0 bytes"),
        (array([(1, 1)], longs(1), dtype=99), "which no table has"),
        (array([(1, 1)], longs(1), length=3), "a field of type 9 with 3 bytes"),
    ],
)
def test_what_can_not_be_an_array_is_damage(blob: bytes, words: str) -> None:
    with pytest.raises(Damage, match=words):
        read_array(blob, TEXT, False)
