"""Exports that are interrupted, killed or run twice, and those of a changing source."""

import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from gdb_export.cli.errors import CANCELLED, DONE, FAILED
from tests.cli.installed_command import Shell, names, shell_in, small_database


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(small_database())
    return path


@pytest.fixture
def shell(database: Path) -> Shell:
    return shell_in(database.parent)


# The command, whose workers wait until the file "go.GDB" lies beside the database
_WAITING = """
import os, sys, time
from gdb_export.chunks import chunk_export
from gdb_export.cli.command_line import command
export = chunk_export.ChunkExport.__call__
def waiting(*arguments):
    while not os.path.exists(os.path.join(os.path.dirname(sys.argv[2]), "go.GDB")):
        time.sleep(0.01)
    return export(*arguments)
chunk_export.ChunkExport.__call__ = waiting
sys.exit(command())
"""


def started(database: Path, *options: str, preparation: str = "") -> "subprocess.Popen[str]":
    """A process in the middle of an export."""
    process = subprocess.Popen(
        [sys.executable, "-c", preparation + _WAITING, "export", str(database), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    partial = database.with_name(".BACKUP.zip.gdb-export.part")
    while not partial.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


def finish(database: Path, process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Let the process continue; return its exit code and the last line of standard error."""
    database.with_name("go.GDB").touch()
    _, errors = process.communicate()
    return process.returncode, errors.splitlines()[-1] if errors else ""


def test_a_closed_session_leaves_nothing(database: Path) -> None:
    process = started(database)
    process.send_signal(signal.SIGHUP)
    assert finish(database, process) == (CANCELLED, "gdb-export: cancelled: interrupted")
    assert names(database.parent) == []


# The command, whose modules take so long to load that Ctrl-C comes meanwhile
_LOADING = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "gdb_export.cli.parser":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from gdb_export.__main__ import command
sys.exit(command())
"""


def test_ctrl_c_while_the_modules_load_gives_no_traceback(database: Path) -> None:
    command = [sys.executable, "-c", _LOADING, "export", str(database)]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, b"")
    assert names(database.parent) == []


def test_an_export_goes_on_under_nohup(database: Path) -> None:
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    process = started(database, "--quiet", preparation=ignored)
    process.send_signal(signal.SIGHUP)
    assert finish(database, process) == (DONE, "")
    assert names(database.parent) == ["BACKUP.zip"]


def test_what_a_killed_export_left_is_removed_by_the_next(database: Path, shell: Shell) -> None:
    process = started(database)
    process.kill()
    process.communicate()
    assert names(database.parent) == [".BACKUP.zip.gdb-export.part"]
    assert shell("$G export BACKUP.GDB").returncode == DONE
    assert names(database.parent) == ["BACKUP.zip"]


@pytest.mark.parametrize("options", [[], ["--overwrite"]])
def test_of_two_exports_to_one_destination_one_wins(
    options: list[str], database: Path, shell: Shell
) -> None:
    process = started(database, *options)
    second = shell(" ".join(["$G export BACKUP.GDB --quiet", *options]))
    assert second.returncode == FAILED
    assert second.stderr.decode() == (
        "gdb-export: another export is writing BACKUP.zip: wait until it has ended, or give"
        " another destination\n"
    )
    assert finish(database, process)[0] == DONE
    assert names(database.parent) == ["BACKUP.zip"]
    with zipfile.ZipFile(database.parent / "BACKUP.zip") as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize(("options", "code"), [([], FAILED), (["--allow-changes"], DONE)])
def test_a_source_that_changes_meanwhile(options: list[str], code: int, database: Path) -> None:
    process = started(database, *options)
    with database.open("ab") as file:
        file.write(b"more")
    exit_code, line = finish(database, process)
    assert exit_code == code
    assert f"{database} changed while it was read" in line
    assert names(database.parent) == (["BACKUP.zip"] if code == DONE else [])


def test_a_full_disk_names_the_destination(database: Path, shell: Shell) -> None:
    failed = shell(
        "trap '' XFSZ; ulimit -f 1; $G export BACKUP.GDB out.zip --compression 0 --quiet"
    )
    assert failed.returncode == FAILED
    assert failed.stderr == b"gdb-export: out.zip: File too large\n"
    assert names(database.parent) == []
