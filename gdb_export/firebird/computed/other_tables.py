"""Other tables that a computed column looks values up in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.computed.blr.nodes import ColumnKey
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.values.value_types import Value
from gdb_export.firebird.values.values import Read

# A table of more rows is no table for looking up: it would be held in memory
MAX_ROWS = 100_000


@runtime_checkable
class RandomAccess(Protocol):
    """Contents of which a table can be read while another one is: not those of a stream."""

    @property
    def tables(self) -> Sequence[Table]: ...

    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Number of the format, format and record image of every row; damaged ones are left out,
        since they are reported with their own table."""
        ...


class MakeReader(Protocol):
    """A reader of a stored column in images of a format, by the format's number."""

    def __call__(self, table: Table, column: Column, number: int, layout: Format) -> Read: ...


@dataclass(frozen=True, slots=True)
class LookupTable:
    """One table as expressions of others see it: without its computed columns."""

    contents: RandomAccess
    table: Table
    make_reader: MakeReader
    columns: Mapping[ColumnKey, Column]

    def column(self, key: ColumnKey) -> Descriptor | None:
        column = self.columns.get(key)
        return None if column is None else column.descriptor

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[Mapping[ColumnKey, Value | None]]:
        """The values of some columns in all rows, in the order of the table."""
        readers: dict[int, dict[ColumnKey, Read]] = {}
        rows = []
        for number, layout, image in self.contents.images(self.table):
            if number not in readers:
                readers[number] = {
                    key: self.make_reader(self.table, self.columns[key], number, layout)
                    for key in keys
                }
            try:
                rows.append({key: read(image) for key, read in readers[number].items()})
            except Damage:
                continue
            if len(rows) > MAX_ROWS:
                raise EvaluationError(f"a subselect of a table of more than {MAX_ROWS} rows")
        return rows


def lookup_table(contents: object, name: str, make_reader: MakeReader) -> LookupTable | None:
    """The table of that name, or None where there is none that can be read."""
    if not isinstance(contents, RandomAccess):
        return None
    table = next((one for one in contents.tables if one.name == name), None)
    if table is None or table.kind is not TableKind.TABLE:
        return None
    columns: dict[ColumnKey, Column] = {}
    for column in table.columns:
        if not column.is_computed and not column.dimensions:
            columns[column.name] = columns[column.field_id] = column
    return LookupTable(contents, table, make_reader, columns)
