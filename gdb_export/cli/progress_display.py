"""Progress of an export as lines on stderr, for a stderr that is not a terminal."""

import sys

from gdb_export.cli.standard_streams import escaped
from gdb_export.progress import Snapshot, TableDone


class NoProgress:
    """Shows nothing."""

    interval = 1.0  # seconds between reports

    def report(self, snapshot: Snapshot) -> None:
        pass

    def table_done(self, table: TableDone) -> None:
        pass

    def close(self) -> None:
        pass


class ProgressLines:
    """One line per finished table. Lines of small tables are written in batches."""

    interval = 0.2  # seconds between reports

    def __init__(self) -> None:
        self._lines: list[str] = []

    def report(self, snapshot: Snapshot) -> None:
        self._flush()

    def table_done(self, table: TableDone) -> None:
        line = f"{table.name}: {table.rows} rows, {table.bytes} bytes"
        self._lines.append(f"{escaped(line)}\n")

    def close(self) -> None:
        self._flush()

    def _flush(self) -> None:
        sys.stderr.write("".join(self._lines))
        self._lines.clear()
