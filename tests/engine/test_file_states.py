"""Databases in unusual states, made by the engine.

They have several files or a shadow, are locked by nbackup, read-only or shut down, or end with
unwritten pages.
"""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gdb_export.cli.command_line import main
from tests.export.golden import exported_tables

ROWS = 3000


@pytest.fixture
def database(engine: ModuleType, tmp_path: Path) -> Path:
    """A database with a table T of 3,000 rows; every 500th row has a blob."""
    path = tmp_path / "one.fdb"
    with engine.create(path, page_size=4096) as connection:
        connection.execute_immediate("CREATE TABLE T (ID INTEGER, NAME VARCHAR(60), B BLOB)")
        connection.commit()
        fill(connection, 0, ROWS)
    return path


def fill(connection: Any, first: int, last: int) -> None:
    """Inserts the rows from `first` to before `last` into T."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO T VALUES (?, ?, ?)",
            [
                (row, f"row {row} " * 5, bytes(9000) if row % 500 == 0 else None)
                for row in range(first, last)
            ],
        )
    connection.commit()


def expected(first: int, last: int) -> bytes:
    """The CSV of T with these rows."""
    lines = ["ID,NAME,B\n"]
    for row in range(first, last):
        lines.append(f"{row},{f'row {row} ' * 5},{'00' * 9000 if row % 500 == 0 else ''}\n")
    return "".join(lines).encode()


def exported_table(path: Path, capsys: pytest.CaptureFixture[str]) -> bytes:
    """The CSV of T that the command exports without a warning."""
    zipped = path.with_suffix(".out.zip")
    assert main(["export", str(path), str(zipped)]) == 0
    assert "warning" not in capsys.readouterr().err
    return exported_tables(zipped)["T"]


@pytest.fixture
def server(engine: ModuleType) -> Iterator[Any]:
    engine.load_engine()
    from firebird.driver import connect_server

    with connect_server("") as connected:
        yield connected


def test_a_database_of_three_files_is_exported_from_its_first_file(
    engine: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.fdb"
    with engine.create(path, page_size=4096) as connection:
        for name, page in (("two.fdb", 330), ("three.fdb", 360)):
            connection.execute_immediate(
                f"ALTER DATABASE ADD FILE '{tmp_path / name}' STARTING AT PAGE {page}"
            )
            connection.commit()
        connection.execute_immediate("CREATE TABLE T (ID INTEGER, NAME VARCHAR(60), B BLOB)")
        connection.commit()
        fill(connection, 0, ROWS)
    sizes = [(tmp_path / name).stat().st_size for name in ("one.fdb", "two.fdb", "three.fdb")]
    assert min(sizes) > 20 * 4096, "the rows are spread over all files"
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("one.fdb", "two.fdb", "three.fdb"):
        shutil.move(tmp_path / name, moved / name)
    assert exported_table(moved / "one.fdb", capsys) == expected(0, ROWS)
    assert main(["export", str(moved / "two.fdb")]) == 1
    assert "this is file 2 of a database of several files" in capsys.readouterr().err
    (moved / "two.fdb").unlink()
    assert main(["export", str(moved / "one.fdb")]) == 1
    assert "continues in the file two.fdb, which is missing" in capsys.readouterr().err


def test_a_shadow_is_exported_like_its_database(
    engine: ModuleType, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shadow = database.with_suffix(".shd")
    with engine.connect(database) as connection:
        connection.execute_immediate(f"CREATE SHADOW 1 '{shadow}'")
        connection.commit()
    assert exported_table(shadow, capsys) == expected(0, ROWS)
    assert exported_table(database, capsys) == expected(0, ROWS)


def test_a_database_locked_by_nbackup_is_exported_with_or_without_its_difference_file(
    engine: ModuleType, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the difference file the rows are those of the moment of the lock."""
    with engine.connect(database) as connection:
        connection.execute_immediate("ALTER DATABASE BEGIN BACKUP")
        connection.commit()
        fill(connection, ROWS, 2 * ROWS)
    difference = Path(f"{database}.delta")
    assert difference.stat().st_size > 50 * 4096
    assert exported_table(database, capsys) == expected(0, 2 * ROWS)
    assert main(["export", str(difference)]) == 1
    assert "this is a difference file of nbackup" in capsys.readouterr().err
    difference.rename(difference.with_suffix(".gone"))
    frozen = database.with_name("frozen.zip")
    assert main(["export", str(database), str(frozen)]) == 0
    assert "difference file one.fdb.delta, which is not here" in capsys.readouterr().err
    assert exported_tables(frozen)["T"] == expected(0, ROWS)


