"""Exports from a bucket: what is fetched, in how much memory, how long it takes, by many tasks.

    python -m benchmarks.cloud.bucket [--size MB] [--only wide,turns] [--tasks 1,8]

Everything is measured in one run on one machine; the storage server shares its cores, and what it
takes of them is told in brackets.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import machine
from benchmarks.claims import HEAD, Claim
from benchmarks.cloud.needed import needed_bytes
from benchmarks.cloud.served import Bench, Served, bench
from benchmarks.cloud.tasks import claims_of_tasks
from benchmarks.comparisons import GDB_EXPORT, ZIPPED
from benchmarks.prepared import MB, WORK, database

MAX_FETCHED, MAX_TIME, MAX_INSPECTED = 1.15, 1.3, 16
MIB = 1 << 20
PROFILES = {
    "wide": "two tables, one after the other",
    "turns": "seven tables, filled in turns so that their pages are interleaved",
}


def claims_of(bench: Bench, profile: str, path: Path, limit: int) -> Iterator[Claim]:
    """Of a database that is exported with `limit` MiB of address space, enforced."""
    of = f"{PROFILES[profile]}, {path.stat().st_size / MB:,.0f} MB"
    uri, copy, needed = bench.put(path), WORK / "copy", needed_bytes(path)
    limited = [
        sys.executable,
        "-m",
        "benchmarks.cloud.limited",
        str(limit),
        "gdb_export",
    ]
    target = [str(ZIPPED), "--overwrite"]
    file = bench.served([GDB_EXPORT, "export", str(path), *target])
    download = bench.served([sys.executable, "-m", "benchmarks.cloud.download", uri, str(copy)])
    copy.unlink()
    ranged = bench.served([*limited, "export", uri, *target])
    whole = bench.served([GDB_EXPORT, "export", uri, *target])
    ZIPPED.unlink()
    slower = max(file, download, key=lambda one: one.run.seconds)
    beside = f"{_time(slower)} for {'the file' if slower is file else 'the download alone'}"
    yield _ratio(f"export in {limit} MiB, by the clock", of, ranged, slower, beside)
    yield _ratio("export in all the memory there is", of, whole, slower, beside)
    yield Claim(
        f"fetched in {limit} MiB", of,
        f"{ranged.fetched / MB:,.0f} MB in {ranged.requests:,} requests",
        f"{needed / MB:,.0f} MB of pages needed",
        ranged.fetched / needed, f"{ranged.fetched / needed:.2f}", MAX_FETCHED,
    )  # fmt: skip
    share = ranged.run.peak / limit
    peak = f"{ranged.run.peak:.0f} MiB"
    yield Claim("resident at most", of, peak, f"{limit} MiB", share, f"{share:.2f}", 1)
    inspected = bench.served([GDB_EXPORT, "inspect", uri]).fetched / MB
    yield Claim("fetched by inspect", of, f"{inspected:.1f} MB", "", inspected, "", MAX_INSPECTED)


def _ratio(what: str, of: str, measured: Served, slower: Served, beside: str) -> Claim:
    ratio = measured.run.seconds / slower.run.seconds
    return Claim(what, of, _time(measured), beside, ratio, f"{ratio:.2f}", MAX_TIME)


def _time(one: Served) -> str:
    return f"{one.run.seconds:.1f} s ({one.run.processor:.1f} + {one.server:.1f} of the server)"


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.cloud.bucket")
    parser.add_argument("--size", type=float, default=3000, help="MB of each database")
    parser.add_argument("--only", default=",".join(PROFILES), help=", ".join(PROFILES))
    parser.add_argument("--limit", type=int, default=512, help="MiB of address space")
    parser.add_argument("--task-size", type=float, default=1000, help="MB, for many tasks")
    parser.add_argument("--tasks", default="1,2,3,8,64", help="numbers of tasks; empty for none")
    chosen = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"On {machine()}:\n\n{HEAD}", flush=True)
    with bench(WORK / "buckets") as running:
        for profile in filter(None, chosen.only.split(",")):
            path = database(profile, chosen.size)
            assert path is not None
            for claim in claims_of(running, profile, path, chosen.limit):
                print(claim.row(), flush=True)
        counts = [int(count) for count in chosen.tasks.split(",") if count]
        path = database("wide", chosen.task_size)
        assert path is not None
        for claim in claims_of_tasks(running, path, counts):
            print(claim.row(), flush=True)


if __name__ == "__main__":
    main()
