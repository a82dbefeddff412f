"""How far an export is, told to whoever asks, and the one place where it is cancelled."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple


class Cancelled(Exception):
    """The export was asked to stop; the text says by whom."""


class Snapshot(NamedTuple):
    """Counts so far; `table` is the one being written, `current` its place among `tables_total`."""

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
    """What became of one table, told as soon as its CSV is complete."""

    name: str
    rows: int
    bytes: int
    warnings: tuple[str, ...] = ()


class Progress:
    """Counts, a throttled report and a flag to cancel. `advance` is called by one thread;
    `cancel` by any, a signal handler among them."""

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
        self._tell()

    def begin_table(self, name: str, is_new: bool = True) -> None:
        """`is_new` is false for a table that another task began."""
        self._table = name
        self._current += is_new
        self.advance()

    def end_table(self, table: TableDone) -> None:
        self._tables += 1
        self._table_done(table)
        self.advance()

    def advance(self, pages: int = 0, rows: int = 0, bytes_out: int = 0) -> None:
        """Count, stop if asked to, report if the last report is old enough."""
        self._pages += pages
        self._rows += rows
        self._bytes_out += bytes_out
        self.check()
        if self._clock() - self._reported >= self._interval:
            self._tell()

    def check(self) -> None:
        """Raise Cancelled if somebody asked for it."""
        if self._cancelled.is_set():
            raise Cancelled(self._reason)

    def cancel(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._cancelled.set()

    def _tell(self) -> None:
        self._reported = self._clock()
        self._report(self.snapshot)
