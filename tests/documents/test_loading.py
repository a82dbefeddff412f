"""The blocks of docs/loading.md, run one after the other."""

import contextlib
import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from blocks import PROJECT, Block, blocks

from gdb_export.cli.command_line import main
from tests.ddl.postgresql import postgresql, require_postgresql

SAMPLE = PROJECT / "tests" / "data" / "fb15" / "cnes.fdb.gz"
LOADING = blocks(PROJECT / "docs" / "loading.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("loading")
    (path / "BACKUP.GDB").write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    (path / "examples").symlink_to(PROJECT / "examples")
    return path


def environment() -> dict[str, str]:
    """This environment, in which the shell finds the installed command."""
    tools = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def run_shell(block: Block, folder: Path, **variables: str) -> None:
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=folder,
        env={**environment(), **variables},
        check=True,
    )


def test_the_blocks_without_requirements_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    for block in (block for block in LOADING if not block.needs):
        if block.language == "sh":
            run_shell(block, folder)
        else:
            exec(compile(block.text, "docs/loading.md", "exec"), names)
    output = capsys.readouterr().out
    assert "5000 rows of 60 columns" in output
    assert "[(5000, " in output
    assert "5000 rows by Python's csv module" in output


def test_loading_a_second_time_gives_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    test_the_blocks_without_requirements_run(folder, monkeypatch, capsys)


def export_of(folder: Path, statements: list[str]) -> Path:
    """Return the ZIP of a database that the engine creates by `statements`."""
    engine = pytest.importorskip("tests.engine")
    try:
        connection = engine.create(folder / "made.fdb")
    except engine.EngineMissing as missing:
        pytest.skip(str(missing))
    with connection:
        for statement in statements:
            connection.execute_immediate(statement)
            connection.commit()
    assert main(["export", str(folder / "made.fdb")]) == 0
    return folder / "made.zip"


def test_rows_that_are_blank_lines_and_long_lines_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pandas skips blank lines and DuckDB refuses long ones unless options allow them."""
    from load_tables import tables

    zipped = export_of(
        tmp_path,
        [
            "CREATE TABLE BLANKS (A VARCHAR(5))",
            *(f"INSERT INTO BLANKS VALUES ({value})" for value in ("' '", "'x'", "'  '", "NULL")),
            "CREATE TABLE LONG_TEXTS (ID INTEGER, B BLOB SUB_TYPE TEXT)",
            "INSERT INTO LONG_TEXTS VALUES (1, 'x')",
            "EXECUTE BLOCK AS DECLARE N INTEGER = 0; DECLARE B BLOB SUB_TYPE TEXT = ''; BEGIN"
            "  WHILE (N < 300) DO BEGIN B = B || LPAD('', 10000, 'y'); N = N + 1; END"
            "  INSERT INTO LONG_TEXTS VALUES (2, :B); END",
        ],
    )
    with zipped.open("rb") as file:
        loaded = {name: chunk.values.tolist() for name, chunk in tables(file)}
    assert loaded["BLANKS"] == [[" "], ["x"], ["  "], [""]]
    assert [len(text) for _, text in loaded["LONG_TEXTS"]] == [1, 3_000_000]
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path)
    statements = io.StringIO()
    with contextlib.redirect_stdout(statements):
        assert main(["ddl", str(zipped), "--for", "duckdb", "--load"]) == 0
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()
    for _ in range(2):
        database.execute(statements.getvalue())
    lengths = database.sql("SELECT length(B) FROM LONG_TEXTS ORDER BY ID").fetchall()
    assert lengths == [(1,), (3_000_000,)]
    blanks = database.sql("SELECT A FROM BLANKS").fetchall()
    assert sorted(blanks, key=str) == sorted([(" ",), ("x",), ("  ",), (None,)], key=str)


def test_postgresql_takes_every_table(folder: Path, tmp_path: Path) -> None:
    block = next(block for block in LOADING if block.needs == "PostgreSQL server")
    if not (folder / "csv" / "load.sql").exists():
        for earlier in LOADING:
            if earlier.language == "sh" and not earlier.needs:
                run_shell(earlier, folder)
    programs = require_postgresql()
    # not below pytest's folder, which no other user may enter
    with TemporaryDirectory(prefix="postgresql-") as data, postgresql(programs, data) as server:
        run_shell(block, folder, **server)
        run_shell(block, folder, **server)
        count = 'SELECT count(*), count("NOME_FANTA") FROM "LFCES004"'
        output = subprocess.run(
            ["psql", "-Atc", count],
            env={**environment(), **server},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    assert output.startswith("5000|")
