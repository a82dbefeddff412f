"""Finds the columns to add and the types to widen before a table in BigQuery can take a file.

Knowledge: https://docs.cloud.google.com/bigquery/docs/managing-table-schemas
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from google.cloud.bigquery import SchemaField

from gdb_export.bigquery.schemas.columns import TableColumn, query_type

# For each type, the wider types that hold all its values
_WIDER: Mapping[str, tuple[str, ...]] = {
    "INT64": ("NUMERIC", "BIGNUMERIC"),
    "NUMERIC": ("BIGNUMERIC",),
    "DATE": ("DATETIME",),
}
# Pairs of a type and a wider one to which BigQuery can change an existing column
_CHANGEABLE = {("INT64", "NUMERIC"), ("INT64", "BIGNUMERIC"), ("NUMERIC", "BIGNUMERIC")}


class Irreconcilable(Exception):
    """A table can't take the rows of a file; the message names the column and both types."""


class SchemaChanges(NamedTuple):
    """Fields to add, new types and missing descriptions of existing columns by their name."""

    added: tuple[SchemaField, ...]
    widened: Mapping[str, str]
    described: Mapping[str, str] = {}


def reconcile(
    existing: Sequence[SchemaField], columns: Sequence[TableColumn], added: Sequence[SchemaField]
) -> SchemaChanges:
    """The changes that let a table take the rows of a file. Raises Irreconcilable.

    `added` are the fields that each load adds. A column that is only in the table stays; its new
    rows are NULL. A description in the table stays too.
    """
    by_name = {field.name.lower(): field for field in existing}
    missing: list[SchemaField] = []
    widened: dict[str, str] = {}
    described: dict[str, str] = {}
    for column in columns:
        field = by_name.get(column.name.lower())
        if field is None:
            missing.append(column.field())
            continue
        if (wider := _wider_type(field, column)) is not None:
            widened[field.name] = wider
        if column.full_description and not field.description:
            described[field.name] = column.full_description
    for field in added:
        present = by_name.get(field.name.lower())
        if present is None:
            missing.append(field)
        elif query_type(present) != field.field_type or present.mode == "REPEATED":
            raise Irreconcilable(
                f"column {field.name} is {_type_text(present)} in the dataset, but loads need it as"
                f" {field.field_type}: rename the columns that loads add"
            )
    return SchemaChanges(tuple(missing), widened, described)


def _wider_type(field: SchemaField, column: TableColumn) -> str | None:
    """The type that the existing column must get; None if it can stay. Raises Irreconcilable."""
    old, new = query_type(field), column.type
    if (field.mode == "REPEATED") != column.is_repeated:
        raise _irreconcilable(field, column)
    if old == new or (not column.is_repeated and old in _WIDER.get(new, ())):
        return None
    if not column.is_repeated and (old, new) in _CHANGEABLE:
        return new
    raise _irreconcilable(field, column)


def _irreconcilable(field: SchemaField, column: TableColumn) -> Irreconcilable:
    return Irreconcilable(
        f"column {column.name} is {_type_text(field)} in the dataset and"
        f" {_type_text(column.field())} in this file, and neither type holds all values of the"
        " other: rename the table in the dataset, and load again"
    )


def _type_text(field: SchemaField) -> str:
    return f"ARRAY<{query_type(field)}>" if field.mode == "REPEATED" else query_type(field)
