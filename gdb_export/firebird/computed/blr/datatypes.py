"""Data types and literals inside BLR."""

import re
import struct
from collections.abc import Callable

from gdb_export.firebird.computed.blr.code import Code
from gdb_export.firebird.computed.blr.verbs import Type
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34
from gdb_export.firebird.conversions.number_text import parse_double, parse_exact
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import DTYPE_LENGTH, INTEGER_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.exact import exact
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.value_types import Value

_TEXT = {
    Type.TEXT: Dtype.TEXT,
    Type.TEXT2: Dtype.TEXT,
    Type.VARYING: Dtype.VARYING,
    Type.VARYING2: Dtype.VARYING,
    Type.CSTRING: Dtype.CSTRING,
    Type.CSTRING2: Dtype.CSTRING,
}
_WITH_CHARSET = frozenset({Type.TEXT2, Type.VARYING2, Type.CSTRING2})
_EXACT = {
    Type.SHORT: Dtype.SHORT,
    Type.LONG: Dtype.LONG,
    Type.QUAD: Dtype.QUAD,
    Type.INT64: Dtype.INT64,
    Type.INT128: Dtype.INT128,
}
_PLAIN = {
    Type.FLOAT: Dtype.REAL,
    Type.DOUBLE: Dtype.DOUBLE,
    Type.D_FLOAT: Dtype.DOUBLE,
    Type.SQL_DATE: Dtype.DATE,
    Type.SQL_TIME: Dtype.TIME,
    Type.TIMESTAMP: Dtype.TIMESTAMP,
    Type.BOOL: Dtype.BOOLEAN,
    Type.DEC64: Dtype.DEC64,
    Type.DEC128: Dtype.DEC128,
    Type.SQL_TIME_TZ: Dtype.TIME_TZ,
    Type.TIMESTAMP_TZ: Dtype.TIMESTAMP_TZ,
}
# Literals of these types are their digits as text, with a u16 length
_WRITTEN_AS_TEXT = frozenset({Dtype.DOUBLE, Dtype.DEC64, Dtype.DEC128, Dtype.INT128})
# UTC value and zone, without the padding that stored values have
_ZONED_LITERALS = {
    Dtype.TIME_TZ: struct.Struct("<IH"),
    Dtype.TIMESTAMP_TZ: struct.Struct("<iIH"),
}
_PLAIN_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]*\Z")
ODS_WITH_INT128 = (13, 0)

Decode = Callable[[bytes, int], str | bytes]


def read_type(code: Code) -> Descriptor:
    """The type that the next bytes name."""
    number = code.u8()
    if number == Type.NOT_NULLABLE:
        return read_type_named(code, code.u8())
    return read_type_named(code, number)


def read_type_named(code: Code, number: int) -> Descriptor:
    if number in _TEXT:
        sub_type = code.u16() if number in _WITH_CHARSET else 0
        dtype = _TEXT[Type(number)]
        length = code.u16() + (2 if dtype == Dtype.VARYING else 0)
        return Descriptor(dtype, 0, length, sub_type)
    if number in _EXACT:
        dtype = _EXACT[Type(number)]
        return Descriptor(dtype, code.s8(), DTYPE_LENGTH[dtype])
    if number in _PLAIN:
        dtype = _PLAIN[Type(number)]
        return Descriptor(dtype, 0, DTYPE_LENGTH[dtype])
    if number == Type.BLOB2:
        sub_type = code.u16()
        return Descriptor(Dtype.BLOB, code.u16() & 0x7F, 8, sub_type)
    if number in (Type.DOMAIN_NAME, Type.DOMAIN_NAME2, Type.COLUMN_NAME, Type.COLUMN_NAME2):
        raise UnsupportedExpression("casts to the type of a domain or column")
    raise UnsupportedExpression(f"uses the unknown data type {number}")


def read_literal(code: Code, ods: tuple[int, int], decode: Decode) -> tuple[Descriptor, Value]:
    """The type and value of a literal; `decode` makes text of bytes and a charset id."""
    descriptor = read_type(code)
    if descriptor.dtype in (Dtype.TEXT, Dtype.CSTRING, Dtype.VARYING):
        return descriptor, _text_literal(code, descriptor, decode)
    if descriptor.dtype in _WRITTEN_AS_TEXT:
        return _written_number(code.take(code.u16()).decode("latin-1"), descriptor, ods)
    layout = _ZONED_LITERALS.get(Dtype(descriptor.dtype))
    raw = code.take(descriptor.length if layout is None else layout.size)
    if descriptor.dtype in INTEGER_TYPES:
        return descriptor, exact(int.from_bytes(raw, "little", signed=True), descriptor.scale)
    return descriptor, _plain_literal(raw, descriptor.dtype)


def _text_literal(code: Code, descriptor: Descriptor, decode: Decode) -> Value:
    raw = code.take(descriptor.length)
    if descriptor.dtype == Dtype.VARYING:
        raw = raw[2 : 2 + int.from_bytes(raw[:2], "little")]
    elif descriptor.dtype == Dtype.CSTRING:
        raw = raw.partition(b"\0")[0]
    return decode(raw, descriptor.charset_id)


def _written_number(
    digits: str, descriptor: Descriptor, ods: tuple[int, int]
) -> tuple[Descriptor, Value]:
    """Without an exponent it is the smallest exact numeric that holds it."""
    try:
        if _PLAIN_NUMBER.match(digits):
            number, scale = parse_exact(digits)
            for dtype, bits in ((Dtype.LONG, 32), (Dtype.INT64, 64), (Dtype.INT128, 128)):
                fits = -(1 << (bits - 1)) <= number < 1 << (bits - 1)
                if fits and (dtype != Dtype.INT128 or ods >= ODS_WITH_INT128):
                    return Descriptor(dtype, scale, DTYPE_LENGTH[dtype]), exact(number, scale)
        if descriptor.dtype != Dtype.DOUBLE:
            return Descriptor(Dtype.DEC128, 0, 16), to_decfloat_34(digits)
        return Descriptor(Dtype.DOUBLE, 0, 8), parse_double(digits)
    except EvaluationError as error:
        raise UnsupportedExpression(f"holds a literal that is no number: {error}") from error


def _plain_literal(raw: bytes, dtype: int) -> Value:
    if dtype == Dtype.BOOLEAN:
        return raw[0] != 0
    if dtype == Dtype.DATE:
        return Date(*struct.unpack("<i", raw))
    if dtype == Dtype.TIME:
        return Time(*struct.unpack("<I", raw))
    if dtype == Dtype.TIMESTAMP:
        return Timestamp(*struct.unpack("<iI", raw))
    if dtype == Dtype.TIME_TZ:
        return TimeTz(*_ZONED_LITERALS[Dtype(dtype)].unpack(raw))
    if dtype == Dtype.TIMESTAMP_TZ:
        return TimestampTz(*_ZONED_LITERALS[Dtype(dtype)].unpack(raw))
    raise UnsupportedExpression("holds a literal of a blob")
