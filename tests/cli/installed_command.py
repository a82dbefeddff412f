"""The installed command, run by a shell in a folder with a small database."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.firebird.database_builder import DatabaseBuilder, integer_row

COMMAND = Path(sys.executable).with_name("gdb-export")
Shell = Callable[[str], "subprocess.CompletedProcess[bytes]"]


def small_database() -> bytes:
    """A database with the tables CLIENTS and ORDERS."""
    builder = DatabaseBuilder((10, 1), 4096)
    builder.table("CLIENTS", [integer_row(1, 2)])
    builder.table("ORDERS", [integer_row(3, 4), integer_row(5, None)])
    return builder.build()


def shell_in(folder: Path) -> Shell:
    """Return a function that runs a line of bash in the folder; $G in the line is the command."""

    def run(line: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=folder,
            env={**os.environ, "G": str(COMMAND)},
            capture_output=True,
            check=False,
            timeout=60,
        )

    return run


def names(folder: Path) -> list[str]:
    """The names of the files in a folder, hidden ones too, without *.GDB."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".GDB")
