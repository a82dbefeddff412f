"""Arrays: the blob that holds one, to nested lists of values.

Knowledge: ods.h `Ods::InternalArrayDesc`; elements are in row-major order, the last subscript
varies fastest, and what was never written reads as zero bytes.
"""

from dataclasses import dataclass
from struct import Struct

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import Value
from gdb_export.firebird.values.values import value_reader

_HEADER = Struct("<BBHHHII")  # version, dimensions, structs, element length, header length, counts
_BOUNDS = Struct("<Iii")  # stride, lower, upper
_MAX_DIMENSIONS = 16
_MAX_MISSING = 1 << 20  # bytes; more than a megabyte of unwritten elements is no array

Nested = list["Nested"] | Value


@dataclass(frozen=True, slots=True)
class _Sizes:
    """On 64-bit machines ODS 10 has descriptors of 16 bytes."""

    descriptor: int
    dimension: int


def read_array(blob: bytes, text: TextDecoder, is_wide: bool) -> tuple[Descriptor, Nested]:
    """The element's type and the values as nested lists; raises Damage.

    `is_wide` says that the file is of ODS 10 from a 64-bit machine.
    """
    if len(blob) < _HEADER.size:
        raise Damage(f"an array of {len(blob)} bytes")
    _, dimensions, _, element_length, header_length, count, _ = _HEADER.unpack_from(blob)
    sizes = _Sizes(ods.DESCRIPTOR_SIZE_AMD64, 32) if is_wide else _Sizes(ods.DESCRIPTOR_SIZE, 24)
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise Damage(f"an array of {dimensions} dimensions")
    if header_length < _HEADER.size + dimensions * sizes.dimension or header_length > len(blob):
        raise Damage(f"an array whose header has {header_length} bytes")
    lengths = _lengths(blob, dimensions, sizes)
    total = 1
    for length in lengths:
        total *= length
    if total != count:
        raise Damage(f"an array of {count} elements whose bounds make {total}")
    element = _element(blob, element_length)
    values = _values(blob[header_length:], element, element_length, count, text)
    return element, _nested(values, lengths)


def _lengths(blob: bytes, dimensions: int, sizes: _Sizes) -> list[int]:
    lengths = []
    for dimension in range(dimensions):
        at = _HEADER.size + dimension * sizes.dimension + sizes.descriptor
        _, lower, upper = _BOUNDS.unpack_from(blob, at)
        if upper < lower:
            raise Damage(f"an array with the bounds {lower}:{upper}")
        lengths.append(upper - lower + 1)
    return lengths


def _element(blob: bytes, length: int) -> Descriptor:
    dtype, scale, own_length, sub_type, _, _ = ods.DESCRIPTOR.unpack_from(blob, _HEADER.size)
    if own_length > length or not own_length:
        raise Damage(f"an element of {own_length} bytes in an array of {length} an element")
    return Descriptor(dtype, scale, own_length, sub_type)


def _values(
    data: bytes, element: Descriptor, stride: int, count: int, text: TextDecoder
) -> list[Value]:
    """The elements, `stride` bytes apart; bytes that are missing at the end read as zeros."""
    if count * stride > len(data) + _MAX_MISSING:
        raise Damage(f"an array of {count} elements of which {len(data) // stride} are stored")
    read = value_reader(element, text)
    stored = min(-(-len(data) // stride), count)
    data = data.ljust(stored * stride, b"\0")
    values = [read(data[at : at + stride]) for at in range(0, stored * stride, stride)]
    if stored < count:
        values += [read(bytes(stride))] * (count - stored)
    return values


def _nested(values: list[Value], lengths: list[int]) -> Nested:
    for length in reversed(lengths[1:]):
        values = [values[at : at + length] for at in range(0, len(values), length)]
    return values
