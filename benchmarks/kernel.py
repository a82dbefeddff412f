"""Compares the kernel (the compiled code that makes CSV rows) with its reference in Python.

The measure is MB of CSV per second of CPU time.

python -m benchmarks.kernel DATABASE [TABLE]
"""

import math
import sys
import time
from pathlib import Path

from gdb_export.chunks.page_chunks import PageChunks
from gdb_export.csv_rows import COMPILED, IMPLEMENTATION, REFERENCE, CsvImplementation
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.files.local_files import LocalSource
from gdb_export.firebird.database import Database
from gdb_export.firebird.values.text import TextDecoder

WIN1252 = 53
REFERENCE_MB = 1  # the reference implementation is slow
MB = 1_000_000


def speed(path: Path, name: str, implementation: CsvImplementation, max_mb: float) -> float:
    """MB of CSV per second of CPU time, without compression.

    The first chunk is formatted once as a warm-up; the measurement ends after `max_mb` of CSV.
    """
    with LocalSource(path) as source:
        database = Database(source)
        table = next(table for table in database.tables if table.name == name)
        chunks = PageChunks(database, implementation.rows)
        plan = chunks.plan(table)
        lines = chunks.chunk_lines(table, TextDecoder(WIN1252), bytes.hex)
        stats = TableStats(plan.damage)
        sum(map(len, lines.lines(next(plan.chunks()), stats)))
        started, size = time.process_time(), 0
        for chunk in plan.chunks():
            size += sum(map(len, lines.lines(chunk, stats)))
            if size > max_mb * MB:
                break
        seconds = time.process_time() - started
    if stats.damage.count:
        raise SystemExit(f"{name}: {stats.damage.entries[0].text()}")
    return size / MB / seconds


def largest_table(path: Path) -> str:
    with LocalSource(path) as source:
        database = Database(source)
        chunks = PageChunks(database, REFERENCE.rows)
        pages = {table.name: chunks.plan(table).pages for table in database.tables}
        return max(pages, key=lambda name: pages[name])


def compare(path: Path, table_name: str = "") -> tuple[str, float, float]:
    """A table, by default the largest, and the speeds of reference implementation and kernel."""
    name = table_name or largest_table(path)
    reference = speed(path, name, REFERENCE, REFERENCE_MB)
    return name, reference, speed(path, name, IMPLEMENTATION, math.inf)


if __name__ == "__main__":
    if not COMPILED:
        raise SystemExit("the kernel is not compiled")
    name, reference, kernel = compare(Path(sys.argv[1]), *sys.argv[2:])
    print(
        f"{name}: reference {reference:.1f} MB/s, kernel {kernel:.0f} MB/s,"
        f" {kernel / reference:.0f} times as fast"
    )
