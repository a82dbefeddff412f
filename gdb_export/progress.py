"""The progress of an export: counts, throttled reports and cancellation."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple


class Cancelled(Exception):
    """The export was cancelled. The message is the reason."""


class Snapshot(NamedTuple):
    """Counts so far. `table` is the table being written, `current` its 1-based position among
    `tables_total` tables."""

    table: str = ""
    current: int = 0
    tables: int = 0
    tables_total: int = 0
    pages: int = 0
    pages_total: int = 0
    rows: int = 0
    bytes_out: int = 0
    seconds: float = 0.0


class TableDone(NamedTuple):
    """The result of one table, reported when its CSV is complete."""

    name: str
    rows: int
    bytes: int
    warnings: tuple[str, ...] = ()


class Progress:
    """Counts, a throttled report and a cancellation flag.

    `check` and `cancel` may be called by any thread, `cancel` also by a signal handler; all other
    methods by one thread. `interval` is the minimum number of seconds between two reports.
    """

    def __init__(
        self,
        report: Callable[[Snapshot], None] = lambda snapshot: None,
        table_done: Callable[[TableDone], None] = lambda table: None,
        interval: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._table_done = table_done
        self._interval = interval
        self._clock = clock
        self._started = clock()
        self._reported = self._started - interval
        self._cancelled = threading.Event()
        self._reason = ""
        self._table = ""
        self._current = self._tables = self._tables_total = 0
        self._pages = self._pages_total = self._rows = self._bytes_out = 0

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(
            self._table,
            self._current,
            self._tables,
            self._tables_total,
            self._pages,
            self._pages_total,
            self._rows,
            self._bytes_out,
            self._clock() - self._started,
        )

    def start(self, tables_total: int, pages_total: int) -> None:
        self._tables_total, self._pages_total = tables_total, pages_total
        self._send_report()

    def begin_table(self, name: str, is_new: bool = True) -> None:
        """Set the current table. `is_new` is false if another task writes its first part."""
        self._table = name
        self._current += is_new
        self.advance()

    def end_table(self, table: TableDone) -> None:
        self._tables += 1
        self._table_done(table)
        self.advance()

    def advance(self, pages: int = 0, rows: int = 0, bytes_out: int = 0) -> None:
        """Add to the counts and report if the interval has passed. Raises Cancelled."""
        self._pages += pages
        self._rows += rows
        self._bytes_out += bytes_out
        self.check()
        if self._clock() - self._reported >= self._interval:
            self._send_report()

    def check(self) -> None:
        """Raise Cancelled if `cancel` was called."""
        if self._cancelled.is_set():
            raise Cancelled(self._reason)

    def cancel(self, reason: str) -> None:
        """Make the next `check` or `advance` raise Cancelled. The first reason counts."""
        self._reason = self._reason or reason
        self._cancelled.set()

    def _send_report(self) -> None:
        self._reported = self._clock()
        self._report(self.snapshot)
