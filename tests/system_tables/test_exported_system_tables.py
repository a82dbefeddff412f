"""System tables on request, equal to the engine's own rows.

`NAME.system.zip` beside a database has the CSV of each stored system table, as `SELECT *` gives it
in the engine that wrote the database (3.0.14, 4.0.7, 5.0.4).
"""

import io
import json
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import gdb_export
from gdb_export.arrow.implementation import REFERENCE
from gdb_export.arrow.table_batches import table_reader
from gdb_export.cli.command_line import main
from gdb_export.contract.options import options_from_metadata
from gdb_export.options import BadOption, ExportOptions, options_from_fields
from tests.arrow.comparable import batch_values
from tests.csv_rows.implementations import COMPILED, IMPLEMENTATIONS, implementation
from tests.csv_rows.whole_export import exported_zip
from tests.data.databases import DATA, backup_bytes, database_bytes
from tests.export.golden import exported_tables
from tests.export.in_memory import export_in_memory

GOLDEN = ("fb30/types", "fb40/types", "fb50/computed_columns")
# Databases of each older and newer on-disk structure
OTHERS = ("fb15/types", "fb20/types", "fb21/types", "fb25/types", "fb60/schemas")
INTERBASE = ("interbase/employee_13_2", "interbase/employee_16_1", "interbase/employee_19_0")


def golden_system_tables(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(DATA / f"{name}.system.zip") as archive:
        return {member[:-4]: archive.read(member) for member in archive.namelist()}


@pytest.mark.parametrize("name", GOLDEN)
def test_all_system_tables_are_equal_to_the_engines(name: str, tmp_path: Path) -> None:
    source, target = tmp_path / "a.fdb", tmp_path / "a.zip"
    source.write_bytes(database_bytes(name))
    assert main(["export", str(source), "--system-tables"]) == 0
    exported = exported_tables(target)
    golden = golden_system_tables(name)
    assert len(golden) > 30
    assert {table: exported.pop(table) for table in golden} == golden
    with gdb_export.open(source) as db:
        assert exported.keys() == db.tables.keys()


@pytest.mark.parametrize("name", [*OTHERS, *INTERBASE])
def test_both_implementations_export_the_same_rows_of_each_structure(name: str) -> None:
    data = database_bytes(name)
    zips = [
        exported_zip(data, implementation(chosen), system_tables=True) for chosen in IMPLEMENTATIONS
    ]
    assert zips[0] == zips[-1]
    exported = export_in_memory(data, system_tables=True)
    assert not exported.damage["places"]
    listed = {line for line in exported.rows["RDB$RELATIONS"] if ",RDB$RELATION_FIELDS," in line}
    assert len(listed) == 1
    names = {line.split(",")[0] for line in exported.rows["RDB$RELATION_FIELDS"]}
    assert "RDB$FIELD_NAME" in names
    assert any(not name.startswith(("RDB$", "MON$", "SEC$", "TMP$")) for name in names)


@pytest.mark.parametrize("name", [*GOLDEN, "fb15/types"])
def test_python_and_arrow_have_the_rows_too(name: str) -> None:
    with gdb_export.open(database_bytes(name)) as db:
        assert not any(table.startswith("RDB$") for table in db.tables)
        relations = db.system_tables["RDB$RELATIONS"]
        names = [column.name for column in relations.columns]
        rows = list(relations)
        assert relations.kind == "system table"
        arrow = relations.arrow().read_all()
        assert arrow.column_names == names
        assert [tuple(row.values()) for row in arrow.to_pylist()] == rows
        reference = table_reader(
            db._opened, relations._table, relations._table.columns, db._decoder,
            lambda stats: None, REFERENCE,
        )  # fmt: skip
        assert batch_values(reference) == batch_values(relations.arrow())


def test_a_name_that_is_not_a_users_selects_system_tables(tmp_path: Path) -> None:
    data = database_bytes("fb50/computed_columns")
    exported = export_in_memory(data, tables=("rdb$relation_fields", "RDB$*CONSTRAINTS"))
    expected = ["RDB$CHECK_CONSTRAINTS", "RDB$REF_CONSTRAINTS", "RDB$RELATION_CONSTRAINTS"]
    assert sorted(exported.rows) == [*expected, "RDB$RELATION_FIELDS"]
    without = export_in_memory(data, system_tables=True, exclude=("RDB$*",))
    assert without.rows == export_in_memory(data).rows
    path = tmp_path / "a.fdb"
    path.write_bytes(data)
    with gdb_export.open(path) as db:
        folder = Path(db.export(format="parquet", tables=["RDB$DATABASE"]).location)
        both = Path(db.export(format="csv,parquet", tables=["RDB$ROLES"]).location)
    assert pq.read_table(folder / "RDB$DATABASE.parquet").num_rows == 1
    assert exported_tables(both).keys() == {"RDB$ROLES"}
    package = json.loads((folder / "datapackage.json").read_text())
    assert package["resources"][0]["x-system"] is True


def test_virtual_tables_are_named_in_words() -> None:
    data = database_bytes("fb50/computed_columns")
    with pytest.raises(BadOption, match=r"MON\$ATTACHMENTS is a virtual table: its rows are not"):
        export_in_memory(data, tables=("MON$ATTACHMENTS",))
    with pytest.raises(BadOption, match=r"there is no table 'RDB\$NOPE'"):
        export_in_memory(data, tables=("RDB$NOPE",))
    package = zipfile_manifest(exported_zip(data, implementation(COMPILED), system_tables=True))
    assert {"MON$ATTACHMENTS", "SEC$USERS", "RDB$KEYWORDS"} <= set(package["x-virtual-tables"])
    assert package["x-options"]["system-tables"] is True


def zipfile_manifest(data: bytes) -> dict[str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        manifest: dict[str, list[str]] = json.loads(archive.read("datapackage.json"))
        return manifest


@pytest.mark.parametrize("options", [{"system_tables": True}, {"tables": ("RDB$FIELDS",)}])
def test_a_backup_refuses_them_in_words(options: dict[str, object]) -> None:
    with pytest.raises(BadOption, match="a backup does not hold the rows of system tables"):
        export_in_memory(backup_bytes("fb15/types"), **options)


def test_an_upload_can_ask_for_them() -> None:
    fields = options_from_metadata({"export-system-tables": "true"})
    assert options_from_fields(fields) == ExportOptions(system_tables=True)


def test_the_text_options_apply_to_their_columns() -> None:
    data = database_bytes("fb15/types")
    option = "RDB$DATABASE.RDB$CHARACTER_SET_NAME=DOS850"
    exported = export_in_memory(data, tables=("RDB$DATABASE",), charset_of=(option,))
    assert len(exported.rows["RDB$DATABASE"]) == 1
