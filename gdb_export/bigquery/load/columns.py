"""The columns of a table in BigQuery, from the Arrow schema of its Parquet file.

Knowledge: https://docs.cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet
"""

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa
from google.cloud.bigquery import SchemaField

from gdb_export.bigquery.names import AddedColumns

# Digits before and after the decimal point that a type holds
_NUMERIC_DIGITS, _NUMERIC_SCALE = 29, 9
_BIGNUMERIC_DIGITS, _BIGNUMERIC_SCALE = 38, 38
# Names of types in BigQuery's API that differ from those of its queries
_LEGACY = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "DECIMAL": "NUMERIC"}


class TableColumn(NamedTuple):
    """A column of an exported table: its names in Firebird and BigQuery, its type in BigQuery.

    `is_nested` is set for an array of several dimensions, which is stored as JSON text, because
    BigQuery has no arrays of arrays.
    """

    original: str
    name: str
    type: str
    is_repeated: bool = False
    is_nested: bool = False

    @property
    def mode(self) -> str:
        return "REPEATED" if self.is_repeated else "NULLABLE"

    def field(self) -> SchemaField:
        if self.original == self.name:
            return SchemaField(self.name, self.type, mode=self.mode)
        original = f"Firebird column {self.original}"
        return SchemaField(self.name, self.type, mode=self.mode, description=original)


def table_columns(schema: pa.Schema, names: Mapping[str, str]) -> list[TableColumn]:
    """The columns of a Parquet file; `names` gives their names in BigQuery."""
    return [_column(field.name, names[field.name], field.type) for field in schema]


def query_type(field: SchemaField) -> str:
    """The type of a field, or of its elements, as queries name it."""
    name = field.field_type.upper()
    return _LEGACY.get(name, name)


def added_fields(added: AddedColumns) -> list[SchemaField]:
    """The fields of the columns that each load adds."""
    return [
        SchemaField(added.month, "DATE", description="The reference month, its first day"),
        SchemaField(added.source, "STRING", description="The database that the row is from"),
        SchemaField(added.loaded_at, "TIMESTAMP", description="The time of the load"),
    ]


def _column(original: str, name: str, arrow_type: pa.DataType) -> TableColumn:
    if not pa.types.is_list(arrow_type):
        return TableColumn(original, name, scalar_type(arrow_type))
    if pa.types.is_list(arrow_type.value_type):
        return TableColumn(original, name, "STRING", is_nested=True)
    return TableColumn(original, name, scalar_type(arrow_type.value_type), is_repeated=True)


def scalar_type(arrow_type: pa.DataType) -> str:
    """The type in BigQuery for the Arrow type of a column in an exported Parquet file."""
    types = pa.types
    if types.is_decimal(arrow_type):
        return _decimal_type(arrow_type.precision, arrow_type.scale)
    for is_type, name in (
        (types.is_integer, "INT64"),
        (types.is_floating, "FLOAT64"),
        (types.is_boolean, "BOOL"),
        (types.is_date, "DATE"),
        (types.is_time, "TIME"),
        (types.is_timestamp, "DATETIME"),
        (types.is_binary, "BYTES"),
        (types.is_large_binary, "BYTES"),
    ):
        if is_type(arrow_type):
            return name
    return "STRING"


def _decimal_type(precision: int, scale: int) -> str:
    """The smallest type that holds all decimals of this precision and scale."""
    digits = precision - scale
    if scale <= _NUMERIC_SCALE and digits <= _NUMERIC_DIGITS:
        return "NUMERIC"
    if scale <= _BIGNUMERIC_SCALE and digits <= _BIGNUMERIC_DIGITS:
        return "BIGNUMERIC"
    return "STRING"
