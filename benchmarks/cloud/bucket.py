"""Exports from a bucket: bytes fetched, memory and time, also by several tasks.

    python -m benchmarks.cloud.bucket [--size MB] [--only wide,turns] [--tasks 1,8]

Everything is measured in one run on one machine. The storage server shares its cores; its CPU time
is reported in brackets.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import machine
from benchmarks.cloud.needed import needed_bytes
from benchmarks.cloud.served import Bench, ServedRun, bench
from benchmarks.cloud.tasks import results_of_tasks
from benchmarks.comparisons import GDB_EXPORT, ZIPPED
from benchmarks.prepared import MB, WORK, database
from benchmarks.results import HEAD, Result

MAX_FETCHED = 1.15  # bytes fetched per byte needed
MAX_TIME = 1.3  # relative to the slower of local export and download
MAX_INSPECTED = 16  # MB that `inspect` fetches
# MiB: address space of an export to Parquet, of which pyarrow only reserves a part, and the memory
# of the job, which bounds its resident memory
PARQUET_LIMIT, MAX_PARQUET_MEMORY = 3072, 2048
PROFILES = {
    "wide": "two tables, one after the other",
    "turns": "seven tables, filled in turns so that their pages are interleaved",
}


def results_of(bench: Bench, profile: str, path: Path, limit: int) -> Iterator[Result]:
    """The measurements of exports of a database.

    One of the exports is limited to `limit` MiB of address space.
    """
    subject = f"{PROFILES[profile]}, {path.stat().st_size / MB:,.0f} MB"
    uri, copy, needed = bench.put(path), WORK / "copy", needed_bytes(path)
    limited = [
        sys.executable,
        "-m",
        "benchmarks.cloud.limited",
        str(limit),
        "gdb_export",
    ]
    target = [str(ZIPPED), "--overwrite"]
    file_export = bench.measure([GDB_EXPORT, "export", str(path), *target])
    download = bench.measure([sys.executable, "-m", "benchmarks.cloud.download", uri, str(copy)])
    copy.unlink()
    limited_export = bench.measure([*limited, "export", uri, *target])
    unlimited = bench.measure([GDB_EXPORT, "export", uri, *target])
    ZIPPED.unlink()
    slower = max(file_export, download, key=lambda served: served.run.seconds)
    name = "the file" if slower is file_export else "the download alone"
    compared = f"{_time(slower)} for {name}"
    yield _ratio(f"export in {limit} MiB, wall time", subject, limited_export, slower, compared)
    yield _ratio("export without a limit, wall time", subject, unlimited, slower, compared)
    yield Result(
        f"fetched in {limit} MiB", subject,
        f"{limited_export.fetched / MB:,.0f} MB in {limited_export.requests:,} requests",
        f"{needed / MB:,.0f} MB of pages needed",
        limited_export.fetched / needed, f"{limited_export.fetched / needed:.2f}", MAX_FETCHED,
    )  # fmt: skip
    share = limited_export.run.peak / limit
    peak = f"{limited_export.run.peak:.0f} MiB"
    yield Result("peak of resident memory", subject, peak, f"{limit} MiB", share, f"{share:.2f}", 1)
    yield parquet_result(bench, subject, uri)
    inspected = bench.measure([GDB_EXPORT, "inspect", uri]).fetched / MB
    fetched = f"{inspected:.1f} MB"
    yield Result("fetched by inspect", subject, fetched, "", inspected, "", MAX_INSPECTED)


def parquet_result(bench: Bench, subject: str, uri: str) -> Result:
    """The memory of an export to Parquet from the bucket into the bucket, with PARQUET_LIMIT
    MiB of address space."""
    limited = [sys.executable, "-m", "benchmarks.cloud.limited", str(PARQUET_LIMIT), "gdb_export"]
    target = uri.removesuffix(".fdb") + "-parquet/"
    command = [*limited, "export", uri, target, "--format", "parquet", "--overwrite"]
    peak = bench.measure(command).run.peak
    share = peak / MAX_PARQUET_MEMORY
    measure = f"peak of resident memory, Parquet in {PARQUET_LIMIT} MiB"
    return Result(
        measure, subject, f"{peak:.0f} MiB", f"{MAX_PARQUET_MEMORY} MiB", share, f"{share:.2f}", 1
    )


def _ratio(
    measure: str, subject: str, measured: ServedRun, slower: ServedRun, compared: str
) -> Result:
    ratio = measured.run.seconds / slower.run.seconds
    return Result(measure, subject, _time(measured), compared, ratio, f"{ratio:.2f}", MAX_TIME)


def _time(served: ServedRun) -> str:
    run = served.run
    return (
        f"{run.seconds:.1f} s ({run.cpu_seconds:.1f} + {served.server_seconds:.1f} of the server)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.cloud.bucket")
    parser.add_argument("--size", type=float, default=3000, help="MB of each database")
    parser.add_argument("--only", default=",".join(PROFILES), help=", ".join(PROFILES))
    parser.add_argument("--limit", type=int, default=512, help="MiB of address space")
    parser.add_argument(
        "--task-size", type=float, default=1000, help="MB of the database for several tasks"
    )
    parser.add_argument("--tasks", default="1,2,3,8,64", help="numbers of tasks; empty for none")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"On {machine()}:\n\n{HEAD}", flush=True)
    with bench(WORK / "buckets") as opened_bench:
        for profile in filter(None, arguments.only.split(",")):
            path = database(profile, arguments.size)
            assert path is not None
            for result in results_of(opened_bench, profile, path, arguments.limit):
                print(result.row(), flush=True)
        counts = [int(count) for count in arguments.tasks.split(",") if count]
        path = database("wide", arguments.task_size)
        assert path is not None
        for result in results_of_tasks(opened_bench, path, counts):
            print(result.row(), flush=True)


if __name__ == "__main__":
    main()
