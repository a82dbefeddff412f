"""Converts rows of a backup to record images, the layout that rows have in a database.

A row is the values of all stored fields, in the order of their records, then one null flag for
each of them. Transportable rows hold XDR: big-endian values in units of 4 bytes, each VARCHAR only
as long as its text. Other rows hold the memory of the machine that wrote them, with its alignment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import Struct

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import MAX_IMAGE, Dtype
from gdb_export.firebird.records.formats import Descriptor, Format

ImageBuilder = Callable[[bytes], bytearray]  # makes an image from an unpacked row; raises Damage


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row.

    `number` is the one by which blobs and arrays refer to it; `element` is the type of an array's
    elements, or the field's own type.
    """

    number: int
    descriptor: Descriptor
    is_computed: bool
    element: Descriptor
    bounds: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RowLayout:
    """The rows of one table, and how they become images.

    `format` describes the images; `shortest` and `longest` are bytes of an unpacked row;
    `blob_fields` maps numbers of blob and array fields to indexes in `fields`.
    """

    fields: tuple[Field, ...]
    format: Format
    image: ImageBuilder
    shortest: int
    longest: int
    blob_fields: dict[int, int]

    @classmethod
    def of(
        cls, fields: Sequence[Field], is_transportable: bool, max_image: int = MAX_IMAGE
    ) -> "RowLayout":
        """The layout of rows with these fields. Raises Damage for a type that backups do not
        contain, and for images of more than `max_image` bytes."""
        layout_of = _transportable_layout if is_transportable else _native_layout
        blob_fields = {
            field.number: index
            for index, field in enumerate(fields)
            if field.descriptor.dtype in (Dtype.BLOB, Dtype.ARRAY)
        }
        format, image, shortest, longest = layout_of(fields, max_image)
        return cls(tuple(fields), format, image, shortest, longest, blob_fields)


# dtype -> struct codes of (XDR, the same values in an image). An XDR short takes 4 bytes; floats
# are copied as bits; blob ids in a row are meaningless, those of the image are set later.
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
XDR_REVERSED = (Dtype.DEC128, Dtype.INT128)  # 16 bytes, big-endian
XDR_COUNTED = (Dtype.VARYING, Dtype.CSTRING)  # a 4-byte length before the text
XDR_UNIT = 4
_BACKUP_TYPES = frozenset({*XDR, *XDR_REVERSED, *XDR_COUNTED, Dtype.TEXT})


