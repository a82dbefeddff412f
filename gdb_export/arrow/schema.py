"""Arrow schemas of tables."""

from collections.abc import Sequence

import pyarrow as pa

from gdb_export.arrow.column_layouts import decimal_type, is_binary_column, is_binary_type
from gdb_export.firebird.catalogue.columns import Column, firebird_type
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor

# The key of a field's metadata that holds the declared type, such as NUMERIC(15,2)
FIREBIRD_TYPE = b"firebird_type"

_TYPES: dict[int, pa.DataType] = {
    Dtype.SHORT: pa.int16(),
    Dtype.LONG: pa.int32(),
    Dtype.QUAD: pa.int64(),
    Dtype.INT64: pa.int64(),
    Dtype.REAL: pa.float32(),
    Dtype.DOUBLE: pa.float64(),
    Dtype.D_FLOAT: pa.float64(),
    Dtype.DATE: pa.date32(),
    Dtype.TIME: pa.time64("us"),
    Dtype.TIMESTAMP: pa.timestamp("us"),
    Dtype.BOOLEAN: pa.bool_(),
}


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """The schema of these columns. Every field is nullable: Firebird keeps NULLs in rows that are
    older than a NOT NULL column."""
    return pa.schema(
        [
            pa.field(
                column.name,
                column_type(column),
                metadata={FIREBIRD_TYPE: firebird_type(column).encode("utf-8", "replace")},
            )
            for column in columns
        ]
    )


def column_type(column: Column) -> pa.DataType:
    """The Arrow type of a column."""
    if column.descriptor.dtype == Dtype.ARRAY:
        if column.element is None:
            return pa.string()
        nested = _scalar_type(column.element, is_binary_type(column.element))
        # An array has a dimension, even if its rows in RDB$FIELD_DIMENSIONS are lost
        for _ in range(max(1, len(column.dimensions))):
            nested = pa.list_(nested)
        return nested
    return _scalar_type(column.descriptor, is_binary_column(column))


def _scalar_type(descriptor: Descriptor, is_binary: bool) -> pa.DataType:
    decimal = decimal_type(descriptor)
    if decimal is not None:
        return pa.decimal128(*decimal)
    if is_binary:
        return pa.binary()
    is_text = descriptor.scale != 0 and descriptor.dtype in (
        Dtype.SHORT,
        Dtype.LONG,
        Dtype.QUAD,
        Dtype.INT64,
    )
    return pa.string() if is_text else _TYPES.get(descriptor.dtype, pa.string())
