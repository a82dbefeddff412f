"""`verify` finds no difference in tables that the engine fills at random.

The record numbers of index entries and of visible rows are compared; the number of visible rows is
compared with the engine's own count.
"""

import random
from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.firebird.database import Database
from gdb_export.firebird.indices.index_check import IndexCheck, check_indices
from tests.firebird.memory_source import MemorySource

INDICES = """
    CREATE INDEX BY_NUMBER ON T (NUMBER);
    CREATE DESCENDING INDEX BY_NAME ON T (NAME);
    CREATE INDEX BY_BOTH ON T (NAME, NUMBER);
    CREATE INDEX BY_EXPRESSION ON T COMPUTED BY (UPPER(NAME));
"""
ENDS = ("COMMIT", "COMMIT", "ROLLBACK")


def random_statements(generator: random.Random, count: int) -> list[str]:
    """Inserts, updates and deletes, in transactions that are committed or rolled back."""
    statements = []
    for number in range(count):
        name = generator.choice(["NULL", f"'{generator.choice('abcé') * generator.randrange(9)}'"])
        key = generator.randrange(count)
        statements.append(
            generator.choice(
                [
                    f"INSERT INTO T VALUES ({number}, {generator.randrange(9)}, {name})",
                    f"INSERT INTO T VALUES ({number}, NULL, {name})",
                    f"UPDATE T SET NUMBER = {generator.randrange(99)}, NAME = {name}"
                    f" WHERE ID < {key}",
                    f"DELETE FROM T WHERE ID = {key}",
                ]
            )
        )
        if generator.random() < 0.3:
            statements.append(generator.choice(ENDS))
    if statements[-1] not in ENDS:
        statements.append("COMMIT")  # the driver refuses COMMIT without a transaction
    return statements


def database_with_indices(engine: ModuleType, path: Path, seed: int) -> int:
    """Make the database at `path`; returns the engine's number of rows."""
    generator = random.Random(seed)
    page_size = generator.choice([4096, 8192, 16384])
    with engine.create(path, page_size=page_size) as connection:
        table = "CREATE TABLE T (ID INTEGER PRIMARY KEY, NUMBER INTEGER, NAME VARCHAR(40));"
        engine.run_script(connection, table + INDICES)
        script = ";\n".join(random_statements(generator, 250)) + ";"
        engine.run_script(connection, script)
        cursor = connection.cursor()
        cursor.execute("SELECT COUNT(*) FROM T")
        rows: int = cursor.fetchone()[0]
    return rows


def check_of_table(path: Path) -> IndexCheck:
    database = Database(MemorySource(path.read_bytes()))
    return next(check for check in check_indices(database) if check.table == "T")


@pytest.mark.parametrize("seed", range(6))
def test_indices_and_rows_agree_as_in_the_engine(
    engine: ModuleType, tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "indices.fdb"
    rows = database_with_indices(engine, path, seed)
    check = check_of_table(path)
    assert (check.rows, check.indices) == (rows, 5)
    assert check.differences == []
    assert check.unreadable == []
    checks = list(check_indices(Database(MemorySource(path.read_bytes()))))
    assert [check.table for check in checks if check.differences] == []
