"""Standard output as the destination, and output streams that are closed, full or left early."""

import gzip
import io
import json
import os
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from gdb_export.cli.errors import DONE
from tests.cli.installed_command import COMMAND, Shell, names, shell_in, small_database
from tests.data.databases import DATA

BROKEN_PIPE = -signal.SIGPIPE


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(small_database())
    return path


@pytest.fixture
def shell(database: Path) -> Shell:
    return shell_in(database.parent)


@pytest.mark.parametrize("destination", ["-", "/dev/stdout", "/dev/fd/1"])
def test_the_zip_goes_to_standard_output(destination: str, shell: Shell, database: Path) -> None:
    streamed = shell(f"$G export BACKUP.GDB {destination}")
    assert streamed.returncode == DONE
    assert streamed.stderr.decode().splitlines()[-1].startswith("standard output: 2 tables, 3 rows")
    assert names(database.parent) == []
    shell("$G export BACKUP.GDB")
    assert streamed.stdout == (database.parent / "BACKUP.zip").read_bytes()


def test_a_pipe_and_a_device_are_written_to(shell: Shell, database: Path) -> None:
    piped = shell("mkfifo p; cat p & $G export BACKUP.GDB p --overwrite >&2; wait")
    assert piped.returncode == DONE
    with zipfile.ZipFile(io.BytesIO(piped.stdout)) as archive:
        assert archive.namelist()[0] == "CLIENTS.csv"
    before = os.stat("/dev/null")
    assert shell("$G export BACKUP.GDB /dev/null --overwrite").returncode == DONE
    assert os.stat("/dev/null").st_ino == before.st_ino
    assert names(database.parent) == ["p"]


@pytest.mark.parametrize("destination", ["", "-"])
def test_one_table_goes_to_standard_output_as_csv(destination: str, shell: Shell) -> None:
    exported = shell(f"$G export BACKUP.GDB {destination} --csv --tables ORDERS")
    assert (exported.returncode, exported.stdout) == (DONE, b"A,B\n3,4\n5,\n")


def test_the_csv_is_that_of_the_zip(shell: Shell, database: Path) -> None:
    (database.parent / "T.GDB").write_bytes(
        gzip.decompress((DATA / "fb15/types.fdb.gz").read_bytes())
    )
    shell("$G export T.GDB")
    with zipfile.ZipFile(database.parent / "T.zip") as archive:
        for name in ("T_ALL", "T_BLOB"):
            exported = shell(f"$G export T.GDB --csv --tables {name} --compression 9")
            assert exported.stdout == archive.read(f"{name}.csv")


def test_a_closed_standard_error_ends_no_export(shell: Shell, database: Path) -> None:
    exported = shell("$G export BACKUP.GDB 2>&-")
    assert exported.returncode == DONE
    assert exported.stdout.startswith(b"BACKUP.zip: 2 tables")
    with zipfile.ZipFile(database.parent / "BACKUP.zip") as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(
    "redirection", ["2>&1 | head -1", "2> /dev/full", ">&-", "> /dev/full", ">&- 2>&- <&-"]
)
def test_an_export_to_a_file_needs_no_output(
    redirection: str, shell: Shell, database: Path
) -> None:
    exported = shell(f"$G export BACKUP.GDB {redirection}")
    assert (exported.returncode, exported.stderr.count(b"Traceback")) == (DONE, 0)
    with zipfile.ZipFile(database.parent / "BACKUP.zip") as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(
    "command", ["inspect T.GDB --json", "export T.GDB -", "export T.GDB --csv --tables T_ALL"]
)
def test_a_reader_that_goes_away_ends_the_command_quietly(command: str, database: Path) -> None:
    (database.parent / "T.GDB").write_bytes(
        gzip.decompress((DATA / "fb15/types.fdb.gz").read_bytes())
    )
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = subprocess.run(
        [COMMAND, *command.split()],
        cwd=database.parent,
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write_end)
    assert process.returncode == BROKEN_PIPE
    assert "gdb-export" not in process.stderr
    assert "Traceback" not in process.stderr
    assert names(database.parent) == []


def test_accented_names_go_to_an_ascii_output(shell: Shell, database: Path) -> None:
    database.rename(database.with_name("SÃO.GDB"))
    exported = shell("PYTHONIOENCODING=ascii $G export SÃO.GDB")
    assert exported.returncode == DONE
    assert exported.stdout.startswith(rb"S\xc3O.zip: ")
    again = shell("PYTHONIOENCODING=ascii $G export SÃO.GDB --json")
    assert json.loads(again.stdout)["destination"] == "SÃO-export1.zip"


def test_a_file_whose_name_is_not_utf_8_is_exported(shell: Shell, database: Path) -> None:
    os.rename(database, os.fsencode(database.parent) + b"/S\xc3O.GDB")
    exported = shell(r"$G export $'S\xc3O.GDB' --json")
    assert (exported.returncode, exported.stderr.count(b"Traceback")) == (DONE, 0)
    assert json.loads(exported.stdout)["tables"] == 2
