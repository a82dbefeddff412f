"""The option `--schema-sql`: the file schema.sql in a ZIP or a folder."""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

import gdb_export
from gdb_export.cli.command_line import main
from tests.data.databases import database_bytes
from tests.schema_sql.rebuilt import script_of

NAME = "fb15/types"
SCRIPT = script_of(database_bytes(NAME)).text.encode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(database_bytes(NAME))
    return path


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_has_the_script_before_the_manifest(source: Path, capsys: Any) -> None:
    assert main(["export", str(source), "--schema-sql"]) == 0
    members = members_of(source.with_suffix(".zip"))
    assert list(members)[-2:] == ["schema.sql", "datapackage.json"]
    assert members["schema.sql"] == SCRIPT
    manifest = json.loads(members["datapackage.json"])
    assert manifest["x-options"]["schema-sql"] is True
    assert manifest["x-schema-sql"] == {
        "path": "schema.sql",
        "bytes": len(SCRIPT),
        "hash": f"crc32:{zlib.crc32(SCRIPT):08x}",
    }
    # a column of this database has a type that newer engines refuse
    warning = (
        "schema.sql: 1 definition can't be created as before; the first: the type of T_BLOB.BP"
    )
    assert warning in capsys.readouterr().err
    assert any(text.startswith(warning) for text in manifest["x-warnings"])


def test_without_the_option_nothing_changes(source: Path) -> None:
    assert main(["export", str(source), "--schema-sql"]) == 0
    with_script = members_of(source.with_suffix(".zip"))
    assert main(["export", str(source), "--overwrite"]) == 0
    members = members_of(source.with_suffix(".zip"))
    assert with_script.keys() - members.keys() == {"schema.sql"}
    assert "schema-sql" not in members.pop("datapackage.json").decode()
    assert members == {name: with_script[name] for name in members}


def test_a_folder_has_the_script_and_can_be_replaced(source: Path) -> None:
    command = ["export", str(source), "--format", "parquet", "--schema-sql"]
    assert main(command) == 0
    folder = source.with_suffix("")
    assert (folder / "schema.sql").read_bytes() == SCRIPT
    assert main([*command, "--overwrite"]) == 0
    assert main(["export", str(source), "--format", "parquet", "--overwrite"]) == 0
    assert not (folder / "schema.sql").exists()


def test_a_foreign_script_in_a_folder_is_kept(source: Path) -> None:
    command = ["export", str(source), "--format", "parquet", "--tables", "T_DOM", "--overwrite"]
    assert main(command) == 0
    foreign = source.with_suffix("") / "schema.sql"
    foreign.write_text("-- mine\n")
    assert main(command) == 2
    assert foreign.read_text() == "-- mine\n"


def test_both_formats_and_the_library_write_it(source: Path, tmp_path: Path) -> None:
    with gdb_export.open(source) as db:
        done = db.export(tmp_path / "out.zip", format="csv,parquet", schema_sql=True)
    assert members_of(tmp_path / "out.zip")["schema.sql"] == SCRIPT
    assert done.folder is not None
    assert Path(done.folder, "schema.sql").read_bytes() == SCRIPT
    assert len([text for text in done.warnings if text.startswith("schema.sql")]) == 1


def test_a_csv_alone_can_not_have_it(source: Path, capsys: Any) -> None:
    assert main(["export", str(source), "--csv", "--tables", "T_DOM", "--schema-sql"]) == 2
    assert "--csv writes one table and no schema.sql" in capsys.readouterr().err


def test_the_option_is_no_difference_between_exports(source: Path, tmp_path: Path) -> None:
    for name, options in (("a.zip", []), ("b.zip", ["--schema-sql"])):
        assert main(["export", str(source), str(tmp_path / name), *options]) == 0
    assert main(["diff", str(tmp_path / "a.zip"), str(tmp_path / "b.zip")]) == 0
