"""Arrow values as the text of their CSV fields, for comparisons."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa

from gdb_export.csv_rows.value_text import double_text, real_text

_UNIX_EPOCH = date(1970, 1, 1)
_MICROSECONDS_PER_DAY = 86_400_000_000


def column_texts(column: pa.ChunkedArray) -> list[str | None]:
    """The text of each value, None for NULL. Numbers in lists have no trailing zeros."""
    arrow_type = column.type
    if pa.types.is_date(arrow_type):
        values = column.cast(pa.int32()).to_pylist()
        return [None if value is None else day_text(value) for value in values]
    if pa.types.is_time(arrow_type):
        values = column.cast(pa.int64()).to_pylist()
        return [None if value is None else clock_text(value) for value in values]
    if pa.types.is_timestamp(arrow_type):
        values = column.cast(pa.int64()).to_pylist()
        return [None if value is None else moment_text(value) for value in values]
    return [
        None if value is None else value_text(value, arrow_type) for value in column.to_pylist()
    ]


def value_text(value: object, arrow_type: pa.DataType) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return real_text(value) if pa.types.is_float32(arrow_type) else double_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return json.dumps(list(list_elements(value, arrow_type)))
    return str(value)


def list_elements(value: object, arrow_type: pa.DataType) -> Iterator[str | None]:
    """The elements of nested lists as text."""
    if isinstance(value, list):
        for element in value:
            yield from list_elements(element, arrow_type.value_type)
    else:
        yield next(iter(column_texts(pa.chunked_array([pa.array([value], arrow_type)]))))


def day_text(days: int) -> str:
    return (_UNIX_EPOCH + timedelta(days)).isoformat()


def clock_text(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction // 100:04}" if fraction else text


def moment_text(microseconds: int) -> str:
    days, rest = divmod(microseconds, _MICROSECONDS_PER_DAY)
    return f"{day_text(days)} {clock_text(rest)}"
