"""Progress of an export on stderr: a bar at a terminal, lines elsewhere."""

import sys

from gdb_export.progress import Snapshot, TableDone


class ProgressLines:
    """One line per finished table. Lines of small tables are written in batches."""

    interval = 0.2

    def __init__(self) -> None:
        self._lines: list[str] = []

    def report(self, snapshot: Snapshot) -> None:
        self.close()

    def table_done(self, table: TableDone) -> None:
        self._lines.append(f"{table.name}: {table.rows} rows, {table.bytes} bytes\n")

    def close(self) -> None:
        sys.stderr.write("".join(self._lines))
        self._lines.clear()


class ProgressBar:
    """A bar that is redrawn in place."""

    interval = 0.1
    _WIDTH = 30

    def report(self, snapshot: Snapshot) -> None:
        fraction = snapshot.pages / snapshot.pages_total if snapshot.pages_total else 1.0
        bar = ("#" * round(fraction * self._WIDTH)).ljust(self._WIDTH)
        table = f"{snapshot.table} ({snapshot.current} of {snapshot.tables_total})"
        line = f"[{bar}] {fraction:4.0%}  {snapshot.rows:,} rows  {table}"
        print(f"\r{line:.100}\x1b[K", end="", file=sys.stderr, flush=True)

    def table_done(self, table: TableDone) -> None:
        pass

    def close(self) -> None:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
