"""The primary key of a table in BigQuery, which is declared and not enforced.

BigQuery relies on a declared key, so a false one gives wrong results. A table holds the rows of
several months and databases: its key consists of the month, the source and the key in Firebird.

Knowledge: https://docs.cloud.google.com/bigquery/docs/primary-foreign-keys,
https://docs.cloud.google.com/bigquery/docs/information-schema-table-constraints
"""

from collections.abc import Sequence

from google.cloud.bigquery import Table
from google.cloud.bigquery.table import PrimaryKey, TableConstraints

from gdb_export.bigquery.names import AddedColumns
from gdb_export.bigquery.schemas.columns import TableColumn

_MAX_COLUMNS = 16
_KEY_TYPES = frozenset({"BIGNUMERIC", "BOOL", "DATE", "DATETIME", "INT64", "NUMERIC", "STRING"})


def declare_key(
    table: Table, key: Sequence[str], columns: Sequence[TableColumn], added: AddedColumns
) -> None:
    """Declare the key of a new table. `key` has the names in Firebird.

    Nothing is declared if BigQuery supports no such key.
    """
    names = _key_names(key, columns)
    if names and len(names) + 2 <= _MAX_COLUMNS:
        primary_key = PrimaryKey([added.month, added.source, *names])
        table.table_constraints = TableConstraints(primary_key, None)


def is_key_outdated(
    table: Table, key: Sequence[str], columns: Sequence[TableColumn], added: AddedColumns
) -> bool:
    """Whether the key that an earlier load has declared does not hold for the rows of a file.

    It holds if it contains the key of the file. A key of another origin has no column for the
    month or none for the source: it is left alone.
    """
    constraints = table.table_constraints
    if constraints is None or constraints.primary_key is None:
        return False
    declared = {name.lower() for name in constraints.primary_key.columns}
    if not declared.issuperset({added.month.lower(), added.source.lower()}):
        return False
    names = _key_names(key, columns)
    return not names or not declared.issuperset(name.lower() for name in names)


def _key_names(key: Sequence[str], columns: Sequence[TableColumn]) -> list[str]:
    """The names in BigQuery of the key's columns; none if one of them can't be in a key."""
    by_original = {column.original: column for column in columns}
    found = [by_original.get(name) for name in key]
    names = [
        column.name
        for column in found
        if column is not None and column.type in _KEY_TYPES and not column.is_repeated
    ]
    return names if len(names) == len(key) else []