def padded(length: int) -> int:
    """Round up to whole XDR units."""
    return -(-length // XDR_UNIT) * XDR_UNIT


# Appends the image of the values at an offset of the row; returns the offset after them
XdrConverter = Callable[[bytes, int, list[bytes]], int]


def _transportable_layout(
    fields: Sequence[Field], max_image: int
) -> tuple[Format, ImageBuilder, int, int]:
    stored = [field for field in fields if not field.is_computed]
    format = _packed_format(fields, max_image)
    converters, shortest, longest = xdr_converters([field.descriptor for field in stored])
    flags_length = XDR_UNIT * len(stored)
    null_bits = _null_bits(fields, flags_length, XDR_UNIT)

    def image(row: bytes) -> bytearray:
        parts = [null_bits(row)]
        at = 0
        for convert in converters:
            at = convert(row, at, parts)
        if at + flags_length != len(row):
            raise Damage(f"a row of {len(row)} bytes whose values take {at}")
        return bytearray(b"".join(parts))

    return format, image, shortest + flags_length, longest + flags_length


def xdr_converters(descriptors: Sequence[Descriptor]) -> tuple[list[XdrConverter], int, int]:
    """Return converters from XDR, to be applied in order, and the least and greatest XDR length.

    Neighbouring values of fixed size share a converter. Raises Damage for types that backups do
    not contain.
    """
    converters: list[XdrConverter] = []
    xdr_run, image_run = "", ""
    shortest = longest = 0
    for descriptor in descriptors:
        if descriptor.dtype in XDR_COUNTED or descriptor.dtype in XDR_REVERSED:
            if xdr_run:
                converters.append(_fixed_converter(xdr_run, image_run))
                xdr_run, image_run = "", ""
            converter, least, greatest = _single_converter(descriptor)
            converters.append(converter)
        else:
            xdr_codes, image_codes = _struct_codes(descriptor)
            least = greatest = Struct(f">{xdr_codes}").size
            xdr_run, image_run = xdr_run + xdr_codes, image_run + image_codes
        shortest, longest = shortest + least, longest + greatest
    if xdr_run:
        converters.append(_fixed_converter(xdr_run, image_run))
    return converters, shortest, longest


def _struct_codes(descriptor: Descriptor) -> tuple[str, str]:
    if descriptor.dtype == Dtype.TEXT:
        length = descriptor.length
        return f"{length}s{padded(length) - length}x", f"{length}s"
    if descriptor.dtype not in XDR:
        raise Damage(f"a field of type {descriptor.dtype}, which backups do not contain")
    return XDR[descriptor.dtype]


def _fixed_converter(xdr_codes: str, image_codes: str) -> XdrConverter:
    source, target = Struct(f">{xdr_codes}"), Struct(f"<{image_codes}")

    def convert(row: bytes, at: int, parts: list[bytes]) -> int:
        if at + source.size > len(row):
            raise Damage(f"a row of {len(row)} bytes is too short for its values")
        parts.append(target.pack(*source.unpack_from(row, at)))
        return at + source.size

    return convert


def _single_converter(descriptor: Descriptor) -> tuple[XdrConverter, int, int]:
    if descriptor.dtype in XDR_REVERSED:
        return _convert_reversed, 16, 16
    capacity = descriptor.length - (2 if descriptor.dtype == Dtype.VARYING else 0)
    converter = _counted_converter(capacity, descriptor.dtype == Dtype.VARYING)
    return converter, XDR_UNIT, XDR_UNIT + padded(capacity)


def _convert_reversed(row: bytes, at: int, parts: list[bytes]) -> int:
    if at + 16 > len(row):
        raise Damage(f"a row of {len(row)} bytes is too short for its values")
    parts.append(row[at : at + 16][::-1])
    return at + 16


def _counted_converter(capacity: int, image_has_length: bool) -> XdrConverter:
    def convert(row: bytes, at: int, parts: list[bytes]) -> int:
        length = int.from_bytes(row[at : at + 4], "big")
        if length > capacity:
            raise Damage(f"a text of {length} bytes where {capacity} fit")
        start = at + 4
        if start + length > len(row):
            raise Damage(f"a row of {len(row)} bytes is too short for its values")
        if image_has_length:
            parts.append(length.to_bytes(2, "little"))
        parts.append(row[start : start + length].ljust(capacity, b"\0"))
        return start + padded(length)

    return convert


def _packed_format(fields: Sequence[Field], max_image: int) -> Format:
    """The format of images whose stored fields follow the null bits without gaps."""
    offset = _null_bytes(fields)
    descriptors = []
    for field in fields:
        descriptors.append(_at_offset(field.descriptor, 0 if field.is_computed else offset))
        offset += 0 if field.is_computed else field.descriptor.length
    return Format.of(descriptors, max_image=max_image)


def _null_bytes(fields: Sequence[Field]) -> int:
    return max(1, (len(fields) + 7) // 8)


def _at_offset(descriptor: Descriptor, offset: int) -> Descriptor:
    return Descriptor(
        descriptor.dtype, descriptor.scale, descriptor.length, descriptor.sub_type, 0, offset
    )


def _null_bits(
    fields: Sequence[Field], flags_length: int, flag_bytes: int
) -> Callable[[bytes], bytes]:
    """Return a function from a row, whose last `flags_length` bytes are flags, to null bits."""
    no_nulls = bytes(_null_bytes(fields))
    if not flags_length:
        return lambda row: no_nulls
    no_flags = bytes(flags_length)
    stored = [index for index, field in enumerate(fields) if not field.is_computed]

    def null_bits(row: bytes) -> bytes:
        flags = row[-flags_length:]
        if flags == no_flags:
            return no_nulls
        bits = 0
        for flag_index, field_index in enumerate(stored):
            if flags[flag_index * flag_bytes : (flag_index + 1) * flag_bytes].strip(b"\0"):
                bits |= 1 << field_index
        return bits.to_bytes(len(no_nulls), "little")

    return null_bits


# Fields of 8 bytes and more come first, so a machine's alignment of them to 4 or to 8 is the same
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
NATIVE_FLAG_BYTES = 2


def _native_layout(
    fields: Sequence[Field], max_image: int
) -> tuple[Format, ImageBuilder, int, int]:
    """The image is the null bits and the values of the row unchanged."""
    values_at = _null_bytes(fields)
    offset = 0
    descriptors = []
    for field in fields:
        descriptor = field.descriptor
        if field.is_computed:
            descriptors.append(_at_offset(descriptor, 0))
            continue
        if descriptor.dtype not in _BACKUP_TYPES:
            raise Damage(f"a field of type {descriptor.dtype}, which backups do not contain")
        alignment = _ALIGNMENT.get(descriptor.dtype, 1)
        offset = -(-offset // alignment) * alignment
        descriptors.append(_at_offset(descriptor, values_at + offset))
        offset += descriptor.length
    values_end = offset
    flags_length = NATIVE_FLAG_BYTES * sum(not field.is_computed for field in fields)
    flags_at = -(-offset // NATIVE_FLAG_BYTES) * NATIVE_FLAG_BYTES
    row_length = flags_at + flags_length if flags_length else 0
    null_bits = _null_bits(fields, flags_length, NATIVE_FLAG_BYTES)

    def image(row: bytes) -> bytearray:
        return bytearray(null_bits(row) + row[:values_end])

    format = Format.of(descriptors, max_image=max_image)
    return format, image, row_length, row_length
