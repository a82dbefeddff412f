"""Readers of record fields: one function per type, from a record image to a Python value.

`value_types` lists the Python types.
"""

from collections.abc import Callable
from struct import Struct
from typing import Generic, TypeVar

from gdb_export.firebird.core import interbase, ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import decode_decfloat
from gdb_export.firebird.values.exact import exact
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.text import TextDecoder, is_binary
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts
from gdb_export.firebird.values.value_types import Value

Read = Callable[[bytes], Value]
# Called with the counts of a decoded text
CountText = Callable[[TextCounts], None]
_T = TypeVar("_T")


class Constant(Generic[_T]):
    """A reader that returns the same value for every image."""

    __slots__ = ("value",)

    def __init__(self, value: _T) -> None:
        self.value = value

    def __call__(self, image: bytes) -> _T:
        return self.value


def value_reader(
    descriptor: Descriptor,
    text: TextDecoder,
    count_text: CountText = lambda counts: None,
    is_padded: bool = True,
) -> Read:
    """A function from record images to the field's value.

    Raises Damage for an unknown type or a wrong length. The function expects an image of the
    format's length and ignores the null bit. `is_padded`: a CHAR is padded to its maximum number of
    bytes, so the reader cuts it to its declared number of characters.
    """
    if (descriptor.dtype, descriptor.length) == (Dtype.BOOLEAN, interbase.BOOLEAN_LENGTH):
        return _wide_boolean(descriptor.offset)
    expected = ods.DTYPE_LENGTH.get(descriptor.dtype)
    if expected is not None and descriptor.length != expected:
        raise Damage(f"a field of type {descriptor.dtype} with {descriptor.length} bytes")
    if descriptor.dtype in ods.TEXT_TYPES:
        return _text_reader(descriptor, text, count_text, is_padded)
    if descriptor.dtype in ods.INTEGER_TYPES:
        return _integer_reader(descriptor)
    make = _READERS.get(descriptor.dtype)
    if make is None:
        raise Damage(f"a field of the unknown type {descriptor.dtype}")
    return make(descriptor.offset)


def _integer_reader(descriptor: Descriptor) -> Read:
    start, end, scale = descriptor.offset, descriptor.offset + descriptor.length, descriptor.scale
    if scale == 0:
        return lambda image: int.from_bytes(image[start:end], "little", signed=True)
    return lambda image: exact(int.from_bytes(image[start:end], "little", signed=True), scale)


def _text_reader(
    descriptor: Descriptor, text: TextDecoder, count_text: CountText, is_padded: bool
) -> Read:
    raw = _RAW_TEXT[descriptor.dtype](descriptor)
    charset = descriptor.charset_id
    if is_binary(charset):
        return raw
    decode = text.decode_char if is_padded and descriptor.dtype == Dtype.TEXT else text.decode

    def read(image: bytes) -> str:
        value, counts = decode(raw(image), charset)
        if counts is not NOTHING:
            count_text(counts)
        return value

    return read


def _char(descriptor: Descriptor) -> Callable[[bytes], bytes]:
    start, end = descriptor.offset, descriptor.offset + descriptor.length
    return lambda image: image[start:end]


def _cstring(descriptor: Descriptor) -> Callable[[bytes], bytes]:
    start, end = descriptor.offset, descriptor.offset + descriptor.length
    return lambda image: image[start:end].split(b"\0", 1)[0]


def _varchar(descriptor: Descriptor) -> Callable[[bytes], bytes]:
    length_at, start, room = descriptor.offset, descriptor.offset + 2, descriptor.length - 2
    if room < 0:
        raise Damage(f"a VARCHAR field with {descriptor.length} bytes")

    def read(image: bytes) -> bytes:
        length = int.from_bytes(image[length_at:start], "little")
        if length > room:
            raise Damage(f"a text of {length} bytes where {room} fit")
        return image[start : start + length]

    return read


_RAW_TEXT: dict[int, Callable[[Descriptor], Callable[[bytes], bytes]]] = {
    Dtype.TEXT: _char,
    Dtype.CSTRING: _cstring,
    Dtype.VARYING: _varchar,
}


def _struct_reader(layout: str, make: Callable[..., Value]) -> Callable[[int], Read]:
    """A function from a field's offset to its reader, which unpacks the struct `layout`."""
    unpack = Struct("<" + layout).unpack_from
    return lambda offset: lambda image: make(*unpack(image, offset))


def _slice_reader(length: int, make: Callable[[bytes], Value]) -> Callable[[int], Read]:
    """A function from a field's offset to its reader, which converts `length` bytes."""
    return lambda offset: lambda image: make(image[offset : offset + length])


_wide_boolean = _struct_reader("H", bool)
_READERS: dict[int, Callable[[int], Read]] = {
    Dtype.REAL: _struct_reader("f", float),
    Dtype.DOUBLE: _struct_reader("d", float),
    Dtype.D_FLOAT: _struct_reader("d", float),
    Dtype.DATE: _struct_reader("i", Date),
    Dtype.TIME: _struct_reader("I", Time),
    Dtype.TIMESTAMP: _struct_reader("iI", Timestamp),
    Dtype.BLOB: _slice_reader(8, bytes),
    Dtype.ARRAY: _slice_reader(8, bytes),
    Dtype.BOOLEAN: _struct_reader("?", bool),
    Dtype.DEC64: _slice_reader(8, decode_decfloat),
    Dtype.DEC128: _slice_reader(16, decode_decfloat),
    Dtype.TIME_TZ: _struct_reader("IH", TimeTz),
    Dtype.TIMESTAMP_TZ: _struct_reader("iIH", TimestampTz),
}
