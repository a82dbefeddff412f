"""Progress of an export at a terminal: a bar redrawn in place, and the duration at the end."""

import os
import sys
import threading
import time
from collections.abc import Callable

from gdb_export.cli.standard_streams import escaped
from gdb_export.progress import Snapshot, TableDone

_MAX_BAR, _MIN_BAR = 30, 8  # characters between the brackets
_DEFAULT_COLUMNS = 80
_PLANNING_SECONDS = 0.5  # between two updates before the first report


class ProgressBar:
    """A bar that is redrawn at each report. Before the first report, a line shows how long
    planning has taken."""

    interval = 0.1  # seconds between reports

    def __init__(
        self,
        columns: Callable[[], int] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._columns = columns or terminal_columns
        self._clock = clock
        self._started_at = clock()
        self._first: Snapshot | None = None
        self._tables = self._rows = self._tables_total = 0
        self._is_planned = threading.Event()
        threading.Thread(target=self._show_planning, daemon=True).start()

    def report(self, snapshot: Snapshot) -> None:
        self._is_planned.set()
        self._first = self._first or snapshot
        self._tables_total = snapshot.tables_total
        self._draw(progress_line(snapshot, self._first.seconds, self._columns() - 1))

    def table_done(self, table: TableDone) -> None:
        self._tables += 1
        self._rows += table.rows

    def close(self) -> None:
        """Clear the bar; show the duration if all tables are done."""
        self._is_planned.set()
        if self._tables_total and self._tables == self._tables_total:
            seconds = self._clock() - self._started_at
            rate = f"  {round(self._rows / seconds):,} rows/s" if seconds >= 1 else ""
            self._draw(f"{self._rows:,} rows in {duration(seconds)}{rate}"[: self._columns() - 1])
            print(file=sys.stderr, flush=True)
        else:
            self._draw("")

    def _show_planning(self) -> None:
        while not self._is_planned.wait(_PLANNING_SECONDS):
            seconds = duration(self._clock() - self._started_at)
            self._draw(f"reading the structure … {seconds}"[: self._columns() - 1])

    @staticmethod
    def _draw(line: str) -> None:
        print(f"\r{escaped(line)}\x1b[K", end="", file=sys.stderr, flush=True)


def progress_line(snapshot: Snapshot, planned_at: float, width: int) -> str:
    """Bar, percentage, time left, rate, table and rows, as far as they fit `width` characters.

    `planned_at` is the time of the first report, in seconds since the start.
    """
    fraction = snapshot.pages / snapshot.pages_total if snapshot.pages_total else 1.0
    seconds = snapshot.seconds - planned_at
    texts = [f"{fraction:4.0%}"]
    if snapshot.pages and seconds > 0:
        texts += [f"{duration(seconds * (1 - fraction) / fraction)} left"]
        texts += [f"{short_number(snapshot.rows / seconds)} rows/s"]
    texts += [f"{snapshot.current}/{snapshot.tables_total} {snapshot.table}"]
    texts += [f"{snapshot.rows:,} rows"]
    line, bar = "", min(_MAX_BAR, max(_MIN_BAR, width // 4))
    for text in texts:
        if len(line) + 2 + len(text) + bar + 2 <= width:
            line += f"  {text}" if line else f" {text}"
    filled = ("#" * round(fraction * bar)).ljust(bar)
    return f"[{filled}]{line}"[:width]


def duration(seconds: float) -> str:
    """`4.2 s`, `1:05` or `2:03:09`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short_number(value: float) -> str:
    """`950`, `12k` or `3.4M`."""
    if value < 1000:
        return f"{value:.0f}"
    return f"{value / 1000:.0f}k" if value < 1_000_000 else f"{value / 1_000_000:.1f}M"


def terminal_columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _DEFAULT_COLUMNS
    except (OSError, ValueError):
        return _DEFAULT_COLUMNS
