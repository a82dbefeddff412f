"""Rows of a CSV as tuples of fields, to compare them by their columns."""

import hashlib
import re
from collections import Counter
from typing import NamedTuple

Row = tuple[str, ...]

_FIELD = re.compile(r'((?:"[^"]*")+|[^",]*),')
_MAX_FIELD = 100  # characters of a field that is kept; of longer ones the hash


class TableRows(NamedTuple):
    """The names of a table's columns, and its rows in the order of the CSV. Fields are as in the
    CSV, with their quotes: NULL is empty and an empty text is two quotes."""

    columns: Row
    rows: list[Row]

    def counted(self) -> "Counter[Row]":
        return Counter(self.rows)

    def with_columns(self, columns: Row) -> "TableRows":
        """The rows with these columns; those that the table does not have are NULL."""
        if columns == self.columns:
            return self
        indexes = [self.columns.index(name) if name in self.columns else -1 for name in columns]
        rows = [tuple(row[index] if index >= 0 else "" for index in indexes) for row in self.rows]
        return TableRows(columns, rows)


def table_rows(text: str) -> TableRows:
    """The rows of a CSV; a quoted field may hold line breaks."""
    rows: list[Row] = []
    lines: list[str] = []
    quotes = 0
    for line in text.split("\n")[:-1]:
        lines.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            rows.append(_fields("\n".join(lines)))
            lines = []
    return TableRows(rows[0], rows[1:])


def _fields(line: str) -> Row:
    fields = _FIELD.findall(f"{line},") if '"' in line else line.split(",")
    return tuple(field if len(field) <= _MAX_FIELD else _hash(field) for field in fields)


def _hash(field: str) -> str:
    return f"{len(field)} characters {hashlib.sha256(field.encode()).hexdigest()}"
