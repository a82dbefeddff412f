"""Exports at a terminal: a bar where the cursor can be moved, and none among rows."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.installed_command import COMMAND, small_database


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "A.GDB"
    path.write_bytes(small_database())
    return path


def at_terminal(term: str, *arguments: str | Path) -> str:
    """What the command writes to a terminal, as standard output and standard error."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "TERM": term}
    subprocess.run(
        [COMMAND, *arguments], check=True, stdout=theirs, stderr=theirs, env=variables, timeout=60
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    return shown


def test_a_bar_is_shown_and_cleared(database: Path) -> None:
    shown = at_terminal("xterm", "export", database)
    assert "\r[" in shown
    assert "\x1b[K" in shown


def test_a_terminal_that_can_not_move_the_cursor_gets_lines(database: Path) -> None:
    shown = at_terminal("dumb", "export", database)
    assert "ORDERS: 2 rows, 11 bytes\r\n" in shown
    assert "\x1b" not in shown


def test_no_bar_mixes_with_the_rows_of_a_csv(database: Path) -> None:
    shown = at_terminal("xterm", "export", database, "--csv", "--tables", "ORDERS")
    assert shown.startswith("A,B\r\n3,4\r\n5,\r\n")
    assert "\x1b" not in shown
