"""Reads tables of the emulator back, and compares every value with a golden CSV."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from google.cloud.bigquery import Client, DatasetReference

from gdb_export.bigquery.names import AddedColumns, column_names
from tests.arrow.arrow_text import column_texts
from tests.arrow.csv_records import records
from tests.arrow.test_exactness import BEYOND, numbers, same


def stored(client: Client, dataset: DatasetReference, table: str) -> list[dict[str, Any]]:
    """The rows of a table; the emulator keeps the order in which they were inserted."""
    return [dict(row.items()) for row in client.list_rows(dataset.table(table))]


def tables(client: Client, dataset: DatasetReference) -> set[str]:
    """The names of the tables of a dataset."""
    return {item.table_id for item in client.list_tables(dataset)}


def compare(found: Sequence[dict[str, Any]], golden: str, schema: pa.Schema) -> None:
    """Compare rows with a golden CSV; `schema` is that of the Parquet file."""
    header, *rows = records(golden)
    names = column_names(header, AddedColumns())
    assert len(found) == len(rows)
    by_column = [
        texts([row[names[column]] for row in found], schema.field(column).type) for column in header
    ]
    types = [schema.field(column).type for column in header]
    for expected_row, actual_row in zip(rows, zip(*by_column, strict=True), strict=True):
        for expected, actual, arrow_type in zip(expected_row, actual_row, types, strict=True):
            if pa.types.is_list(arrow_type):
                assert numbers(actual or "[]") == numbers(expected or "[]")
            elif not (actual is None and expected is not None and BEYOND.match(expected)):
                is_blank = len(header) == 1 and not actual and not expected
                assert is_blank or same(expected, actual, arrow_type), (expected, actual)


def texts(values: list[Any], arrow_type: pa.DataType) -> list[str | None]:
    """The values of a column as texts; arrays of arrays are stored as JSON already."""
    if pa.types.is_list(arrow_type) and pa.types.is_list(arrow_type.value_type):
        return values
    return column_texts(pa.chunked_array([pa.array(values, arrow_type)]))
