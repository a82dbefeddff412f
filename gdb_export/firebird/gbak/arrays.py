"""Converts arrays of a backup to blobs of the form that a database stores.

An array follows its row as a slice: its elements, the last subscript varying fastest, up to the
last one that was written. In a transportable backup each element is XDR, preceded by the number of
bytes that all elements take in memory. In memory a VARCHAR ends at its first NUL.
"""

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.gbak.row_layout import Field, xdr_converters
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.arrays import array_header

_XDR_LENGTH_BYTES = 4  # at the start of a slice
_VARYING_LENGTH_BYTES = 2
_MAX_ELEMENTS = 1 << 26


def array_blob(field: Field, data: bytes, is_xdr: bool) -> bytes:
    """Return the blob of an array from its slice; raises Damage."""
    element = field.element
    count = 1
    for lower, upper in field.bounds:
        count *= max(0, upper - lower + 1)
    if not field.bounds or not element.length or not 0 < count <= _MAX_ELEMENTS:
        raise Damage(f"an array of {count} elements of {element.length} bytes")
    if is_xdr and data:
        elements = _elements_from_xdr(element, data, count)
    else:
        elements = _elements_from_memory(element, data)
    if len(elements) > count * element.length:
        raise Damage(f"an array of {count} elements that takes {len(elements)} bytes")
    return array_header(element, field.bounds, count) + elements


def _elements_from_xdr(element: Descriptor, data: bytes, count: int) -> bytes:
    (convert,), _, _ = xdr_converters([element])
    length = int.from_bytes(data[:_XDR_LENGTH_BYTES], "big")
    if length % element.length or length > count * element.length:
        raise Damage(f"an array of {count} elements that takes {length} bytes")
    parts: list[bytes] = []
    at = _XDR_LENGTH_BYTES
    for _ in range(length // element.length):
        at = convert(data, at, parts)
    if at != len(data):
        raise Damage(f"an array of {len(data)} bytes whose elements take {at}")
    return b"".join(parts)


def _elements_from_memory(element: Descriptor, data: bytes) -> bytes:
    if element.dtype != Dtype.VARYING:
        return data
    capacity = element.length - _VARYING_LENGTH_BYTES
    parts: list[bytes] = []
    for start in range(0, len(data), element.length):
        text = data[start : start + element.length].split(b"\0", 1)[0]
        if len(text) > capacity:
            raise Damage(f"a text of {len(text)} bytes where {capacity} fit")
        parts.append(
            len(text).to_bytes(_VARYING_LENGTH_BYTES, "little") + text.ljust(capacity, b"\0")
        )
    return b"".join(parts)
