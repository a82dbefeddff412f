"""`gdb-export diff`: tables, columns, types, rows and content of two exports or databases."""

from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from gdb_export.cli.packages.diff_command import differences
from tests.firebird.database_builder import DatabaseBuilder, integer_row

Rows = dict[str, list[tuple[int, int]]]


def database(path: Path, rows: Rows) -> str:
    builder = DatabaseBuilder((12, 0))
    for name, of_table in rows.items():
        builder.table(name, [integer_row(*values) for values in of_table])
    path.write_bytes(builder.build())
    return str(path)


def test_tables_and_rows_that_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = database(tmp_path / "old.fdb", {"GONE": [(1, 2)], "GREW": [(1, 2)], "OTHER": [(1, 2)]})
    new = database(
        tmp_path / "new.fdb", {"CAME": [(1, 2)], "GREW": [(1, 2), (3, 4)], "OTHER": [(1, 3)]}
    )
    assert main(["diff", old, new]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "+ CAME: 1 rows",
        "- GONE: 1 rows",
        "~ GREW: 1 rows are now 2 (+1)",
        "~ OTHER: 1 rows, other content",
    ]


def test_a_database_equals_its_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = database(tmp_path / "a.fdb", {"T": [(1, 2), (3, 4)]})
    assert main(["export", source, "--quiet"]) == 0
    capsys.readouterr()
    assert main(["diff", source, str(tmp_path / "a.zip")]) == 0
    assert capsys.readouterr().out == "the same tables, columns, types and rows\n"


def test_columns_and_types_that_changed() -> None:
    def package(**types: str) -> dict[str, object]:
        fields = [{"name": name, "x-firebird-type": type_} for name, type_ in types.items()]
        table = {"title": "T", "rows": 1, "bytes": 2, "hash": "", "schema": {"fields": fields}}
        return {"resources": [table]}

    found = differences(package(A="INTEGER", B="DATE"), package(A="BIGINT", C="TIME"))
    assert list(found) == [
        "- T.B: DATE",
        "~ T.A: INTEGER is now BIGINT",
        "+ T.C: TIME",
    ]


def test_a_failure_has_another_exit_code_than_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unreadable = tmp_path / "EMPTY.GDB"
    unreadable.write_bytes(bytes(5000))
    for other in (tmp_path / "missing.gdb", unreadable):
        assert main(["diff", str(other), str(other)]) == 2
        assert capsys.readouterr().err.startswith("gdb-export: ")
    # the exit code 2 for a failure is that of diff only
    assert main(["inspect", str(unreadable)]) == 1
