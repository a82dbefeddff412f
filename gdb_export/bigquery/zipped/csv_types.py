"""The Arrow types of the columns of an exported CSV, from its manifest: as for Parquet files."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from gdb_export.ddl.tables import TargetColumn, target_column

_MAX_DIGITS = 38  # of a decimal128
_TYPES = {
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "INT128": pa.decimal128(_MAX_DIGITS, 0),
    "FLOAT": pa.float32(),
    "DOUBLE PRECISION": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us"),
}


class CsvColumn(NamedTuple):
    """A column of a CSV: its name, its type, and the encoding of its bytes if it is binary."""

    name: str
    type: pa.DataType
    encoding: str = ""


def csv_column(field: Mapping[str, Any]) -> CsvColumn:
    """The column that a field of the manifest describes.

    An array of several dimensions, or one whose manifest does not name the type of its elements,
    is the text of the CSV.
    """
    column = target_column(field, field["name"])
    if not column.is_array:
        return CsvColumn(column.name, _scalar_type(column), column.encoding)
    element_type = field.get("x-element-type")
    if element_type is None or "," in column.firebird_type:
        return CsvColumn(column.name, pa.string())
    element = {
        "name": column.name,
        "x-firebird-type": element_type,
        "x-stored-digits": field.get("x-element-stored-digits"),
    }
    return CsvColumn(column.name, pa.list_(_scalar_type(target_column(element, ""))), "hex")


def _scalar_type(column: TargetColumn) -> pa.DataType:
    if column.is_zoned:
        return pa.string()
    if column.is_binary:
        return pa.binary()
    if column.base_type in ("NUMERIC", "DECIMAL"):
        return _exact_type(column.stored_digits, column.scale)
    return _TYPES.get(column.base_type, pa.string())


def _exact_type(stored_digits: int | None, scale: int) -> pa.DataType:
    """The type of a NUMERIC. Its storage holds `stored_digits`: 0 for a double, None if unknown."""
    if stored_digits == 0:
        return pa.float64()
    digits = min(stored_digits or _MAX_DIGITS, _MAX_DIGITS)
    return pa.decimal128(max(digits, scale), scale) if scale <= _MAX_DIGITS else pa.string()
