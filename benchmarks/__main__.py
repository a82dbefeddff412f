"""The benchmarks: the whole export against the compressor, the usual way, and itself.

    python -m benchmarks [--size MB] [--only wide,narrow] [--chart FILE.svg]

Everything is measured in one run on one machine, files in the page cache, and told as ratios.
The best of three runs counts.
"""

import argparse
import hashlib
import json
import lzma
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.databases import generate
from benchmarks.kernel import compare
from benchmarks.measure import Run, best, run
from job.csv_rows import COMPILED

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "benchmarks"
BIG = ROOT.parent / "shared" / "big"
GDB_EXPORT = str(Path(sys.executable).with_name("gdb-export"))
MB = 1_000_000

PROFILES = {
    "big": "wide, ODS 10.1",
    "wide": "wide mixed rows",
    "narrow": "narrow rows",
    "notes": "text blobs",
    "many": "2,000 tables of 1,000 rows",
    "pictures": "a blob of 2 MB a row",
    "small": "a database of 1 MB",
}
# At most so many times what igzip takes for the CSVs; so many seconds for the small one
BARS = {"big": 1.5, "wide": 1.5, "narrow": 2.5, "notes": 2.5, "many": 2.5}
WITH_DRIVER = ("wide", "narrow", "notes")


@dataclass(frozen=True)
class Result:
    """What was measured on one database; None where it was not."""

    profile: str
    database_mb: float
    csv_mb: float
    export: Run
    one_worker: Run
    igzip: Run
    driver: Run | None
    inspect: Run
    plain_rows: float
    kernel_rows: float

    @property
    def against_igzip(self) -> float:
        return self.export.seconds / self.igzip.seconds

    @property
    def two_workers(self) -> float:
        return self.one_worker.seconds / self.export.seconds

    @property
    def against_driver(self) -> float | None:
        return None if self.driver is None else self.driver.processor / self.export.processor


def database(profile: str, size: float) -> Path | None:
    """The database of a profile, made if it isn't there yet; None where it can't be had."""
    path = WORK / f"{profile}-{size:g}.fdb"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    if profile == "big":
        packed = BIG / "fb15_300mb.gdb.xz"
        if not packed.exists():
            return None
        with lzma.open(packed) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target, MB)
    else:
        generate(profile, size, part)
    return part.rename(path)


def csv_of(zipped: Path, target: Path) -> int:
    """All CSVs of a ZIP in one file; its length."""
    with zipfile.ZipFile(zipped) as archive, target.open("wb") as file:
        for name in csv_names(archive):
            with archive.open(name) as member:
                shutil.copyfileobj(member, file, MB)
        return file.tell()


def csv_names(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.endswith(".csv")]


def check_golden(zipped: Path) -> None:
    """The CSVs of the big database are those of the engine that wrote it."""
    golden = json.loads((BIG / "hashes.json").read_text())["tables"]
    with zipfile.ZipFile(zipped) as archive:
        for name in csv_names(archive):
            with archive.open(name) as member:
                digest = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
            if digest != golden[name.removesuffix(".csv")]["sha256"]:
                raise SystemExit(f"{name} is not what the engine gives")


def igzip(csv: Path) -> list[str]:
    """The command of a single-threaded igzip -1: Debian's isal, or python-isal's."""
    output = str(csv.with_suffix(".gz"))
    if shutil.which("igzip"):
        return ["igzip", "-1", "-T", "1", "-f", "-k", "-o", output, str(csv)]
    return [sys.executable, "-m", "isal.igzip", "-1", "-f", "-o", output, str(csv)]


def measure(profile: str, path: Path) -> Result:
    zipped, csv = WORK / "out.zip", WORK / "out.csv"
    _, plain_rows, kernel_rows = compare(path)
    export = [GDB_EXPORT, "export", str(path), str(zipped), "--overwrite"]
    whole = best(export)
    csv_bytes = csv_of(zipped, csv)
    if profile == "big":
        check_golden(zipped)
    result = Result(
        profile,
        path.stat().st_size / MB,
        csv_bytes / MB,
        whole,
        best([*export, "--workers", "1"]),
        best(igzip(csv)),
        usual_way(path) if profile in WITH_DRIVER else None,
        best([GDB_EXPORT, "inspect", str(path)]),
        plain_rows,
        kernel_rows,
    )
    for left in (zipped, csv, csv.with_suffix(".gz")):
        left.unlink(missing_ok=True)
    return result


def usual_way(path: Path) -> Run:
    """One run is enough: it takes minutes."""
    folder = WORK / "driver"
    figures = run([sys.executable, "-m", "benchmarks.driver_csv", str(path), str(folder)])
    shutil.rmtree(folder)
    return figures


def table(results: list[Result]) -> Iterator[str]:
    """Markdown; seconds are by the clock, and of processor in brackets."""
    yield (
        "| database | MB | CSV MB | export | igzip -1 | ratio | bar | 2 workers "
        "| per core against firebird-driver | kernel alone | peak MB | inspect |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for one in results:
        driver = "" if one.against_driver is None else f"{one.against_driver:.0f} ×"
        kernel = f"{one.kernel_rows:.0f} MB/s, {one.kernel_rows / one.plain_rows:.0f} × its twin"
        yield (
            f"| {PROFILES[one.profile]} | {one.database_mb:.1f} | {one.csv_mb:.1f} "
            f"| {both(one.export)} | {both(one.igzip)} | {one.against_igzip:.2f} "
            f"| {BARS.get(one.profile, '')} | {one.two_workers:.2f} × | {driver} | {kernel} "
            f"| {one.export.peak:.0f} | {one.inspect.seconds:.2f} s |"
        )


def both(figures: Run) -> str:
    return f"{figures.seconds:.2f} s ({figures.processor:.2f})"


def machine() -> str:
    """Processor, cores, Python and the versions that matter."""
    names = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("gdb-export", "isal", "firebird-embedded")
    )
    compressor = subprocess.run(
        [*igzip(Path("x"))[:1], "--version"], capture_output=True, text=True
    )
    kernel = "compiled kernel" if COMPILED else "plain Python, no kernel"
    return (
        f"{processor}, {len(names)} cores, Python {platform.python_version()}, {packages}, "
        f"{compressor.stdout.strip() or 'python-isal'}; {kernel}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--size", type=float, default=100, help="MB of each generated database")
    parser.add_argument("--only", default=",".join(PROFILES), help=", ".join(PROFILES))
    parser.add_argument("--chart", type=Path, help="write the ratios as an SVG")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    results = []
    for profile in arguments.only.split(","):
        path = database(profile, arguments.size)
        if path is None:
            print(f"{profile}: not at hand, left out", file=sys.stderr)
            continue
        results.append(measure(profile, path))
        print(list(table(results))[-1], file=sys.stderr, flush=True)
    print(machine(), "", *table(results), sep="\n")
    if arguments.chart:
        bars = [(PROFILES[one.profile], one.against_igzip, BARS[one.profile])
                for one in results if one.profile in BARS]  # fmt: skip
        arguments.chart.write_text(chart("Whole export, in times of igzip -1 on its CSVs", bars))


if __name__ == "__main__":
    main()
