"""Data types and literals inside BLR."""

import re
import struct
from collections.abc import Callable

from gdb_export.firebird.computed.blr.blr_reader import BlrReader
from gdb_export.firebird.computed.blr.descriptors import ODS_WITH_INT128
from gdb_export.firebird.computed.blr.verbs import BlrType
from gdb_export.firebird.conversions.number_conversions import to_decfloat_34
from gdb_export.firebird.conversions.number_text import parse_double, parse_exact
from gdb_export.firebird.core import interbase
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import DTYPE_LENGTH, INTEGER_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.exact import exact
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.value_types import Value

_TEXT_TYPES = {
    BlrType.TEXT: Dtype.TEXT,
    BlrType.TEXT2: Dtype.TEXT,
    BlrType.VARYING: Dtype.VARYING,
    BlrType.VARYING2: Dtype.VARYING,
    BlrType.CSTRING: Dtype.CSTRING,
    BlrType.CSTRING2: Dtype.CSTRING,
}
_TYPES_WITH_CHARSET = frozenset({BlrType.TEXT2, BlrType.VARYING2, BlrType.CSTRING2})
_EXACT_TYPES = {
    BlrType.SHORT: Dtype.SHORT,
    BlrType.LONG: Dtype.LONG,
    BlrType.QUAD: Dtype.QUAD,
    BlrType.INT64: Dtype.INT64,
    BlrType.INT128: Dtype.INT128,
}
_OTHER_TYPES = {
    BlrType.FLOAT: Dtype.REAL,
    BlrType.DOUBLE: Dtype.DOUBLE,
    BlrType.D_FLOAT: Dtype.DOUBLE,
    BlrType.SQL_DATE: Dtype.DATE,
    BlrType.SQL_TIME: Dtype.TIME,
    BlrType.TIMESTAMP: Dtype.TIMESTAMP,
    BlrType.BOOL: Dtype.BOOLEAN,
    BlrType.DEC64: Dtype.DEC64,
    BlrType.DEC128: Dtype.DEC128,
    BlrType.SQL_TIME_TZ: Dtype.TIME_TZ,
    BlrType.TIMESTAMP_TZ: Dtype.TIMESTAMP_TZ,
}
# Literals of these types are stored as digits, with a u16 length prefix
_STORED_AS_DIGITS = frozenset({Dtype.DOUBLE, Dtype.DEC64, Dtype.DEC128, Dtype.INT128})
# UTC value and zone, without the padding of stored values
_ZONED_LITERALS = {
    Dtype.TIME_TZ: struct.Struct("<IH"),
    Dtype.TIMESTAMP_TZ: struct.Struct("<iIH"),
}
_NUMBER_WITHOUT_EXPONENT = re.compile(r"-?[0-9]*+\.?[0-9]*+\Z")

# Decodes the bytes of a text by its charset id
Decode = Callable[[bytes, int], str | bytes]


def read_type(blr: BlrReader) -> Descriptor:
    """Reads a data type."""
    code = blr.u8()
    return _read_type(blr, blr.u8() if code == BlrType.NOT_NULLABLE else code)


def _read_type(blr: BlrReader, code: int) -> Descriptor:
    if code in _TEXT_TYPES:
        sub_type = blr.charset_id() if code in _TYPES_WITH_CHARSET else 0
        dtype = _TEXT_TYPES[BlrType(code)]
        length = blr.u16() + (2 if dtype == Dtype.VARYING else 0)
        return Descriptor(dtype, 0, length, sub_type)
    if code in _EXACT_TYPES:
        dtype = _EXACT_TYPES[BlrType(code)]
        return Descriptor(dtype, blr.s8(), DTYPE_LENGTH[dtype])
    if code in _OTHER_TYPES:
        dtype = _OTHER_TYPES[BlrType(code)]
        return Descriptor(dtype, 0, DTYPE_LENGTH[dtype])
    if code == interbase.FIELD_TYPE_BOOLEAN and blr.is_interbase:
        return Descriptor(Dtype.BOOLEAN, 0, interbase.BOOLEAN_LENGTH)
    if code == BlrType.BLOB2:
        sub_type = blr.u16()
        charset = blr.u16() & 0x7F  # without the collation in the high byte
        return Descriptor(Dtype.BLOB, charset, 8, sub_type)
    if code in (
        BlrType.DOMAIN_NAME,
        BlrType.DOMAIN_NAME2,
        BlrType.COLUMN_NAME,
        BlrType.COLUMN_NAME2,
        BlrType.DOMAIN_NAME3,
        BlrType.COLUMN_NAME3,
    ):
        raise UnsupportedExpression("casts to the type of a domain or column")
    raise UnsupportedExpression(f"uses the unknown data type {code}")


def read_literal(blr: BlrReader, ods: tuple[int, int], decode: Decode) -> tuple[Descriptor, Value]:
    """Reads the type and value of a literal."""
    descriptor = read_type(blr)
    if descriptor.dtype in (Dtype.TEXT, Dtype.CSTRING, Dtype.VARYING):
        return descriptor, _text_literal(blr, descriptor, decode)
    if descriptor.dtype in _STORED_AS_DIGITS:
        return _number_from_text(blr.take(blr.u16()).decode("latin-1"), descriptor, ods)
    layout = _ZONED_LITERALS.get(Dtype(descriptor.dtype))
    raw = blr.take(descriptor.length if layout is None else layout.size)
    if descriptor.dtype in INTEGER_TYPES:
        return descriptor, exact(int.from_bytes(raw, "little", signed=True), descriptor.scale)
    return descriptor, _fixed_length_literal(raw, descriptor.dtype)


def _text_literal(blr: BlrReader, descriptor: Descriptor, decode: Decode) -> Value:
    raw = blr.take(descriptor.length)
    if descriptor.dtype == Dtype.VARYING:
        raw = raw[2 : 2 + int.from_bytes(raw[:2], "little")]
    elif descriptor.dtype == Dtype.CSTRING:
        raw = raw.partition(b"\0")[0]
    return decode(raw, descriptor.charset_id)


def _number_from_text(
    digits: str, descriptor: Descriptor, ods: tuple[int, int]
) -> tuple[Descriptor, Value]:
    """Type and value of a number stored as digits.

    A number without an exponent gets the smallest exact type that holds it.
    """
    try:
        if _NUMBER_WITHOUT_EXPONENT.match(digits):
            unscaled, scale = parse_exact(digits)
            for dtype, bits in ((Dtype.LONG, 32), (Dtype.INT64, 64), (Dtype.INT128, 128)):
                fits = -(1 << (bits - 1)) <= unscaled < 1 << (bits - 1)
                if fits and (dtype != Dtype.INT128 or ods >= ODS_WITH_INT128):
                    return Descriptor(dtype, scale, DTYPE_LENGTH[dtype]), exact(unscaled, scale)
        if descriptor.dtype != Dtype.DOUBLE:
            return Descriptor(Dtype.DEC128, 0, 16), to_decfloat_34(digits)
        return Descriptor(Dtype.DOUBLE, 0, 8), parse_double(digits)
    except EvaluationError as error:
        raise UnsupportedExpression(f"holds a literal that is not a number: {error}") from error


def _fixed_length_literal(raw: bytes, dtype: int) -> Value:
    if dtype == Dtype.BOOLEAN:
        return any(raw)
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
    raise UnsupportedExpression("holds a blob literal")
