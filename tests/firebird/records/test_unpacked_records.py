"""Records that the engine stores unpacked, because packed ones would be longer."""

import random
from pathlib import Path
from types import ModuleType

import gdb_export

# Packing adds a byte to each 127 bytes without runs: more than it saves at the NULLs of the end.
RANDOM_BYTES = 3000
NULLS = ", ".join(f"N{index} INTEGER" for index in range(6))


def test_an_unpacked_record_may_end_with_zeros(engine: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "A.fdb"
    contents = [random.Random(seed).randbytes(RANDOM_BYTES) for seed in range(5)]
    with engine.create(path, page_size=8192) as connection:
        engine.run_script(
            connection, f"CREATE TABLE T (A CHAR({RANDOM_BYTES}) CHARACTER SET OCTETS, {NULLS});"
        )
        with connection.cursor() as cursor:
            for content in contents:
                cursor.execute("INSERT INTO T (A) VALUES (?)", [content])
        connection.commit()
    assert max(content + bytes(24) in path.read_bytes() for content in contents), "all are packed"
    with gdb_export.open(path) as database:
        assert sorted(row[0] for row in database.tables["T"].rows()) == sorted(contents)
        assert database.warnings == ()
