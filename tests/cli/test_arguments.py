"""Options, destinations and results of the installed command."""

import gzip
import json
from pathlib import Path

import pytest

from gdb_export.cli.errors import DONE, DONE_WITH_DAMAGE
from tests.cli.installed_command import Shell, names, shell_in, small_database
from tests.data.databases import DATA
from tests.hostile.corruptions import zeroed


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(small_database())
    return path


@pytest.fixture
def shell(database: Path) -> Shell:
    return shell_in(database.parent)


def test_quiet_prints_nothing_but_warnings(shell: Shell, database: Path) -> None:
    exported = shell("$G export BACKUP.GDB --quiet")
    assert (exported.returncode, exported.stdout, exported.stderr) == (DONE, b"", b"")
    damaged = zeroed(gzip.decompress((DATA / "fb15/evolve.fdb.gz").read_bytes()), 153)
    (database.parent / "D.GDB").write_bytes(damaged)
    exported = shell("$G export D.GDB --quiet")
    assert (exported.returncode, exported.stdout) == (DONE, b"")
    assert exported.stderr.startswith(b"warning: E1: ")
    assert len(exported.stderr.splitlines()) == 1


def test_the_result_as_json(shell: Shell, database: Path) -> None:
    exported = shell("$G export BACKUP.GDB --json")
    size = (database.parent / "BACKUP.zip").stat().st_size
    assert json.loads(exported.stdout) == {
        "destination": "BACKUP.zip",
        "tables": 2,
        "rows": 3,
        "bytes": size,
        "damaged_places": 0,
        "warnings": [],
    }


def test_the_exit_code_says_that_the_database_is_damaged(shell: Shell, database: Path) -> None:
    damaged = zeroed(gzip.decompress((DATA / "fb15/evolve.fdb.gz").read_bytes()), 153)
    (database.parent / "D.GDB").write_bytes(damaged)
    assert shell("$G export D.GDB").returncode == DONE
    exported = shell("$G export D.GDB --exit-code --json")
    assert exported.returncode == DONE_WITH_DAMAGE
    assert json.loads(exported.stdout)["damaged_places"] == 1
    assert shell("$G export BACKUP.GDB --exit-code").returncode == DONE


def test_a_line_names_the_existing_zip_and_the_new_one(shell: Shell) -> None:
    shell("$G export BACKUP.GDB")
    again = shell("$G export ./BACKUP.GDB ./BACKUP.zip --quiet")
    assert again.stderr.decode() == (
        "BACKUP.zip exists: the new export is BACKUP-export1.zip (--overwrite replaces the old"
        " one)\n"
    )
    assert b"exists" not in shell("$G export BACKUP.GDB --overwrite").stderr


@pytest.mark.parametrize(
    "line",
    [
        "export BACKUP.GDB --overwrite out.zip",
        "export --overwrite BACKUP.GDB --workers 2 out.zip",
        "export --workers=2 BACKUP.GDB --tables CLIENTS,ORDERS out.zip --compression 9",
        "export --over BACKUP.GDB -- out.zip",
    ],
)
def test_options_stand_anywhere(line: str, shell: Shell, database: Path) -> None:
    assert shell(f"$G {line}").returncode == DONE
    assert names(database.parent) == ["out.zip"]


def test_a_name_that_begins_with_a_hyphen(shell: Shell, database: Path) -> None:
    database.rename(database.with_name("-w.GDB"))
    assert shell("$G export --overwrite -- -w.GDB").returncode == DONE
    assert names(database.parent) == ["-w.zip"]


def test_a_folder_gets_a_zip_of_the_source_s_name(shell: Shell, database: Path) -> None:
    shell("mkdir results; ln -s results link")
    for folder in ("results", "results/", "link"):
        assert shell(f"$G export BACKUP.GDB {folder} --overwrite").returncode == DONE
    assert names(database.parent / "results") == ["BACKUP.zip"]


def test_usage_errors_show_the_usage_of_the_subcommand(shell: Shell) -> None:
    for line in ("export BACKUP.GDB --nope", "export", "export BACKUP.GDB out.zip more"):
        error = shell(f"$G {line}").stderr.decode()
        assert error.startswith("usage: gdb-export export ")
        assert error.splitlines()[-1].startswith("gdb-export export: error: ")
    assert shell("$G inspect").stderr.startswith(b"usage: gdb-export inspect ")
