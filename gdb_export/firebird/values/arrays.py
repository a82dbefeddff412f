"""Array blobs: a header, the bounds of each dimension, then the elements.

Elements are in row-major order: the last subscript varies fastest. Elements at the end that were
never written are not stored; they read as zero bytes.

InterBase has 28 bytes for a dimension, where Firebird has 24 (32 in ODS 10 on 64-bit machines), so
the length of the header tells them apart.

Knowledge: ods.h `Ods::InternalArrayDesc`.
"""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.records.formats import Descriptor, interbase_descriptor
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import Value
from gdb_export.firebird.values.values import CountText, Read, value_reader

# version, dimensions, structs, element length, header length, element count, length of all elements
_HEADER = Struct("<BBHHHII")
_BOUNDS = Struct("<Iii")  # stride, lower, upper
_VERSION = 1
_MAX_MISSING = 1 << 20  # bytes of unwritten elements; a count that needs more is damage
_MAX_LISTS = 1 << 16  # beyond one for each stored byte
_STEPS_OF_MISSING = 40  # of evaluation, for an element that is not stored

# An element, or a list for each value of the first subscript
Nested = list["Nested"] | Value


class _Sizes(NamedTuple):
    """Sizes in bytes: an element descriptor; a dimension, with its descriptor and bounds."""

    descriptor: int
    dimension: int


_SIZES = _Sizes(ods.DESCRIPTOR_SIZE, 24)
_SIZES_AMD64 = _Sizes(ods.DESCRIPTOR_SIZE_AMD64, 32)  # ODS 10 on 64-bit machines
_SIZES_INTERBASE = _Sizes(interbase.DESCRIPTOR_SIZE, 28)


def array_header(element: Descriptor, bounds: Sequence[tuple[int, int]], count: int) -> bytes:
    """The header of an array blob with `count` elements and these (lower, upper) bounds."""
    dimensions = b"".join(
        ods.DESCRIPTOR.pack(element.dtype, element.scale, element.length, element.sub_type, 0, 0)
        + _BOUNDS.pack(0, lower, upper)
        for lower, upper in bounds
    )
    length = _HEADER.size + len(dimensions)
    total = count * element.length
    fields = (_VERSION, len(bounds), 1, element.length, length, count, total)
    return _HEADER.pack(*fields) + dimensions


def read_array(
    blob: bytes,
    text: TextDecoder,
    is_wide: bool,
    count_text: CountText = lambda counts: None,
    budget: EvaluationBudget | None = None,
) -> tuple[Descriptor, Nested]:
    """The element's type, and the values as nested lists; raises Damage.

    `is_wide`: descriptors have the layout of ODS 10 on 64-bit machines. Elements that are not
    stored spend the budget, as their number is that of the header; raises EvaluationError.
    """
    if len(blob) < _HEADER.size:
        raise Damage(f"an array of {len(blob)} bytes")
    _, dimensions, _, element_length, header_length, count, _ = _HEADER.unpack_from(blob)
    sizes = _SIZES_AMD64 if is_wide else _SIZES
    if not 1 <= dimensions <= ods.MAX_DIMENSIONS:
        raise Damage(f"an array of {dimensions} dimensions")
    if header_length == _HEADER.size + dimensions * _SIZES_INTERBASE.dimension:
        sizes = _SIZES_INTERBASE
    if header_length < _HEADER.size + dimensions * sizes.dimension or header_length > len(blob):
        raise Damage(f"an array whose header has {header_length} bytes")
    lengths = _lengths(blob, dimensions, sizes)
    total = 1
    for length in lengths:
        total *= length
    if total != count:
        raise Damage(f"an array of {count} elements, but its bounds give {total}")
    _check_lists(lengths, len(blob))
    if budget is not None:
        stored = (len(blob) - header_length) // max(element_length, 1)
        budget.spend(_STEPS_OF_MISSING * max(0, count - stored))
    element = _element(blob, element_length, sizes is _SIZES_INTERBASE)
    values = _values(
        blob[header_length:], element_length, count, value_reader(element, text, count_text)
    )
    return element, _nested(values, lengths)


def _lengths(blob: bytes, dimensions: int, sizes: _Sizes) -> list[int]:
    """The number of subscripts in each dimension."""
    lengths = []
    for dimension in range(dimensions):
        offset = _HEADER.size + dimension * sizes.dimension + sizes.descriptor
        _, lower, upper = _BOUNDS.unpack_from(blob, offset)
        if upper < lower:
            raise Damage(f"an array with the bounds {lower}:{upper}")
        lengths.append(upper - lower + 1)
    return lengths


def _check_lists(lengths: Sequence[int], stored_bytes: int) -> None:
    """Raise Damage for far more lists than bytes: sixteen dimensions, most of one subscript, need a
    list for each element in each of them."""
    lists = count = 1
    for length in lengths[:-1]:
        count *= length
        lists += count
    if lists > stored_bytes + _MAX_LISTS:
        raise Damage(f"an array of {lists} rows that stores {stored_bytes} bytes")


def _element(blob: bytes, length: int, is_interbase: bool) -> Descriptor:
    """The descriptor of an element, which must fit the `length` of an element in the header."""
    if is_interbase:
        dtype, scale, value_length, sub_type, *_ = interbase_descriptor(blob, _HEADER.size)
    else:
        dtype, scale, value_length, sub_type, _, _ = ods.DESCRIPTOR.unpack_from(blob, _HEADER.size)
    if value_length > length or not value_length:
        raise Damage(f"an element of {value_length} bytes in an array with {length} per element")
    return Descriptor(dtype, scale, value_length, sub_type)


def _values(data: bytes, stride: int, count: int, read: Read) -> list[Value]:
    """The elements, `stride` bytes apart; bytes missing at the end read as zeros."""
    if count * stride > len(data) + _MAX_MISSING:
        raise Damage(f"an array of {count} elements, but only {len(data) // stride} are stored")
    stored = min(-(-len(data) // stride), count)  # rounded up: the last one may be incomplete
    data = data.ljust(stored * stride, b"\0")
    offsets = range(0, stored * stride, stride)
    values = [read(data[offset : offset + stride]) for offset in offsets]
    if stored < count:
        values += [read(bytes(stride))] * (count - stored)
    return values


def _nested(values: list[Value], lengths: list[int]) -> Nested:
    """The values in lists of the given lengths, from the outermost to the innermost."""
    nested: list[Nested] = list(values)
    for length in reversed(lengths[1:]):
        nested = [nested[start : start + length] for start in range(0, len(nested), length)]
    return nested
