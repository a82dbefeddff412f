"""System tables of ODS 10 and 11, whose engines are not at hand: the engine restores a backup of
the same database and reads those columns that a restore keeps."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import gdb_export
from tests.data.databases import DATA, backup_bytes, database_bytes
from tests.engine.backups import restore

USERS = "COALESCE(RDB$SYSTEM_FLAG, 0) = 0"
# The columns that a restore keeps, by table; the names of domains are made anew
KEPT = {
    "RDB$RELATION_FIELDS": (
        "RDB$FIELD_NAME", "RDB$RELATION_NAME", "RDB$FIELD_POSITION", "RDB$DESCRIPTION",
        "RDB$NULL_FLAG", "RDB$DEFAULT_SOURCE", "RDB$VIEW_CONTEXT", "RDB$QUERY_NAME",
    ),
    "RDB$INDICES": (
        "RDB$INDEX_NAME", "RDB$RELATION_NAME", "RDB$UNIQUE_FLAG", "RDB$SEGMENT_COUNT",
        "RDB$FOREIGN_KEY", "RDB$DESCRIPTION",
    ),
    "RDB$FIELDS": (
        "RDB$FIELD_NAME", "RDB$FIELD_LENGTH", "RDB$FIELD_SCALE", "RDB$FIELD_TYPE",
        "RDB$CHARACTER_LENGTH", "RDB$CHARACTER_SET_ID", "RDB$DEFAULT_SOURCE",
    ),
    "RDB$GENERATORS": ("RDB$GENERATOR_NAME",),
}  # fmt: skip


@pytest.mark.parametrize("name", ["fb15/types", "fb25/types"])
def test_kept_columns_are_those_of_the_restored_database(
    engine: ModuleType, tmp_path: Path, name: str
) -> None:
    assert (DATA / f"{name}.fbk.gz").exists()
    backup, restored = tmp_path / "a.fbk", tmp_path / "restored.fdb"
    backup.write_bytes(backup_bytes(name))
    restore(backup, restored)
    with engine.connect(restored) as connection, gdb_export.open(database_bytes(name)) as db:
        for table, columns in KEPT.items():
            with connection.cursor() as cursor:
                sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {USERS}"
                engine_rows = [tuple(map(_value, row)) for row in cursor.execute(sql).fetchall()]
            rows = [
                tuple(map(_value, row[:-1]))
                for row in db.system_tables[table].rows([*columns, "RDB$SYSTEM_FLAG"])
                if not row[-1]
            ]
            assert sorted(rows, key=repr) == sorted(engine_rows, key=repr), table
            assert rows or table == "RDB$GENERATORS"


def _value(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else value
