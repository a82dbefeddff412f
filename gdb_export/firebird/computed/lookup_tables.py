"""Tables of the database that the subselects of computed columns read.

Each table is found once and read with one set of readers. Rows are read once for each set of
columns that subselects need, and shared by all subselects that need the same set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupRow
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.values.value_types import Value
from gdb_export.firebird.values.values import Read

# Maximum number of rows of one table, which are held in memory
MAX_ROWS = 100_000
# Maximum bytes of the rows that the subselects of one table hold, of all tables that they read
MAX_HELD_BYTES = 64 << 20
_BYTES_OF_ROW, _BYTES_OF_VALUE = 250, 60  # without the text of a value

# Makes the reader of a stored column of a table, from the column, a format's number and its layout
ReaderFactory = Callable[[Column, int, Format], Read]


@dataclass(slots=True)
class HeldBytes:
    """The approximate bytes that all lookup tables hold together."""

    count: int = 0

    def add(self, row: LookupRow) -> None:
        """Raises EvaluationError beyond MAX_HELD_BYTES."""
        texts = (len(value) for value in row.values() if isinstance(value, str | bytes))
        self.count += _BYTES_OF_ROW + _BYTES_OF_VALUE * len(row) + sum(texts)
        if self.count > MAX_HELD_BYTES:
            raise EvaluationError(f"subselects of more than {MAX_HELD_BYTES >> 20} MB of rows")


@dataclass(frozen=True, slots=True)
class StoredLookupTable:
    """A table of the database, without its computed columns and arrays."""

    database: DatabaseReader
    table: Table
    make_reader: ReaderFactory
    columns: Mapping[ColumnKey, Column]
    held: HeldBytes
    _rows: dict[frozenset[ColumnKey], Sequence[LookupRow]] = field(default_factory=dict)

    def column(self, key: ColumnKey) -> Descriptor | None:
        column = self.columns.get(key)
        return None if column is None else column.descriptor

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        """The given columns of all rows in table order; a damaged field is NULL."""
        if keys not in self._rows:
            self._rows[keys] = self._read(keys)
        return self._rows[keys]

    def _read(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        readers: dict[int, dict[ColumnKey, Read]] = {}
        rows: list[dict[ColumnKey, Value | None]] = []
        steps = 1 + len(keys)
        for format_number, layout, image in self.database.images(self.table):
            self.database.budget.spend(steps)
            if format_number not in readers:
                readers[format_number] = {
                    key: self.make_reader(self.columns[key], format_number, layout) for key in keys
                }
            rows.append({key: _value(read, image) for key, read in readers[format_number].items()})
            self.held.add(rows[-1])
            if len(rows) > MAX_ROWS:
                raise EvaluationError(f"a subselect of a table of more than {MAX_ROWS} rows")
        return rows


def _value(read: Read, image: bytes) -> Value | None:
    """The value of a field; None if it is damaged, which the export of its table reports."""
    try:
        return read(image)
    except Damage:
        return None


class OneRow:
    """RDB$DATABASE: one row, whose columns are not read. Subselects that need no table use it."""

    def column(self, key: ColumnKey) -> Descriptor | None:
        return None

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        return ({},)


class LookupTables:
    """Finds the tables that the expressions of one table read. `make_factory` makes the readers of
    a table's columns; it is called once for each table."""

    def __init__(
        self, database: DatabaseReader, make_factory: Callable[[Table], ReaderFactory]
    ) -> None:
        self._database = database
        self._make_factory = make_factory
        self._held = HeldBytes()
        self._by_name: dict[QualifiedName, Table] | None = None
        self._found: dict[QualifiedName, StoredLookupTable] = {}

    def find(self, name: QualifiedName) -> StoredLookupTable | OneRow | None:
        """The table with that name, or None if it is not a table with stored rows."""
        if name.object == "RDB$DATABASE":
            return OneRow()
        if name not in self._found:
            if self._by_name is None:
                tables = reversed(self._database.tables)  # of equal names the first one remains
                self._by_name = {table.qualified_name: table for table in tables}
            table = self._by_name.get(name)
            if table is None or table.kind is not TableKind.TABLE:
                return None
            self._found[name] = self._open(table)
        return self._found[name]

    def _open(self, table: Table) -> StoredLookupTable:
        columns: dict[ColumnKey, Column] = {}
        for column in table.columns:
            if not column.is_computed and not column.dimensions:
                columns[column.name] = columns[column.field_id] = column
        factory = self._make_factory(table)
        return StoredLookupTable(self._database, table, factory, columns, self._held)
