"""schema.sql makes an empty database whose catalogue is that of the original."""

import gzip
import json
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gdb_export.cli.command_line import main
from gdb_export.schema_sql.statements import Kind, Statement, left_out
from gdb_export.schema_sql.views_and_triggers import trigger_event
from tests.data.databases import backup_bytes, database_bytes
from tests.engine.backups import back_up
from tests.export.golden import CORPUS
from tests.schema_sql.comparable_catalogue import comparable
from tests.schema_sql.everything import EVERYTHING
from tests.schema_sql.rebuilt import reader_of, rebuilt, script_of

ROWS = """
    INSERT INTO AUTHOR (NAME) VALUES ('a');
    INSERT INTO SERIES DEFAULT VALUES;
    INSERT INTO SERIES DEFAULT VALUES;
"""
SMALL = (
    "fb15/types",
    "fb15/evolve",
    "fb25/types",
    "fb40/types",
    "fb50/dialect_1",
    "interbase/dbdemos_15_0",
)
# Databases with sub types that newer engines refuse, or that no statement makes
CHANGED = {
    "fb15/types": (
        "the type of T_BLOB.BP: Firebird 2 and newer refuse its sub type 7: 0 is written",
    ),
    "fb15/evolve": (
        "the type of E2.P15: a NUMERIC with 0 decimals of dialect 1, stored as DOUBLE PRECISION",
        "the type of E2.P20: its sub type 1 is left over from an older type: 0 is written",
    ),
}
_CHANGED_TYPE = re.compile(r"the type of (\w+)\.(\w+): ")
_REFUSED_BODY = re.compile(r"Firebird 4 and newer refuse SUSPEND in (\w+) without RETURNS")


