"""Column values as Arrow stores them: bytes of a buffer, or a list for an array."""

import struct
from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa

from gdb_export.arrow.column_layouts import (
    DECIMAL_WIDTH,
    ColumnLayout,
    Storage,
    column_layout,
    decimal_type,
    is_binary_column,
)
from gdb_export.arrow.schema import column_type
from gdb_export.csv_rows.value_text import text_of
from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.core.errors import OutOfRange
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.python_values import PythonValue, PythonValues
from gdb_export.firebird.values.exact import rescaled, scale_of, unscaled
from gdb_export.firebird.values.temporal import TICKS_PER_DAY, Date, Time, Timestamp, day_number
from gdb_export.firebird.values.value_types import TypedValue

# The bytes of a value; a list for Storage.NESTED
Stored: TypeAlias = bytes | list[PythonValue]
StoreFunction = Callable[[TypedValue], Stored]

_UNIX_EPOCH = day_number(1970, 1, 1)
_FIRST_DAY = day_number(1, 1, 1)
_LAST_DAY = day_number(9999, 12, 31)
_MICROSECONDS_PER_TICK = 100
_MICROSECONDS_PER_DAY = 86_400_000_000
# A batch has 32-bit offsets, and ends with the row that reaches MAX_BATCH_BYTES
_MAX_VALUE_BYTES = (1 << 31) - (1 << 25)


def store_function(column: Column, python_values: PythonValues) -> StoreFunction:
    """The function that converts the column's values, except NULL, to stored values.

    It raises OutOfRange where the Arrow type can't hold the value, and Damage where a blob or an
    array can't be read.
    """
    layout = column_layout(column)
    if layout.storage == Storage.NESTED:
        return _store_array(column, python_values.converter(column))
    if layout.storage == Storage.VARIABLE:
        return _store_bytes(column, python_values)
    if layout.storage == Storage.BITS:
        return lambda value: b"\1" if value else b"\0"
    return _store_fixed(column, layout)


def _store_fixed(column: Column, layout: ColumnLayout) -> StoreFunction:
    decimal = decimal_type(column.descriptor)
    if decimal is not None:
        return _store_decimal(*decimal)
    dtype = column.descriptor.dtype
    if dtype in _TEMPORAL:
        return _TEMPORAL[dtype]
    if dtype in _FLOATS:
        return _store_struct(_FLOATS[dtype])
    width = layout.width
    return lambda value: _integer_bytes(int(value), width)


def _integer_bytes(value: int, width: int) -> bytes:
    try:
        return value.to_bytes(width, "little", signed=True)
    except OverflowError as error:
        raise OutOfRange(f"{value} exceeds {width} bytes") from error


def _store_decimal(precision: int, scale: int) -> StoreFunction:
    limit = 10**precision

    def store(value: TypedValue) -> bytes:
        digits = rescaled(unscaled(value), scale_of(value), -scale)
        if not -limit < digits < limit:
            raise OutOfRange(f"{value} has more than {precision} digits")
        return digits.to_bytes(DECIMAL_WIDTH, "little", signed=True)

    return store


def _store_struct(type_code: str) -> StoreFunction:
    packer = struct.Struct("<" + type_code)

    def store(value: TypedValue) -> bytes:
        try:
            return packer.pack(value)
        except OverflowError as error:
            raise OutOfRange(str(error)) from error

    return store


def _unix_days(days: int) -> int:
    """Days since 1970 of a day from year 1 to 9999."""
    if not _FIRST_DAY <= days <= _LAST_DAY:
        raise OutOfRange("a year outside 1 to 9999")
    return days - _UNIX_EPOCH


def _microseconds(ticks: int) -> int:
    if not 0 <= ticks < TICKS_PER_DAY:
        raise OutOfRange("a time of more than a day")
    return ticks * _MICROSECONDS_PER_TICK


def _store_date(value: Date) -> bytes:
    return _integer_bytes(_unix_days(value.days), 4)


def _store_time(value: Time) -> bytes:
    return _integer_bytes(_microseconds(value.ticks), 8)


def _store_timestamp(value: Timestamp) -> bytes:
    days = _unix_days(value.days)
    return _integer_bytes(days * _MICROSECONDS_PER_DAY + _microseconds(value.ticks), 8)


def _store_bytes(column: Column, python_values: PythonValues) -> StoreFunction:
    """Text as UTF-8, binary values as they are; the text of the CSV for all other types."""
    dtype, is_binary = column.descriptor.dtype, is_binary_column(column)
    if dtype in TEXT_TYPES or dtype == Dtype.BLOB:
        convert = python_values.converter(column)
        return lambda value: _bytes_of(convert(value), is_binary)
    if dtype == Dtype.ARRAY:
        convert = python_values.converter(column)
        return lambda value: _bytes_of(str(convert(value)), is_binary)
    text = text_of(column.descriptor)
    return lambda value: _bytes_of(text(value), is_binary)


def _bytes_of(value: PythonValue, is_binary: bool) -> bytes:
    """The bytes of a text or of a binary value. A binary value in a column of text, as an
    expression may give it, is hexadecimal."""
    if isinstance(value, bytes):
        value = value if is_binary else value.hex()
    stored = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    if len(stored) > _MAX_VALUE_BYTES:
        raise OutOfRange("a value of more than 2 GB")
    return stored


def _store_array(column: Column, convert: Callable[[TypedValue], PythonValue]) -> StoreFunction:
    arrow_type = column_type(column)
    has_text_elements = column.element is not None and column.element.dtype in _TEXT_ELEMENT_TYPES

    def store(value: TypedValue) -> list[PythonValue]:
        values = convert(value)
        nested = _text_elements(values) if has_text_elements else values
        try:
            pa.array([nested], arrow_type)
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            raise OutOfRange(str(error)) from error
        assert isinstance(nested, list)
        return nested

    return store


def _text_elements(values: PythonValue) -> PythonValue:
    if isinstance(values, list):
        return [_text_elements(value) for value in values]
    return str(values)


_TEXT_ELEMENT_TYPES = (Dtype.DEC64, Dtype.DEC128)
_FLOATS: dict[int, str] = {Dtype.REAL: "f", Dtype.DOUBLE: "d", Dtype.D_FLOAT: "d"}
_TEMPORAL: dict[int, StoreFunction] = {
    Dtype.DATE: _store_date,
    Dtype.TIME: _store_time,
    Dtype.TIMESTAMP: _store_timestamp,
}
