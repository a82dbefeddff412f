"""Columns and Parquet: compared with the CSV kernel, with pyarrow and with firebird-driver.

python -m benchmarks.columns DATABASE        each comparison once
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gdb_export
from benchmarks.kernel import largest_table
from benchmarks.measure import run, side_by_side
from gdb_export.arrow.implementation import IMPLEMENTATION
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core.damage import DamageLog

MB = 1_000_000
ROUNDS = 5
WORKERS = 2
GROUP_BYTES = 64 << 20  # of Arrow data in a row group, as in an export
MAX_TABLES_BYTES = 1500 * MB  # of Arrow data, which the comparison with pyarrow holds in memory
GDB_EXPORT = str(Path(sys.executable).with_name("gdb-export"))


def kernels(path: Path) -> tuple[str, float, float]:
    """The largest table, and the MB of its pages that a second of CPU time reads as CSV and as
    columns: the best of several rounds, one after the other."""
    name = largest_table(path)
    with gdb_export.open(path) as db:
        table, source = db.tables[name], db._opened
        plan = source.plan(table._table)
        lines = source.chunk_lines(table._table, table._decoder, bytes.hex)
        columns = IMPLEMENTATION(source, table._table, table._table.columns, table._decoder)
        best = [float("inf"), float("inf")]
        for _ in range(ROUNDS):
            for index, read in enumerate((lines.lines, columns.batches)):
                started = time.process_time()
                for chunk in plan.chunks():
                    for _ in read(chunk, TableStats(DamageLog(name))):  # type: ignore[operator]
                        pass
                best[index] = min(best[index], time.process_time() - started)
        size = plan.pages * db.page_size / MB
    return name, size / best[0], size / best[1]


def parquet_seconds(path: Path, work: Path) -> tuple[float, float] | None:
    """Seconds of `export --format parquet`, with the start of its process, and those that pyarrow
    takes to write the same tables from memory; None if they are too large for that."""
    folder = work / "parquet"
    command = parquet_export(path, folder)
    writer = [sys.executable, "-m", "benchmarks.columns", "--write", str(path), str(work)]
    export_seconds = pyarrow_seconds = float("inf")
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        export_seconds = min(export_seconds, run(command).seconds)
        finished = subprocess.run(writer, check=True, capture_output=True, text=True)
        written = json.loads(finished.stdout)
        if written is None:
            return None
        pyarrow_seconds = min(pyarrow_seconds, written)
    shutil.rmtree(folder)
    return export_seconds, pyarrow_seconds


def parquet_export(path: Path, folder: Path) -> list[str]:
    workers = ["--workers", str(WORKERS)]
    return [GDB_EXPORT, "export", str(path), str(folder), "--format", "parquet", *workers]


def write_with_pyarrow(path: Path, work: Path) -> float | None:
    """Seconds to write all tables, which are in memory, with the settings of the export."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables: list[pa.Table] = []
    with gdb_export.open(path) as db:
        for table in db.tables.values():
            tables.append(table.arrow().read_all())
            if sum(each.nbytes for each in tables) > MAX_TABLES_BYTES:
                return None

    def write(index: int) -> None:
        table = tables[index]
        group_rows = max(1, table.num_rows * GROUP_BYTES // max(table.nbytes, 1))
        file = Path(folder) / f"{index}.parquet"
        pq.write_table(table, file, row_group_size=group_rows, compression="zstd")

    with (
        tempfile.TemporaryDirectory(dir=work) as folder,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        started = time.perf_counter()
        list(pool.map(write, sorted(range(len(tables)), key=lambda i: -tables[i].nbytes)))
        return time.perf_counter() - started


def count_seconds(path: Path) -> tuple[str, float, float]:
    """The largest table, and seconds to count its rows: by DuckDB over the stream of the table, and
    by fetching them with firebird-driver from the embedded engine."""
    import duckdb

    name = largest_table(path)
    with gdb_export.open(path) as db:
        streamed = db.tables[name]
        started = time.perf_counter()
        ((counted,),) = duckdb.sql("SELECT count(*) FROM streamed").fetchall()
        stream_seconds = time.perf_counter() - started
        assert streamed.warnings == ()
    started = time.perf_counter()
    fetched = fetched_rows(path, name)
    driver_seconds = time.perf_counter() - started
    if fetched != counted:
        raise SystemExit(f"{name}: {counted} rows counted, but {fetched} fetched")
    return name, stream_seconds, driver_seconds


def fetched_rows(path: Path, table: str) -> int:
    from tests.engine import connect

    with connect(path, charset="WIN1252") as connection, connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        return sum(1 for _ in cursor)


def parquet_peak(path: Path, work: Path) -> float:
    """The peak of resident memory of `export --format parquet`, in MiB."""
    folder = work / "parquet"
    shutil.rmtree(folder, ignore_errors=True)
    (measured,) = side_by_side(parquet_export(path, folder), rounds=1)
    shutil.rmtree(folder)
    return measured.peak


def main(arguments: list[str]) -> str:
    if arguments[0] == "--write":
        return json.dumps(write_with_pyarrow(Path(arguments[1]), Path(arguments[2])))
    path = Path(arguments[0])
    with tempfile.TemporaryDirectory() as work:
        return "\n".join(
            f"{measure}: {found}"
            for measure, found in (
                ("MB/s as CSV and as columns", kernels(path)),
                ("seconds of the export and of pyarrow", parquet_seconds(path, Path(work))),
                ("seconds of DuckDB and of firebird-driver", count_seconds(path)),
                ("memory, MiB", parquet_peak(path, Path(work))),
            )
        )


if __name__ == "__main__":
    print(main(sys.argv[1:]))
