"""A value that cannot be formatted costs its field only."""

from typing import Any

import pytest

from gdb_export.csv_rows import field_texts
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.database import Database
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.database_builder import DatabaseBuilder, integer_row


def test_an_unexpected_error_while_formatting_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = DatabaseBuilder()
    builder.table("T", [integer_row(1, 2)])

    def fail(value: Any) -> str:
        raise TypeError("not of this type")

    monkeypatch.setattr(field_texts, "text_of", lambda descriptor: fail)
    database = Database(builder.source())
    formatter = RowFormatter(database, database.tables[0], TextDecoder(53))
    layout = database.format(database.tables[0], 1)
    location = RowLocation(7, 3)
    assert formatter.line(1, layout, integer_row(None, None), location) == b",\n"
    assert formatter.stats.damage.count == 0
    assert formatter.line(1, layout, integer_row(1, None), location) == b",\n"
    (entry,) = formatter.stats.damage.entries
    assert "TypeError: not of this type" in entry.reason
    assert (entry.page, entry.slot, entry.column) == (7, 3, "A")
