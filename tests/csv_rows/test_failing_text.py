"""A value that cannot be formatted costs its row only."""

from typing import Any

import pytest

from gdb_export.csv_rows import field_texts
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.firebird.core.errors import Damage
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
    with pytest.raises(Damage, match=r"TypeError: not of this type"):
        formatter.line(1, layout, integer_row(1, 2))
    assert formatter.line(1, layout, integer_row(None, None)) == b",\n"
