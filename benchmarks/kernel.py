"""The kernel alone against its plain twin: CSV bytes a second of processor, on one table's pages.

python -m benchmarks.kernel DATABASE [TABLE]
"""

import math
import sys
import time
from pathlib import Path

from gdb_export.chunks.page_chunks import PageChunks, PageLines
from gdb_export.csv_rows import COMPILED, TableRows
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.files.local_files import LocalSource
from gdb_export.firebird.database import Database
from gdb_export.firebird.values.text import TextDecoder

WIN1252 = 53
PLAIN_MB = 1  # the plain twin takes its time
MB = 1_000_000


def speed(path: Path, name: str, rows: type[ReferenceRows], max_mb: float) -> float:
    """MB of CSV a second of processor, after one chunk to warm up."""
    with LocalSource(path) as source:
        database = Database(source)
        table = next(one for one in database.tables if one.name == name)
        plan = PageChunks(database).plan(table)
        lines = PageLines(database, rows(database, table, TextDecoder(WIN1252)))
        lines.account = account = TableStats(plan.damage)
        sum(map(len, lines.lines(next(plan.chunks()))))
        started, size = time.process_time(), 0
        for chunk in plan.chunks():
            size += sum(map(len, lines.lines(chunk)))
            if size > max_mb * MB:
                break
        seconds = time.process_time() - started
    if account.damage.count:
        raise SystemExit(f"{name}: {account.damage.entries[0].text()}")
    return size / MB / seconds


def largest_table(path: Path) -> str:
    with LocalSource(path) as source:
        database = Database(source)
        pages = {one.name: PageChunks(database).plan(one).pages for one in database.tables}
        return max(pages, key=lambda name: pages[name])


def compare(path: Path, table_name: str = "") -> tuple[str, float, float]:
    """A table, by default the largest, and the speeds of plain twin and kernel on it."""
    name = table_name or largest_table(path)
    plain = speed(path, name, ReferenceRows, PLAIN_MB)
    return name, plain, speed(path, name, TableRows, math.inf)


if __name__ == "__main__":
    if not COMPILED:
        raise SystemExit("the kernel is not compiled")
    name, plain, fast = compare(Path(sys.argv[1]), *sys.argv[2:])
    print(f"{name}: plain {plain:.1f} MB/s, kernel {fast:.0f} MB/s, {fast / plain:.0f} times")
