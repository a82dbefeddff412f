"""Converts Parquet files whose columns BigQuery can't load, row group by row group.

A load job matches columns by name and does not support arrays of arrays. So columns get the names
that they have in BigQuery, and arrays of several dimensions become JSON text, as in a CSV.
"""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gdb_export.bigquery.schemas.columns import TableColumn
from gdb_export.csv_rows.value_text import double_text, real_text


def needs_conversion(columns: Sequence[TableColumn]) -> bool:
    """Whether the files of a table with these columns must be converted before a load."""
    return any(column.name != column.original or column.is_nested for column in columns)


def converted_row_groups(file: BinaryIO, columns: Sequence[TableColumn]) -> Iterator[bytes]:
    """The bytes of a Parquet file for each row group of `file`, whose columns are `columns`."""
    with pq.ParquetFile(file) as parquet:
        for index in range(parquet.num_row_groups):
            table = parquet.read_row_group(index)
            arrays = [
                _json_texts(table.column(position)) if column.is_nested else table.column(position)
                for position, column in enumerate(columns)
            ]
            target = io.BytesIO()
            names = [column.name for column in columns]
            pq.write_table(pa.table(arrays, names=names), target, compression="zstd")
            yield target.getvalue()


def _json_texts(column: pa.ChunkedArray) -> pa.Array:
    """A column of nested lists as JSON texts."""
    element = column.type
    while pa.types.is_list(element):
        element = element.value_type
    is_single = pa.types.is_float32(element)
    return pa.array(
        [None if value is None else _json_text(value, is_single) for value in column.to_pylist()],
        pa.string(),
    )


def _json_text(value: object, is_single: bool) -> str:
    """The value as JSON: numbers and booleans as such, all other values as strings."""
    match value:
        case list():
            return "[" + ", ".join(_json_text(item, is_single) for item in value) + "]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return real_text(value) if is_single else double_text(value)
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        case bytes():
            return json.dumps(value.hex())
        case datetime():
            return json.dumps(f"{value.date().isoformat()} {_clock_text(value.time())}")
        case date():
            return json.dumps(value.isoformat())
        case time():
            return json.dumps(_clock_text(value))
    return json.dumps(value, ensure_ascii=False)


def _clock_text(value: time) -> str:
    """The time; a fraction that is not zero has four digits, as Firebird stores it."""
    fraction = f".{value.microsecond // 100:04}" if value.microsecond else ""
    return f"{value:%H:%M:%S}{fraction}"
