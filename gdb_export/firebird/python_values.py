"""Column values as the types that Python programs expect: int, Decimal, date, str, bytes …"""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from gdb_export.firebird.catalogue.columns import Column
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.errors import OutOfRange
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.large_blobs import LargeBlob
from gdb_export.firebird.values.arrays import read_array
from gdb_export.firebird.values.decfloat import DecFloat
from gdb_export.firebird.values.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    civil_date,
)
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts
from gdb_export.firebird.values.time_zones import time_tz_text, timestamp_tz_text
from gdb_export.firebird.values.value_types import InlineBlob, TypedValue

PythonValue: TypeAlias = (
    "bool | int | float | Decimal | date | time | datetime | str | bytes | list[PythonValue] | None"
)
CountText = Callable[[Column, TextCounts], None]

_MICROSECONDS_PER_TICK = 1_000_000 // TICKS_PER_SECOND


# Bytes of a blob that is a cell of a column: it is in memory as a whole, about twelve times while a
# file is encoded, for each worker
MAX_CELL_BYTES = 10 << 20


def cell_content(blob: bytes | LargeBlob) -> bytes:
    """The whole content of a blob as a cell; raises OutOfRange if it is too large, and Damage."""
    if isinstance(blob, bytes):
        return blob
    if blob.length > MAX_CELL_BYTES:
        raise OutOfRange(
            f"a blob of {blob.length} bytes is too large for a cell, which has at most"
            f" {MAX_CELL_BYTES}"
        )
    return b"".join(blob.parts())


class PythonValues:
    """Converts the values of one table's columns.

    `count_text` receives the counts of suspicious characters in the texts of blobs and arrays.
    With `are_cells` a blob of more than MAX_CELL_BYTES is OutOfRange.
    """

    def __init__(
        self,
        reader: DatabaseReader,
        table: str,
        decoder: TextDecoder,
        count_text: CountText,
        are_cells: bool = False,
    ) -> None:
        self._are_cells = are_cells
        self._reader = reader
        self._table = table
        self._decoder = decoder
        self._count_text = count_text

    def converter(self, column: Column) -> Callable[[TypedValue], PythonValue]:
        """The function that converts the column's values, except NULL, to Python values.

        It raises Damage where a blob or an array can't be read.
        """
        dtype = column.descriptor.dtype
        if dtype == Dtype.BLOB and not column.is_computed:
            return lambda value: self._blob(column, value)
        if dtype == Dtype.ARRAY:
            return lambda value: self._array(column, value)
        return scalar_converter(column.descriptor)

    def _blob(self, column: Column, value: bytes | InlineBlob) -> PythonValue:
        if isinstance(value, InlineBlob):
            return value.value
        is_cell = self._are_cells
        content = (
            cell_content(self._reader.open_blob(value)) if is_cell else self._reader.blob(value)
        )
        if not column.is_text_blob:
            return content
        text, counts = self._decoder_of(column).decode(content, column.charset)
        if counts is not NOTHING:
            self._count_text(column, counts)
        return text

    def _array(self, column: Column, blob_id: TypedValue) -> PythonValue:
        element, values = read_array(
            self._reader.blob(blob_id),
            self._decoder_of(column),
            self._reader.has_wide_arrays,
            partial(self._count_text, column),
            self._reader.budget,
        )
        return _nested(values, scalar_converter(element))

    def _decoder_of(self, column: Column) -> TextDecoder:
        return self._decoder.of_column(self._table, column.name)


def scalar_converter(descriptor: Descriptor) -> Callable[[TypedValue], PythonValue]:
    """The function that converts values of a declared type other than blobs and arrays.

    A double with a scale is a NUMERIC of dialect 1 and becomes a Decimal with that scale.
    """
    if descriptor.dtype in (Dtype.DOUBLE, Dtype.D_FLOAT) and descriptor.scale < 0:
        return lambda value: _fixed(value, -descriptor.scale)
    return _CONVERTERS.get(descriptor.dtype, _unchanged)


def _nested(values: TypedValue, convert: Callable[[TypedValue], PythonValue]) -> PythonValue:
    if isinstance(values, list):
        return [_nested(value, convert) for value in values]
    return convert(values)


def _unchanged(value: TypedValue) -> PythonValue:
    same: PythonValue = value
    return same


def _without_padding(value: str | bytes) -> PythonValue:
    return value.rstrip(" ") if isinstance(value, str) else value


def _fixed(value: float, decimals: int) -> PythonValue:
    is_finite = value - value == 0
    return Decimal(f"{value:.{decimals}f}") if is_finite else value


def _decimal(value: DecFloat) -> PythonValue:
    return value.value


def _date(value: Date) -> PythonValue:
    """A date, or its text where the year is not in Python's range of 1 to 9999."""
    year, month, day = civil_date(value.days)
    return date(year, month, day) if 1 <= year <= 9999 else str(value)


def _time(value: Time) -> PythonValue:
    """A time, or its text where a damaged value exceeds a day."""
    return _time_of_day(value.ticks) if 0 <= value.ticks < TICKS_PER_DAY else str(value)


def _timestamp(value: Timestamp) -> PythonValue:
    """A datetime without a zone, or its text where date or time exceed Python's range."""
    year, month, day = civil_date(value.days)
    if not 1 <= year <= 9999 or not 0 <= value.ticks < TICKS_PER_DAY:
        return str(value)
    return datetime.combine(date(year, month, day), _time_of_day(value.ticks))


def _time_of_day(ticks: int) -> time:
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    return time(*divmod(minutes, 60), second, fraction * _MICROSECONDS_PER_TICK)


def _time_tz(value: TimeTz) -> PythonValue:
    return time_tz_text(value)


def _timestamp_tz(value: TimestampTz) -> PythonValue:
    return timestamp_tz_text(value)


_CONVERTERS: dict[int, Callable[..., PythonValue]] = {
    Dtype.TEXT: _without_padding,
    Dtype.DATE: _date,
    Dtype.TIME: _time,
    Dtype.TIMESTAMP: _timestamp,
    Dtype.DEC64: _decimal,
    Dtype.DEC128: _decimal,
    Dtype.TIME_TZ: _time_tz,
    Dtype.TIMESTAMP_TZ: _timestamp_tz,
}
