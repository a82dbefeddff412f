"""Rows of a backup as record images: the layout that a database's rows have, so that whoever
reads values of one reads those of the other.

A row is the values of all fields that are not computed, in the order of their records, then as
many null flags. Transportable rows hold XDR (big-endian, in units of 4 bytes, a VARCHAR only as
long as it is); the others the memory of the machine that wrote them, aligned as it aligns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import Struct

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format

Image = Callable[[bytes], bytearray]


@dataclass(frozen=True, slots=True)
class Field:
    """A field as it lies in rows; `number` is what blobs and arrays say they belong to. `element`
    is the type of an array's elements, else the field's own."""

    number: int
    descriptor: Descriptor
    is_computed: bool
    element: Descriptor
    bounds: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RowLayout:
    """`format` is that of the images; `shortest` and `longest` are bytes of an unpacked row.
    `places` are field ids by the numbers of fields with blobs or arrays."""

    fields: tuple[Field, ...]
    format: Format
    image: Image
    shortest: int
    longest: int
    places: dict[int, int]

    @classmethod
    def of(cls, fields: Sequence[Field], is_transportable: bool) -> "RowLayout":
        make = _transportable if is_transportable else _native
        places = {
            field.number: place
            for place, field in enumerate(fields)
            if field.descriptor.dtype in (Dtype.BLOB, Dtype.ARRAY)
        }
        layout, image, shortest, longest = make(fields)
        return cls(tuple(fields), layout, image, shortest, longest, places)


# dtype -> (XDR, the same values in an image), as struct has them. An XDR short takes 4 bytes; the
# bits of floats are copied as they are; ids of blobs have no meaning, those of the image follow.
XDR: dict[int, tuple[str, str]] = {
    Dtype.SHORT: ("xxh", "h"),
    Dtype.LONG: ("i", "i"),
    Dtype.QUAD: ("ii", "ii"),
    Dtype.INT64: ("q", "q"),
    Dtype.REAL: ("I", "I"),
    Dtype.DOUBLE: ("Q", "Q"),
    Dtype.D_FLOAT: ("Q", "Q"),
    Dtype.DATE: ("i", "i"),
    Dtype.TIME: ("I", "I"),
    Dtype.TIMESTAMP: ("iI", "iI"),
    Dtype.BOOLEAN: ("Bxxx", "B"),
    Dtype.DEC64: ("Q", "Q"),
    Dtype.TIME_TZ: ("IxxH", "IHxx"),
    Dtype.TIMESTAMP_TZ: ("iIxxH", "iIHxx"),
    Dtype.BLOB: ("8x", "8x"),
    Dtype.ARRAY: ("8x", "8x"),
}
XDR_REVERSED = (Dtype.DEC128, Dtype.INT128)
COUNTED = (Dtype.VARYING, Dtype.CSTRING)
XDR_UNIT = 4


def padded(length: int) -> int:
    return -(-length // XDR_UNIT) * XDR_UNIT


Step = Callable[[bytes, int, list[bytes]], int]


def _transportable(fields: Sequence[Field]) -> tuple[Format, Image, int, int]:
    stored = [field for field in fields if not field.is_computed]
    layout = _packed_format(fields)
    steps, shortest, longest = xdr_steps([field.descriptor for field in stored])
    flags_at_end = XDR_UNIT * len(stored)
    nulls = _null_bits(fields, flags_at_end, XDR_UNIT)

    def image(row: bytes) -> bytearray:
        parts = [nulls(row)]
        at = 0
        for step in steps:
            at = step(row, at, parts)
        if at + flags_at_end != len(row):
            raise Damage(f"a row of {len(row)} bytes whose values take {at}")
        return bytearray(b"".join(parts))

    return layout, image, shortest + flags_at_end, longest + flags_at_end


def xdr_steps(descriptors: Sequence[Descriptor]) -> tuple[list[Step], int, int]:
    """Functions that turn XDR into bytes of an image, one after another; the fewest and the most
    bytes that they take. Raises Damage for types that no backup has."""
    steps: list[Step] = []
    run_in, run_out = "", ""
    shortest = longest = 0
    for one in descriptors:
        if one.dtype in COUNTED or one.dtype in XDR_REVERSED:
            if run_in:
                steps.append(_fixed_step(run_in, run_out))
                run_in, run_out = "", ""
            step, least, most = _own_step(one)
            steps.append(step)
        else:
            one_in, one_out = _xdr_codes(one)
            least = most = Struct(f">{one_in}").size
            run_in, run_out = run_in + one_in, run_out + one_out
        shortest, longest = shortest + least, longest + most
    if run_in:
        steps.append(_fixed_step(run_in, run_out))
    return steps, shortest, longest


def _xdr_codes(one: Descriptor) -> tuple[str, str]:
    if one.dtype == Dtype.TEXT:
        return f"{one.length}s{padded(one.length) - one.length}x", f"{one.length}s"
    if one.dtype not in XDR:
        raise Damage(f"a field of type {one.dtype}, which no backup has")
    return XDR[one.dtype]


def _fixed_step(run_in: str, run_out: str) -> Step:
    source, target = Struct(f">{run_in}"), Struct(f"<{run_out}")

    def step(row: bytes, at: int, parts: list[bytes]) -> int:
        if at + source.size > len(row):
            raise Damage(f"a row of {len(row)} bytes is too short for its values")
        parts.append(target.pack(*source.unpack_from(row, at)))
        return at + source.size

    return step


def _own_step(one: Descriptor) -> tuple[Step, int, int]:
    if one.dtype in XDR_REVERSED:
        return _reversed_step, 16, 16
    room = one.length - (2 if one.dtype == Dtype.VARYING else 0)
    return _counted_step(room, one.dtype == Dtype.VARYING), 4, 4 + padded(room)


def _reversed_step(row: bytes, at: int, parts: list[bytes]) -> int:
    if at + 16 > len(row):
        raise Damage(f"a row of {len(row)} bytes is too short for its values")
    parts.append(row[at : at + 16][::-1])
    return at + 16


def _counted_step(room: int, has_count: bool) -> Step:
    def step(row: bytes, at: int, parts: list[bytes]) -> int:
        length = int.from_bytes(row[at : at + 4], "big")
        if length > room:
            raise Damage(f"a text of {length} bytes where {room} fit")
        start = at + 4
        if start + length > len(row):
            raise Damage(f"a row of {len(row)} bytes is too short for its values")
        if has_count:
            parts.append(length.to_bytes(2, "little"))
        parts.append(row[start : start + length].ljust(room, b"\0"))
        return start + padded(length)

    return step


def _packed_format(fields: Sequence[Field]) -> Format:
    """Behind the null bits the stored fields follow each other without gaps."""
    offset = max(1, (len(fields) + 7) // 8)
    placed = []
    for field in fields:
        one = field.descriptor
        placed.append(_at(one, 0 if field.is_computed else offset))
        offset += 0 if field.is_computed else one.length
    return Format.of(placed)


def _at(one: Descriptor, offset: int) -> Descriptor:
    return Descriptor(one.dtype, one.scale, one.length, one.sub_type, 0, offset)


def _null_bits(fields: Sequence[Field], flags: int, width: int) -> Callable[[bytes], bytes]:
    """A function from rows to the null bits of their images; `flags` bytes of flags end a row."""
    none = bytes(max(1, (len(fields) + 7) // 8))
    if not flags:
        return lambda row: none
    zeros = bytes(flags)
    stored = [place for place, field in enumerate(fields) if not field.is_computed]

    def bits(row: bytes) -> bytes:
        tail = row[-flags:]
        if tail == zeros:
            return none
        found = 0
        for number, place in enumerate(stored):
            if tail[number * width : (number + 1) * width].strip(b"\0"):
                found |= 1 << place
        return found.to_bytes(len(none), "little")

    return bits


# Fields of 8 bytes and more come first, so it is all one whether a machine aligns them to 4 or to 8
_ALIGNMENT: dict[int, int] = {
    Dtype.VARYING: 2,
    Dtype.SHORT: 2,
    Dtype.LONG: 4,
    Dtype.QUAD: 4,
    Dtype.REAL: 4,
    Dtype.DATE: 4,
    Dtype.TIME: 4,
    Dtype.TIMESTAMP: 4,
    Dtype.TIME_TZ: 4,
    Dtype.TIMESTAMP_TZ: 4,
    Dtype.BLOB: 4,
    Dtype.ARRAY: 4,
    Dtype.INT64: 8,
    Dtype.DOUBLE: 8,
    Dtype.D_FLOAT: 8,
    Dtype.DEC64: 8,
    Dtype.DEC128: 8,
    Dtype.INT128: 8,
}
FLAG_BYTES = 2


def _native(fields: Sequence[Field]) -> tuple[Format, Image, int, int]:
    """The image is the null bits and the row as it is."""
    nulls_at = max(1, (len(fields) + 7) // 8)
    offset = 0
    placed = []
    for field in fields:
        one = field.descriptor
        if field.is_computed:
            placed.append(_at(one, 0))
            continue
        alignment = _ALIGNMENT.get(one.dtype, 1)
        offset = -(-offset // alignment) * alignment
        placed.append(_at(one, nulls_at + offset))
        offset += one.length
    values_end = offset
    flags = FLAG_BYTES * sum(not field.is_computed for field in fields)
    length = -(-offset // FLAG_BYTES) * FLAG_BYTES + flags if flags else 0
    nulls = _null_bits(fields, flags, FLAG_BYTES)

    def image(row: bytes) -> bytearray:
        return bytearray(nulls(row) + row[:values_end])

    return Format.of(placed), image, length, length
