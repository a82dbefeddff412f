"""A text that can't be made of a value costs its row, and no more."""

from typing import Any

import pytest

from gdb_export.csv_rows import row_lines
from gdb_export.csv_rows.row_lines import RowLines
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.database_builder import DatabaseBuilder, integer_row


def lines_of(made: DatabaseBuilder) -> tuple[RowLines, Database]:
    database = Database(made.source())
    lines = RowLines(database, database.tables[0], TextDecoder(53))
    lines.account = TableStats(DamageLog("T"))
    return lines, database


def test_an_error_of_pythons_in_a_text_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    made = DatabaseBuilder()
    made.table("T", [integer_row(1, 2)])

    def fail(value: Any) -> str:
        raise TypeError("not of this type")

    monkeypatch.setattr(row_lines, "text_of", lambda descriptor: fail)
    lines, database = lines_of(made)
    layout = database.format(database.tables[0], 1)
    with pytest.raises(Damage, match=r"unexpected error \(TypeError: not of this type"):
        lines.line(1, layout, integer_row(1, 2))
    assert lines.line(1, layout, integer_row(None, None)) == b",\n"
