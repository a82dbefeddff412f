"""Arrays of a backup as the blobs that a database keeps them in.

An array stands behind its row as a slice: all elements, the last subscript fastest, up to the last
one that was written. In a transportable backup each element is XDR.
"""

from struct import Struct

from job.firebird.errors import Damage
from job.firebird.formats import Descriptor
from job.firebird.gbak.rows import Field, xdr_steps
from job.firebird.ods import DESCRIPTOR

_HEADER = Struct("<BBHHHII")  # version, dimensions, structs, element length, header length, counts
_BOUNDS = Struct("<Iii")  # stride, lower, upper
_VERSION = 1
_MOST_ELEMENTS = 1 << 26


def array_blob(field: Field, data: bytes, is_xdr: bool) -> bytes:
    """The blob of an array from the elements of its slice; raises Damage."""
    element = field.element
    count = 1
    for lower, upper in field.bounds:
        count *= max(0, upper - lower + 1)
    if not field.bounds or not 0 < count <= _MOST_ELEMENTS:
        raise Damage(f"an array of {count} elements")
    elements = _from_xdr(element, data, count) if is_xdr else data
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
    (step,), shortest, _ = xdr_steps([element])
    parts: list[bytes] = []
    at = 0
    while at + shortest <= len(data) and count:
        at = step(data, at, parts)
        count -= 1
    if at != len(data):
        raise Damage("an array whose elements do not end where it does")
    return b"".join(parts)