def test_a_difference_file_with_another_name_is_found(
    engine: ModuleType, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.connect(database) as connection:
        difference = database.with_name("other.dif")
        connection.execute_immediate(f"ALTER DATABASE ADD DIFFERENCE FILE '{difference}'")
        connection.commit()
        connection.execute_immediate("ALTER DATABASE BEGIN BACKUP")
        connection.commit()
        fill(connection, ROWS, ROWS + 10)
    assert exported_table(database, capsys) == expected(0, ROWS + 10)


def test_a_read_only_database_is_exported(
    server: Any, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from firebird.driver import DbAccessMode

    server.database.set_access_mode(database=str(database), mode=DbAccessMode.READ_ONLY)
    assert exported_table(database, capsys) == expected(0, ROWS)


@pytest.mark.parametrize("mode", ["FULL", "SINGLE", "MULTI"])
def test_a_database_that_was_shut_down_is_exported(
    server: Any, database: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    from firebird.driver import ShutdownMethod, ShutdownMode

    server.database.shutdown(
        database=str(database),
        mode=ShutdownMode[mode],
        method=ShutdownMethod.FORCED,
        timeout=0,
    )
    assert exported_table(database, capsys) == expected(0, ROWS)


def test_unwritten_pages_at_the_end_are_ignored(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.open("ab") as file:
        file.write(bytes(4096 * 1000))
    assert exported_table(database, capsys) == expected(0, ROWS)


class _Sizes(tuple[int, ...]):
    """The sizes of all volumes except the last, for which gbak takes no size.

    The driver asserts that there is one size more than there are volumes. So the length is two more
    than the number of sizes.
    """

    def __len__(self) -> int:
        return super().__len__() + 2


def test_a_backup_that_gbak_split_is_exported_from_its_first_volume(
    server: Any, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volumes = [database.with_name(f"vol{number}.fbk") for number in (1, 2, 3)]
    server.database.backup(
        database=str(database),
        backup=[str(volume) for volume in volumes],
        backup_file_sizes=_Sizes([20_000, 40_000]),
    )
    while server.is_running():
        time.sleep(0.01)
    assert [volume.stat().st_size for volume in volumes[:2]] == [20_000, 40_000]
    assert exported_table(volumes[0], capsys) == expected(0, ROWS)
    assert main(["export", str(volumes[2])]) == 1
    assert "this is volume 3 of the 3 of a split backup" in capsys.readouterr().err
    volumes[1].unlink()
    assert main(["export", str(volumes[0])]) == 1
    assert "volume 2 of the 3 of this backup is missing" in capsys.readouterr().err


def test_a_database_without_its_first_megabyte_is_exported_with_the_schema_of_another(
    engine: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ransomware leaves databases in this state."""
    lost, other = tmp_path / "lost.fdb", tmp_path / "other.fdb"
    for path, rows in ((lost, ROWS), (other, 5)):
        with engine.create(path, page_size=4096) as connection:
            for name in ("T", "NEVER_FILLED"):
                columns = "ID INTEGER, NAME VARCHAR(60), B BLOB"
                connection.execute_immediate(f"CREATE TABLE {name} ({columns})")
            connection.commit()
            fill(connection, 0, rows)
    data = lost.read_bytes()
    lost.write_bytes(random.Random(1).randbytes(1 << 20) + data[1 << 20 :])
    assert main(["export", str(lost)]) == 1
    assert "the header page and the catalogue are lost" in capsys.readouterr().err
    assert main(["export", str(lost), "--schema-from", str(other)]) == 0
    rows = exported_tables(lost.with_suffix(".zip"))["T"].splitlines()
    all_rows = expected(0, ROWS).splitlines()
    assert set(rows) <= set(all_rows)
    assert len(rows) > 0.8 * len(all_rows)
