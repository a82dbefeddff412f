"""The names under which a dataset already has tables and columns of a database.

A name that needed a change may depend on the other names of the database: `AÇÃO` is `ACAO`, or
`ACAO_` and a hash where there is an `ACAO` too. The dataset remembers the name that was given
first, so that the rows of all months are in the same table and column: a table in its friendly
name, a renamed column at the beginning of its description.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

from google.cloud.bigquery import SchemaField
from google.cloud.bigquery.table import TableListItem

from gdb_export.bigquery.names import name_with_hash, possible_names
from gdb_export.bigquery.schemas.columns import TableColumn, describes, describes_another


class DatasetNames:
    """Finds the name in a dataset of each table of a database."""

    def __init__(self, tables: Iterable[TableListItem]) -> None:
        self._by_original: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        for table in tables:
            original = original_name(table.friendly_name, table.table_id)
            self._by_original[original] = table.table_id
            self._originals[table.table_id.lower()] = original

    def settle(self, names: Mapping[str, str]) -> dict[str, str]:
        """The names of a database's tables, by their names in Firebird.

        A table of an earlier load keeps its name. A new table gets the name in `names`, or its own
        with a hash if the dataset has that name for another table of Firebird.
        """
        return {name: self._settled(name, listed) for name, listed in names.items()}

    def _settled(self, name: str, listed: str) -> str:
        if name in self._by_original:
            return self._by_original[name]
        owner = self._originals.get(listed.lower(), name)
        return listed if owner == name else name_with_hash(name)


def original_name(friendly_name: str | None, table_id: str) -> str:
    """The name in Firebird of a table: its friendly name, unless a person has changed that."""
    if friendly_name and table_id in possible_names(friendly_name):
        return friendly_name
    return table_id


def settle_columns(
    existing: Sequence[SchemaField], columns: Sequence[TableColumn]
) -> list[TableColumn]:
    """The columns of a file with the names that the existing table has for them.

    A column gets a hash if its name is that of another column of Firebird.
    """
    fields = {field.name.lower(): field for field in existing}
    kept = {column.original: _kept_name(column, fields) for column in columns}
    taken = {name.lower() for name in kept.values() if name is not None}
    return [
        column._replace(name=kept[column.original] or _free_name(column, fields, taken))
        for column in columns
    ]


def _kept_name(column: TableColumn, fields: Mapping[str, SchemaField]) -> str | None:
    """The name of the field that an earlier load has made for the column; None without one."""
    for name in possible_names(column.original):
        field = fields.get(name.lower())
        if field is None or describes_another(field, column.original):
            continue
        if field.name == column.original or describes(field, column.original):
            kept: str = field.name
            return kept
    return None


def _free_name(
    column: TableColumn, fields: Mapping[str, SchemaField], taken: Container[str]
) -> str:
    name = column.name.lower()
    field = fields.get(name)
    is_another = field is not None and describes_another(field, column.original)
    return name_with_hash(column.original) if is_another or name in taken else column.name
