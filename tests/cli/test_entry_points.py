"""`python -m gdb_export` in processes of its own: exit codes, implementation, missing clients."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gdb_export.cli.errors import DONE, FAILED, USAGE
from gdb_export.version import VERSION
from tests.csv_rows.implementations import require_kernel
from tests.firebird.database_builder import DatabaseBuilder, integer_row

PROJECT = Path(__file__).parents[2]
INSTALL = 'needs Google\'s clients: pip install "gdb-export[cloud]"'
# A program that runs the command in an interpreter that finds no package of Google's
WITHOUT_GOOGLE = """
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("google", "google_crc32c", "grpc"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
from gdb_export.cli.command_line import main
sys.exit(main())
"""


def run(*arguments: str, pure_python: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run Python with these arguments."""
    environment = {**os.environ, "PURE_PYTHON": "1" if pure_python else ""}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=PROJECT, env=environment
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    builder = DatabaseBuilder((12, 0))
    builder.table("T", [integer_row(1, 2)])
    path = tmp_path / "BACKUP.FDB"
    path.write_bytes(builder.build())
    return path


def test_the_module_runs_the_command(database: Path) -> None:
    exported = run("-m", "gdb_export", "export", str(database))
    assert (exported.returncode, exported.stderr) == (DONE, "T: 1 rows, 8 bytes\n")
    assert database.with_suffix(".zip").exists()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["nonsense"], USAGE), (["export", "/no/such.fdb"], FAILED)]
)
def test_the_module_returns_the_exit_code(arguments: list[str], code: int) -> None:
    assert run("-m", "gdb_export", *arguments).returncode == code


def test_the_version_names_the_reference_implementation() -> None:
    program = run("-m", "gdb_export", "--version", pure_python=True)
    assert program.stdout == f"gdb-export {VERSION} (reference)\n"


def test_the_version_names_the_compiled_implementation() -> None:
    require_kernel()
    assert run("-m", "gdb_export", "--version").stdout == f"gdb-export {VERSION} (compiled)\n"


@pytest.mark.parametrize("is_large", [False, True])
def test_the_reference_implementation_warns_before_a_large_export(
    database: Path, is_large: bool
) -> None:
    with database.open("ab") as file:
        file.truncate(50_000_001 if is_large else 50_000_000)
    exported = run("-m", "gdb_export", "export", str(database), pure_python=True)
    assert exported.returncode == DONE
    warnings = [line for line in exported.stderr.splitlines() if "reference impl" in line]
    assert len(warnings) == is_large
    if is_large:
        assert "unset PURE_PYTHON, or reinstall gdb-export with a C++ compiler" in warnings[0]


def test_the_compiled_implementation_does_not_warn(database: Path) -> None:
    require_kernel()
    with database.open("ab") as file:
        file.truncate(60_000_000)
    assert "implementation" not in run("-m", "gdb_export", "export", str(database)).stderr


def test_local_commands_need_no_client_of_google(database: Path) -> None:
    assert run("-c", WITHOUT_GOOGLE, "inspect", str(database)).returncode == DONE
    exported = run("-c", WITHOUT_GOOGLE, "export", str(database))
    assert exported.returncode == DONE, exported.stderr


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        (["export", "gs://b/A.GDB"], "gs://b/A.GDB"),
        (["inspect", "gs://b/A.GDB"], "gs://b/A.GDB"),
        (["export", "FILE", "gs://b/A.zip"], "gs://b/A.zip"),
        (["submit", "FILE", "gs://b"], "gdb-export submit"),
        (["status"], "gdb-export status"),
        (["list"], "gdb-export list"),
        (["cancel", "ID"], "gdb-export cancel"),
    ],
)
def test_a_command_without_its_clients_says_how_to_install_them(
    arguments: list[str], subject: str, database: Path
) -> None:
    arguments = [str(database) if argument == "FILE" else argument for argument in arguments]
    failed = run("-c", WITHOUT_GOOGLE, *arguments)
    assert failed.returncode == FAILED
    assert failed.stderr == f"gdb-export: {subject} {INSTALL}\n"
    assert failed.stdout == ""


def test_the_extra_that_the_message_names_exists() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "gdb-export"
    assert "google-cloud-storage" in " ".join(project["optional-dependencies"]["cloud"])
