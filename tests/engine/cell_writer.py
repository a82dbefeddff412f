"""Queries the engine for single cells, because one value that fails ends a whole query."""

from collections.abc import Iterator

from tests.engine.golden_csv import TableWriter
from tests.engine.raw_rows import select


class CellWriter(TableWriter):
    """Writes the cells of a table whose key is the column ID; a value that fails is NULL."""

    def cells(self, row: int) -> Iterator[str]:
        """Yields the CSV fields of a row."""
        for index in range(len(self.fields)):
            yield self.cell(index, f"{self.cell_query(index)} WHERE ID = {row}")

    def cell(self, index: int, query: str) -> str:
        from firebird.driver import DatabaseError

        try:
            columns, rows = select(self.connection, query)
            (values,) = list(rows)
            return self.field(index, columns[0], values[0])
        except DatabaseError:
            return ""

    def cell_query(self, index: int) -> str:
        fields, self.fields = self.fields, self.fields[index : index + 1]
        query = self.query()
        self.fields = fields
        # Dialect 1 has no quoted identifiers
        return query if self.connection.sql_dialect == 3 else query.replace('"', "")