@pytest.fixture(scope="module")
def everything(engine: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("everything") / "everything.fdb"
    with engine.create(path, charset="WIN1252") as connection:
        engine.run_script(connection, EVERYTHING + ROWS)
    return path


def test_a_database_with_everything_is_made_again(
    engine: ModuleType, everything: Path, tmp_path: Path
) -> None:
    original = reader_of(everything.read_bytes())
    script = script_of(everything.read_bytes())
    assert script.notes == ()
    copy = reader_of(rebuilt(engine, script.text, original, tmp_path / "copy.fdb"))
    sections, expected = comparable(copy), comparable(original)
    assert all(expected.values())
    for name, rows in expected.items():
        assert sections[name] == rows


@pytest.mark.parametrize("options", [[], ["NON_TRANSPORTABLE"], ["ZIP"]])
def test_a_backup_gives_the_script_of_its_database(
    engine: ModuleType, everything: Path, tmp_path: Path, options: list[str]
) -> None:
    backup = tmp_path / "everything.fbk"
    back_up(everything, backup, *options)
    assert script_of(backup.read_bytes()) == script_of(everything.read_bytes())


@pytest.mark.parametrize("name", ["fb15/types", "fb25/types", "fb15/evolve"])
def test_a_backup_of_another_engine_gives_the_script_of_its_database(name: str) -> None:
    assert script_of(backup_bytes(name)) == script_of(database_bytes(name))


def assert_made_again(engine: ModuleType, data: bytes, folder: Path) -> None:
    """Compare the catalogues, without the columns and procedures that comments name."""
    original, script = reader_of(data), script_of(data)
    changed = [_CHANGED_TYPE.match(note) for note in script.notes]
    refused = [match[1] for note in script.notes if (match := _REFUSED_BODY.match(note))]
    differences = [(repr(match[1]), repr(match[2])) for match in changed if match]
    differences += [(repr(name), "'PROCEDURE_SOURCE'") for name in refused]
    assert len(differences) == len(script.notes)

    def kept(rows: list[Any]) -> list[Any]:
        texts = ((row, repr(row)) for row in rows)
        return [
            row for row, text in texts if not any(a in text and b in text for a, b in differences)
        ]

    copy = reader_of(rebuilt(engine, script.text, original, folder / "copy.fdb", refused))
    is_old = original.ods < (13, 0)
    sections, expected = comparable(copy, is_old), comparable(original, is_old)
    for name, rows in expected.items():
        assert kept(sections[name]) == kept(rows), name


@pytest.mark.parametrize("name", SMALL)
def test_databases_of_every_version_are_made_again(
    engine: ModuleType, name: str, tmp_path: Path
) -> None:
    assert script_of(database_bytes(name)).notes == CHANGED.get(name, ())
    assert_made_again(engine, database_bytes(name), tmp_path)


@pytest.mark.skipif(
    not CORPUS.is_dir() or not os.environ.get("SCHEMA_CORPUS"),
    reason="the corpus is not installed, or SCHEMA_CORPUS does not ask for it",
)
@pytest.mark.parametrize(
    "packed",
    sorted(CORPUS.glob("fb*/*.fdb.gz")),
    ids=lambda path: f"{path.parent.name}-{path.name[:-7]}",
)
def test_databases_of_the_corpus_are_made_again(
    engine: ModuleType, packed: Path, tmp_path: Path
) -> None:
    assert_made_again(engine, gzip.decompress(packed.read_bytes()), tmp_path)


@pytest.mark.parametrize("name", ["employee_13_2", "employee_16_1", "employee_19_0"])
def test_definitions_of_interbase_are_written(name: str) -> None:
    text = script_of(database_bytes(f"interbase/{name}")).text
    assert 'CREATE TABLE "EMPLOYEE" (' in text
    assert 'CREATE DOMAIN "JOBCODE"' in text
    assert "FOREIGN KEY" in text


def test_schemas_of_firebird_6_are_written() -> None:
    script = script_of(database_bytes("fb60/schemas"))
    assert "CREATE SCHEMA" in script.text
    assert 'CREATE TABLE "PUBLIC".' in script.text


@pytest.mark.parametrize(
    ("trigger_type", "event"),
    [
        (1, "BEFORE INSERT"),
        (2, "AFTER INSERT"),
        (3, "BEFORE UPDATE"),
        (6, "AFTER DELETE"),
        (17, "BEFORE INSERT OR UPDATE"),
        (114, "AFTER INSERT OR UPDATE OR DELETE"),
        (8192, "ON CONNECT"),
        (8196, "ON TRANSACTION ROLLBACK"),
        (16384 + 2, "BEFORE CREATE TABLE"),
        (0, ""),
        (8200, ""),
        (16384, ""),
        (4000, ""),
        (-1, ""),
    ],
)
def test_trigger_types(trigger_type: int, event: str) -> None:
    assert trigger_event(trigger_type) == event


def test_what_is_left_out_is_a_comment() -> None:
    assert left_out("the view V") == Statement("not created: the view V", Kind.NOTE)


def test_inspect_shows_the_parameters_of_programs(everything: Path, capsys: Any) -> None:
    assert main(["inspect", str(everything), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    programs = {program["name"]: program for program in shown["programs"]}
    assert programs["COUNT_BOOKS"]["parameters"] == [
        {
            "name": "A",
            "direction": "in",
            "type": 'VARCHAR(5) CHARACTER SET WIN1252 COLLATE "WIN_PTBR"',
        },
        {"name": "B", "direction": "in", "type": '"CODE"', "default": "= 'x'"},
        {"name": "N", "direction": "out", "type": "INTEGER", "description": "the number"},
        {"name": "M", "direction": "out", "type": 'TYPE OF COLUMN "AUTHOR"."NAME"'},
    ]
    assert programs["TWICE"]["parameters"][0] == {"type": "NUMERIC(18, 2)"}
    assert programs["OLD_VALUE"]["parameters"][-1] == {"type": "NUMERIC(9, 2)"}
    assert programs["TOOLS.RUN"]["parameters"][0]["default"] == "DEFAULT 3"
    assert "parameters" not in programs["BOOK_GONE"]
