"""The progress bar: fits any terminal, shows rate and time left, ends with the duration."""

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gdb_export.cli.progress_bar import ProgressBar, duration, progress_line, short_number
from gdb_export.progress import Snapshot, TableDone
from tests.firebird.database_builder import DatabaseBuilder, integer_row

# An export after 65 seconds, in its table 12 of 214
HALF = Snapshot(
    table="A_TABLE_WITH_A_LONG_NAME_OF_31_C",
    current=12,
    tables=11,
    tables_total=214,
    pages=500,
    pages_total=1000,
    rows=1_234_567,
    seconds=65.0,
)


@pytest.mark.parametrize("width", [*range(10, 60), 79, 119, 500])
def test_the_line_fits_the_terminal(width: int) -> None:
    assert len(progress_line(HALF, 5.0, width)) <= width


def test_forty_columns_show_percentage_time_and_rate() -> None:
    line = progress_line(HALF, 5.0, 39)
    assert line == "[####     ]  50%  1:00 left  21k rows/s"


def test_a_wide_terminal_shows_everything() -> None:
    line = progress_line(HALF, 5.0, 150)
    bar = "#" * 15 + " " * 15
    assert line == (f"[{bar}]  50%  1:00 left  21k rows/s  12/214 {HALF.table}  1,234,567 rows")


def test_nothing_to_read_is_done() -> None:
    assert progress_line(Snapshot(), 0.0, 39).startswith("[#########] 100%")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (4.25, "4.2 s"), (10, "0:10"), (65, "1:05"), (7389, "2:03:09")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(950.4, "950"), (12_345, "12k"), (999_999, "1000k"), (3_400_000, "3.4M")]
)
def test_short_numbers(value: float, text: str) -> None:
    assert short_number(value) == text


def test_the_end_shows_the_duration(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar(columns=lambda: 40)
    bar.report(Snapshot("T", 1, 0, 1, 0, 1))
    bar.table_done(TableDone("T", 1500, 99))
    bar.close()
    assert re.search(r"1,500 rows in 0\.\d s", capsys.readouterr().err)


def test_a_failed_export_leaves_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar(columns=lambda: 40)
    bar.report(Snapshot("T", 1, 0, 2, 0, 1))
    bar.table_done(TableDone("T", 1500, 99))
    bar.close()
    assert capsys.readouterr().err.endswith("\r\x1b[K")


def test_a_long_plan_shows_that_something_happens(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar(columns=lambda: 20)
    deadline, shown = time.monotonic() + 20, ""
    while "reading the" not in shown and time.monotonic() < deadline:
        time.sleep(0.05)
        shown += capsys.readouterr().err
    bar.close()
    assert "\rreading the structu\x1b[K" in shown


def test_a_terminal_gets_the_bar_and_the_duration(tmp_path: Path) -> None:
    builder = DatabaseBuilder((12, 0))
    builder.table("T", [integer_row(1, 2)])
    source = tmp_path / "test.fdb"
    source.write_bytes(builder.build())
    terminal, standard_error = pty.openpty()
    command = [sys.executable, "-m", "gdb_export", "export", str(source)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=standard_error)
    os.close(standard_error)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "[" in shown
    assert re.search(r"1 rows in \d", shown)
    assert done.stdout.decode().endswith("bytes\n")
