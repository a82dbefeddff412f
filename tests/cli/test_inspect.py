"""`gdb-export inspect`: totals, the orders of tables, and one table with its columns."""

import json
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from gdb_export.cli.errors import USAGE
from tests.export.golden import DATA, unpack


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(unpack(DATA / "fb15" / "cnes.fdb.gz", tmp_path))


def table_lines(text: str) -> list[str]:
    """The lines of tables between the heading and the total."""
    return text.splitlines()[2:-1]


def test_totals(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", database]) == 0
    text = capsys.readouterr().out
    tables, noun, pages, rows = text.splitlines()[-1].split()
    lines = [line.split() for line in table_lines(text)]
    assert (int(tables), noun) == (len(lines), "tables")
    assert number(pages) == sum(number(line[1]) for line in lines)
    assert number(rows) == sum(number(line[2]) for line in lines)


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize(("order", "column"), [("size", 1), ("rows", 2)])
def test_the_largest_first(
    database: str, order: str, column: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", "--sort", order, database]) == 0
    lines = table_lines(capsys.readouterr().out)
    counts = [number(line.split()[column]) for line in lines]
    assert counts == sorted(counts, reverse=True)
    assert lines[0].startswith("LFCES004" if order == "size" else "LFCES021")


@pytest.mark.parametrize("name", ["LFCES004", "lfces004"])
def test_one_table_with_its_columns(
    database: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", database, name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "LFCES004: table, 1,546 pages, about 4,947 rows"
    assert lines[2].split() == ["column", "type"]
    assert len(lines) == 3 + 60 + 1  # an index
    assert lines[3].split() == "UNIDADE_ID VARCHAR(31) CHARACTER SET NONE NOT NULL".split()
    assert main(["inspect", database, name, "--json"]) == 0
    (table,) = json.loads(capsys.readouterr().out)["tables"]
    assert len(table["columns"]) == 60


def test_an_unknown_table_is_named(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", database, "NOTHING"]) == USAGE
    assert "there is no table 'NOTHING'; there are CFCES006" in capsys.readouterr().err


def test_keys_defaults_and_indices_of_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = str(unpack(DATA / "interbase" / "employee_19_0.fdb.gz", tmp_path))
    assert main(["inspect", database, "JOB"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "primary key (JOB_CODE, JOB_GRADE, JOB_COUNTRY)" in lines
    assert "foreign key (JOB_COUNTRY) references COUNTRY (COUNTRY)" in lines
    assert "CHECK (min_salary < max_salary)" in lines
    assert "descending index MAXSALX (JOB_COUNTRY, MAX_SALARY)" in lines
    assert any(line.endswith("NOT NULL DEFAULT 0") for line in lines)


def test_all_definitions_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = str(unpack(DATA / "interbase" / "employee_19_0.fdb.gz", tmp_path))
    assert main(["inspect", database, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (job,) = [table for table in document["tables"] if table["name"] == "JOB"]
    assert job["constraints"]["primary_key"]["columns"] == ["JOB_CODE", "JOB_GRADE", "JOB_COUNTRY"]
    assert {program["kind"] for program in document["programs"]} >= {"trigger", "procedure"}
    assert document["exceptions"]
    assert document["views"][0]["source"].startswith("SELECT")
    assert document["sequences"][0]["value"]
