"""The tables of an export, as its manifest describes them."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from gdb_export.bigquery.names import AddedColumns, column_names, distinct_from, valid_name

_PARQUET = "parquet"
# Entries that name columns whose values may differ from those of the database. Such a column in
# a key may hold the same value twice, or NULL.
_CHANGED_VALUES = ("x-replaced-characters", "x-out-of-range", "x-failed-values")


class ExportedTable(NamedTuple):
    """A table of an export.

    `name` and the columns in `descriptions` and `primary_key` are those in Firebird, `paths` the
    Parquet files. `bigquery_name` and `bigquery_columns` are the names that the manifest lists,
    the latter of columns with another name; an export of an older version has none.
    """

    name: str
    paths: tuple[str, ...]
    rows: int
    bigquery_name: str | None = None
    bigquery_columns: Mapping[str, str] = {}
    description: str = ""
    descriptions: Mapping[str, str] = {}
    primary_key: tuple[str, ...] = ()

    def column_names(self, columns: list[str], added: AddedColumns) -> dict[str, str]:
        """The names in BigQuery of the columns of the table's files."""
        if self.bigquery_name is None:
            return column_names(columns, added)
        return distinct_from(
            {name: self.bigquery_columns.get(name, name) for name in columns}, added
        )


def exported_table(resource: Mapping[str, Any]) -> ExportedTable:
    """The table that a resource describes.

    Raises ValueError for a resource of another kind; KeyError, TypeError and AttributeError for
    one of another structure.
    """
    if resource["format"] != _PARQUET:
        raise ValueError("not Parquet")
    paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError("a path outside of the export")
    schema = resource.get("schema", {})
    fields = schema.get("fields", [])
    listed = resource.get("x-bigquery", {})
    for name in (listed.get("table", "T"), *listed.get("columns", {}).values()):
        if valid_name(name) != name:
            raise ValueError(f"a name that BigQuery does not accept: {name!r}")
    return ExportedTable(
        str(resource["title"]),
        tuple(paths),
        int(resource["rows"]),
        listed.get("table"),
        listed.get("columns", {}),
        str(resource.get("description", "")),
        {field["name"]: str(field["description"]) for field in fields if "description" in field},
        _unchanged_key(resource, schema.get("primaryKey", ())),
    )


def _unchanged_key(resource: Mapping[str, Any], key: list[str] | str) -> tuple[str, ...]:
    """The columns of the key; none if the export may have changed a value of one of them."""
    columns = (key,) if isinstance(key, str) else tuple(key)
    changed = {column for entry in _CHANGED_VALUES for column in resource.get(entry, ())}
    return () if changed.intersection(columns) else columns
