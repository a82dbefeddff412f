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
# The longest description of a column, and the beginning of that of a renamed one
_MAX_DESCRIPTION = 1024
_RENAMED = "Firebird column "
# Names of types in BigQuery's API that differ from those of its queries
_LEGACY = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "DECIMAL": "NUMERIC"}


class TableColumn(NamedTuple):
    """A column of an exported table: its names in Firebird and BigQuery, its type in BigQuery.

    `description` is that in the database. `is_nested` is set for an array of several dimensions,
    which is stored as JSON text, because BigQuery has no arrays of arrays.
    """

    original: str
    name: str
    type: str
    is_repeated: bool = False
    is_nested: bool = False
    description: str = ""

    @property
    def mode(self) -> str:
        return "REPEATED" if self.is_repeated else "NULLABLE"

    def field(self) -> SchemaField:
        description = self.full_description
        if not description:
            return SchemaField(self.name, self.type, mode=self.mode)
        return SchemaField(self.name, self.type, mode=self.mode, description=description)

    @property
    def full_description(self) -> str:
        """The description in BigQuery: it begins with the column's name in Firebird if the column
        has another name in BigQuery."""
        if self.original == self.name:
            return self.description[:_MAX_DESCRIPTION]
        parts = [f"{_RENAMED}{self.original}", self.description]
        return ": ".join(filter(None, parts))[:_MAX_DESCRIPTION]


def describes(field: SchemaField, original: str) -> bool:
    """Whether the field's description says that it is the column `original` of Firebird."""
    beginning = f"{_RENAMED}{original}"
    description = field.description or ""
    return description == beginning or description.startswith(f"{beginning}: ")


def describes_another(field: SchemaField, original: str) -> bool:
    """Whether the field's description says that it is another column than `original`."""
    is_renamed = (field.description or "").startswith(_RENAMED)
    return is_renamed and not describes(field, original)


def table_columns(
    schema: pa.Schema, names: Mapping[str, str], descriptions: Mapping[str, str] = {}
) -> list[TableColumn]:
    """The columns of a Parquet file; `names` gives their names in BigQuery."""
    return [
        _column(field.name, names[field.name], field.type)._replace(
            description=descriptions.get(field.name, "")
        )
        for field in schema
    ]


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
