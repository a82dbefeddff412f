"""Arrays of a backup as the blobs that a database keeps them in.

An array stands behind its row as a slice: all elements, the last subscript fastest, up to the last
one that was written. In a transportable backup each element is XDR, and the bytes that they take in
memory come before them. In memory a VARCHAR ends at its first NUL.
"""

from struct import Struct

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import DESCRIPTOR, Dtype
from gdb_export.firebird.gbak.rows import Field, xdr_steps
from gdb_export.firebird.records.formats import Descriptor

_HEADER = Struct("<BBHHHII")  # version, dimensions, structs, element length, header length, counts
_BOUNDS = Struct("<Iii")  # stride, lower, upper
_VERSION = 1
_XDR_COUNT = 4  # bytes of the count that begins a slice
_VARYING_COUNT = 2
_MAX_ELEMENTS = 1 << 26


def array_blob(field: Field, data: bytes, is_xdr: bool) -> bytes:
    """The blob of an array from the elements of its slice; raises Damage."""
    element = field.element
    count = 1
    for lower, upper in field.bounds:
        count *= max(0, upper - lower + 1)
    if not field.bounds or not element.length or not 0 < count <= _MAX_ELEMENTS:
        raise Damage(f"an array of {count} elements of {element.length} bytes")
    if is_xdr and data:
        elements = _from_xdr(element, data, count)
    else:
        elements = _from_memory(element, data)
    if len(elements) > count * element.length:
        raise Damage(f"an array of {count} elements that takes {len(elements)} bytes")
    bounds = b"".join(
        DESCRIPTOR.pack(element.dtype, element.scale, element.length, element.sub_type, 0, 0)
        + _BOUNDS.pack(0, lower, upper)
        for lower, upper in field.bounds
    )
    dimensions = len(field.bounds)
    length = _HEADER.size + len(bounds)
    total = count * element.length
    header = _HEADER.pack(_VERSION, dimensions, 1, element.length, length, count, total)
    return header + bounds + elements


def _from_xdr(element: Descriptor, data: bytes, count: int) -> bytes:
    (step,), _, _ = xdr_steps([element])
    length = int.from_bytes(data[:_XDR_COUNT], "big")
    if length % element.length or length > count * element.length:
        raise Damage(f"an array of {count} elements that takes {length} bytes")
    parts: list[bytes] = []
    at = _XDR_COUNT
    for _ in range(length // element.length):
        at = step(data, at, parts)
    if at != len(data):
        raise Damage("an array whose elements do not end where it does")
    return b"".join(parts)


def _from_memory(element: Descriptor, data: bytes) -> bytes:
    if element.dtype != Dtype.VARYING:
        return data
    room = element.length - _VARYING_COUNT
    parts: list[bytes] = []
    for at in range(0, len(data), element.length):
        text = data[at : at + element.length].split(b"\0", 1)[0]
        if len(text) > room:
            raise Damage(f"a text of {len(text)} bytes where {room} fit")
        parts.append(len(text).to_bytes(_VARYING_COUNT, "little") + text.ljust(room, b"\0"))
    return b"".join(parts)
