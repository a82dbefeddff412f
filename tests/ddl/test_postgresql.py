"""The statements for PostgreSQL, run twice by psql in a real server."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gdb_export.ddl.sql import NotLoadable
from tests.data.databases import database_bytes
from tests.ddl.exported import resource, unpacked, written
from tests.ddl.postgresql import postgresql, require_postgresql

Server = dict[str, str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = require_postgresql()
    # not below pytest's folder, which no other user may enter
    with TemporaryDirectory(prefix="postgresql-") as data, postgresql(programs, data) as variables:
        yield variables


def psql(server: Server, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["psql", "--no-psqlrc", "-qAt", "--set", "ON_ERROR_STOP=1", *arguments],
        cwd=folder,
        env={**os.environ, **server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def loaded(server: Server, folder: Path, name: str) -> tuple[str, str]:
    """Load a golden database twice into an empty schema; return the row counts of the tables, as
    expected and as found, and the messages of the server."""
    psql(server, folder, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    package = unpacked(folder, database_bytes(name))
    (folder / "load.sql").write_text(written(package, "postgres")[0], encoding="utf-8")
    said = [psql(server, folder, "--file", "load.sql") for _ in range(2)]
    assert said[0] == said[1]
    for each in package["resources"]:
        count = psql(server, folder, "-c", f"SELECT count(*) FROM {quoted(each['title'])}")
        assert int(count) == each["rows"], each["title"]
    return said[0], name


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_keys_comments_and_types_arrive(server: Server, tmp_path: Path) -> None:
    said, _ = loaded(server, tmp_path, "interbase/employee_19_0")
    assert not said
    constraints = (
        "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('p', 'f')"
    )
    found = psql(server, tmp_path, "-c", constraints)
    assert '"EMPLOYEE" PRIMARY KEY ("EMP_NO")' in found
    assert 'FOREIGN KEY ("DEPT_NO") REFERENCES "DEPARTMENT"("DEPT_NO")' in found


def test_types_of_firebird_1_5(server: Server, tmp_path: Path) -> None:
    loaded(server, tmp_path, "fb15/types")
    found = psql(
        server,
        tmp_path,
        "-c",
        "SELECT data_type FROM information_schema.columns WHERE table_schema = 'public'",
    )
    assert {"bytea", "numeric", "character varying", "date"} <= set(found.split("\n"))


def test_a_key_that_rows_violate_is_left_out_with_a_warning(server: Server, tmp_path: Path) -> None:
    said, _ = loaded(server, tmp_path, "fb25/evolve")
    assert 'left out: column "NN" of relation "E6" contains null values' in said


def test_a_csv_for_excel_is_refused() -> None:
    table = resource("T", "A") | {"dialect": {"delimiter": ";"}}
    with pytest.raises(NotLoadable, match="Excel"):
        written({"resources": [table]}, "postgres")


def test_parquet_is_refused() -> None:
    table = resource("T", "A", path="T.parquet") | {"format": "parquet"}
    with pytest.raises(NotLoadable, match="export CSVs"):
        written({"resources": [table]}, "postgres")
