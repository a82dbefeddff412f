"""The statements for Firebird, run by the embedded engine: the new tables are like the old ones."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from gdb_export.cli.command_line import main
from tests.ddl.exported import written
from tests.export.test_manifest import manifest_of
from tests.firebird.definitions.library_catalogue import SCRIPT


def test_tables_keys_checks_indices_and_comments_are_made_again(
    engine: ModuleType, tmp_path: Path
) -> None:
    original = tmp_path / "library.fdb"
    with engine.create(original, charset="UTF8") as connection:
        engine.run_script(connection, SCRIPT)
    described = manifest_of(original.read_bytes())
    text, reports = written(described, "firebird", load=False)
    copy = tmp_path / "copy.fdb"
    with engine.create(copy, charset="UTF8") as connection:
        engine.run_script(connection, text)
    assert not reports
    assert [comparable(each) for each in manifest_of(copy.read_bytes())["resources"]] == [
        comparable(each) for each in described["resources"]
    ]


def comparable(resource: dict[str, Any]) -> str:
    """The resource without the names of domains, which the statements leave out."""
    for field in resource["schema"]["fields"]:
        field.pop("x-domain", None)
    resource["x-primary-key-name"] = resource["schema"]["primaryKey"]
    return json.dumps(resource["schema"]) + json.dumps(resource.get("x-checks", []))


def test_the_command_reads_databases_folders_and_zips(tmp_path: Path, capsys: Any) -> None:
    from tests.data.databases import database_bytes

    source = tmp_path / "names.fdb"
    source.write_bytes(database_bytes("fb15/names"))
    assert main(["export", str(source), "--quiet"]) == 0
    printed = []
    for location in (source, tmp_path / "names.zip"):
        capsys.readouterr()
        assert main(["ddl", str(location), "--for", "firebird"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert 'CREATE TABLE "FK1"' in printed[0]
    assert main(["ddl", str(source), "--for", "firebird", "--load"]) == 2


ARRAYS = """
CREATE TABLE T (ID INTEGER, A SMALLINT[3], B VARCHAR(5) [0:2, -1:1] CHARACTER SET UTF8,
  C NUMERIC(9, 2)[2], D VARCHAR(9) CHARACTER SET WIN1252 COLLATE WIN_PTBR,
  E BLOB SUB_TYPE TEXT CHARACTER SET UTF8 COLLATE UNICODE_CI, F VARCHAR(5) CHARACTER SET UTF8);
"""


def test_arrays_and_collations_are_made_again(engine: ModuleType, tmp_path: Path) -> None:
    original, copy = tmp_path / "original.fdb", tmp_path / "copy.fdb"
    with engine.create(original, charset="UTF8") as connection:
        engine.run_script(connection, ARRAYS)
    described = manifest_of(original.read_bytes())
    fields = {field["name"]: field for field in described["resources"][0]["schema"]["fields"]}
    assert [fields[name]["x-element-type"] for name in "ABC"] == [
        "SMALLINT",
        "VARCHAR(5) CHARACTER SET UTF8",
        "NUMERIC(9,2)",
    ]
    assert fields["B"]["x-firebird-type"] == "ARRAY [0:2,-1:1]"
    assert [fields[name].get("x-collation") for name in "DEF"] == ["WIN_PTBR", "UNICODE_CI", None]
    text, reports = written(described, "firebird", load=False)
    with engine.create(copy, charset="UTF8") as connection:
        engine.run_script(connection, text)
    assert not reports
    assert manifest_of(copy.read_bytes())["resources"] == described["resources"]


def test_an_array_of_an_older_manifest_is_named(tmp_path: Path) -> None:
    from tests.data.databases import database_bytes

    described = manifest_of(database_bytes("fb50/arrays"))
    for resource in described["resources"]:
        for field in resource["schema"]["fields"]:
            field.pop("x-element-type", None)
    text, _ = written(described, "firebird", load=False)
    assert "/* an ARRAY [" in text


def test_a_source_can_not_end_its_statement() -> None:
    from tests.data.databases import database_bytes

    described = manifest_of(database_bytes("fb15/names"))
    table = next(each for each in described["resources"] if each["title"] == "FK1")
    table["x-checks"] = [
        {"name": "A", "source": "CHECK (ID > 0); SHELL date"},
        {"name": "B", "source": "CHECK (ID <> ';')"},
        {"name": "C", "source": "CHECK (ID <> 'x)"},
    ]
    text, _ = written(described, "firebird", load=False)
    lines = [line for line in text.splitlines() if " ADD CONSTRAINT " in line and "CHECK" in line]
    assert [line.startswith("-- not created: ALTER TABLE") for line in lines] == [True, False, True]
    assert all(line.startswith("--") for line in text.splitlines() if "SHELL" in line)
