"""The definitions in a backup are those of its database."""

import gzip
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.cli.packages.shown_definitions import database_fields, table_fields
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.firebird.gbak import definition_records
from tests.data.databases import backup_bytes, database_bytes
from tests.engine.backups import back_up
from tests.export.golden import CORPUS
from tests.export.test_manifest import manifest_of
from tests.firebird.definitions.library_catalogue import SCRIPT
from tests.firebird.memory_source import MemorySource

# Backups by their database
PAIRS = {
    "fb15/evolve": "fb15/evolve",
    "fb15/types": "fb15/types",
    "fb25/types": "fb25/types",
    "fb60/computed_columns": "fb60/computed_columns",
    "fb60/schemas": "fb60/schemas",
    "fb60/schemas_nt": "fb60/schemas",
    "fb60/schemas_zip": "fb60/schemas",
}
# Keys of a manifest that differ for a backup, and of a table that gbak may convert
OF_SOURCE = ("x-source", "x-warnings", "x-damage")
OF_CONTENT = ("bytes", "hash")


def definitions_of(data: bytes) -> dict[str, Any]:
    """Every definition, as `inspect --json` shows it, and what was lost."""
    reader = open_chunks(MemorySource(data)).reader
    definitions = Definitions(reader)
    tables = {table.name: table_fields(definitions, table) for table in reader.tables}
    shown = database_fields(definitions) | {"tables": tables}
    return shown | {"damage": [entry.text() for entry in definitions.damage.entries]}


def described(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest without the keys that depend on the source file or on the tables' rows."""
    for resource in manifest["resources"]:
        for key in OF_CONTENT:
            del resource[key]
    return {key: value for key, value in manifest.items() if key not in OF_SOURCE}


@pytest.mark.parametrize("backup", PAIRS)
def test_a_backup_has_the_definitions_of_its_database(backup: str) -> None:
    expected = definitions_of(database_bytes(PAIRS[backup]))
    assert expected["damage"] == []
    assert definitions_of(backup_bytes(backup)) == expected


@pytest.mark.parametrize("backup", ["fb15/evolve", "fb25/types"])
def test_the_manifest_of_a_backup_is_that_of_its_database(backup: str) -> None:
    expected = described(manifest_of(database_bytes(PAIRS[backup])))
    assert described(manifest_of(backup_bytes(backup))) == expected


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not installed")
@pytest.mark.parametrize("packed", sorted(CORPUS.glob("fb*/*.fbk.gz")), ids=str)
def test_backups_of_every_engine_have_the_definitions_of_their_databases(packed: Path) -> None:
    database = packed.with_name(packed.name.replace(".fbk", ".fdb"))
    expected = definitions_of(gzip.decompress(database.read_bytes()))
    assert definitions_of(gzip.decompress(packed.read_bytes())) == expected


def test_a_backup_has_views_programs_roles_and_sequences(
    engine: ModuleType, tmp_path: Path
) -> None:
    database, backup = tmp_path / "library.fdb", tmp_path / "library.fbk"
    with engine.create(database, charset="UTF8") as connection:
        engine.run_script(connection, SCRIPT)
    expected = definitions_of(database.read_bytes())
    assert all(
        expected[key] for key in ("views", "programs", "exceptions", "roles", "grants", "sequences")
    )
    for options in ([], ["NON_TRANSPORTABLE"], ["ZIP"]):
        back_up(database, backup, *options)
        assert definitions_of(backup.read_bytes()) == expected
        backup.unlink()


def test_a_backup_that_is_cut_off_has_the_definitions_up_to_there() -> None:
    data = backup_bytes("fb15/types")
    lost = definitions_of(data[: len(data) - 2000])
    expected = definitions_of(data)
    assert lost["domains"] == expected["domains"]
    assert lost["tables"].keys() == expected["tables"].keys()
    assert lost["tables"] != expected["tables"]


def domains_of(data: bytes) -> tuple[int, list[str]]:
    """The number of domains that are read, and what was lost."""
    log = DamageLog()
    reader = open_chunks(MemorySource(data)).reader
    rows = list(reader.definition_rows("FIELDS", frozenset(("FIELD_NAME",)), log))
    return len(rows), [entry.reason for entry in log.entries]


def test_the_number_of_definitions_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definition_records, "_MIN_RECORDS", 3)
    monkeypatch.setattr(definition_records, "_BYTES_PER_RECORD", 1 << 40)
    # the first record describes the database
    assert domains_of(backup_bytes("fb15/types")) == (
        2,
        ["the backup has more than 3 definitions"],
    )


def test_the_length_of_definitions_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definition_records, "_MIN_BYTES", 50)
    monkeypatch.setattr(definition_records, "_BYTES_PER_STORED", 0)
    count, lost = domains_of(backup_bytes("fb15/types"))
    assert 0 < count < 10
    assert lost == ["the definitions in FIELDS are too long for the size of the backup"]
