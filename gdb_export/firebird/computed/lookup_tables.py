"""Tables of the database that the subselects of computed columns read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupRow
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.values.value_types import Value
from gdb_export.firebird.values.values import Read

# Maximum number of rows, which are held in memory
MAX_ROWS = 100_000

# Makes the reader of a stored column from the table, the column, a format's number and its layout
ReaderFactory = Callable[[Table, Column, int, Format], Read]


@dataclass(frozen=True, slots=True)
class StoredLookupTable:
    """A table of the database, without its computed columns and arrays."""

    database: DatabaseReader
    table: Table
    make_reader: ReaderFactory
    columns: Mapping[ColumnKey, Column]

    def column(self, key: ColumnKey) -> Descriptor | None:
        column = self.columns.get(key)
        return None if column is None else column.descriptor

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        """The given columns of all rows in table order, without rows in which one is damaged."""
        readers: dict[int, dict[ColumnKey, Read]] = {}
        rows: list[dict[ColumnKey, Value | None]] = []
        for format_number, layout, image in self.database.images(self.table):
            if format_number not in readers:
                readers[format_number] = {
                    key: self.make_reader(self.table, self.columns[key], format_number, layout)
                    for key in keys
                }
            try:
                rows.append({key: read(image) for key, read in readers[format_number].items()})
            except Damage:
                continue
            if len(rows) > MAX_ROWS:
                raise EvaluationError(f"a subselect of a table of more than {MAX_ROWS} rows")
        return rows


def lookup_table(
    database: DatabaseReader, name: QualifiedName, make_reader: ReaderFactory
) -> StoredLookupTable | None:
    """The table with that name, or None if it is not a table with stored rows."""
    table = next((table for table in database.tables if table.qualified_name == name), None)
    if table is None or table.kind is not TableKind.TABLE:
        return None
    columns: dict[ColumnKey, Column] = {}
    for column in table.columns:
        if not column.is_computed and not column.dimensions:
            columns[column.name] = columns[column.field_id] = column
    return StoredLookupTable(database, table, make_reader, columns)
