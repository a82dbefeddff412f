"""What is measured on each database, beside what, and the bar that it should keep."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.claims import Claim
from benchmarks.kernel import compare
from benchmarks.measure import Run, run, side_by_side
from benchmarks.prepared import HUGE, MB, WORK, check_golden, csv_of, described
from tests.engine.backups import back_up

GDB_EXPORT = str(Path(sys.executable).with_name("gdb-export"))
ZIPPED, CSV, FOLDER = WORK / "out.zip", WORK / "out.csv", WORK / "driver"

AGAINST_IGZIP = "export, times igzip -1"
# That of wide rows is for databases of so many MB and more: the start of a process is in all
LARGE = 300
IGZIP_BARS = {"narrow": 2.5, "notes": 2.5, "many": 2.5}
LARGE_IGZIP_BARS = {"big": 1.5, "wide": 1.5}
WITH_DRIVER = ("wide", "narrow", "notes")
ON_WORKERS = ("big", *WITH_DRIVER)
KERNEL_ALONE = (*ON_WORKERS, "pictures")
MAX_MEMORY, LEAST_FASTER, LEAST_OF_TWO_WORKERS = 256, 15, 1.7
MOST_OF_INSPECT, MOST_OF_SMALL = 0.5, 0.4


def export(path: Path, workers: int = 2) -> list[str]:
    return [GDB_EXPORT, "export", str(path), str(ZIPPED), "--overwrite", "--workers", str(workers)]


def igzip(csv: Path) -> list[str]:
    """The command of a single-threaded igzip -1: Debian's isal, or python-isal's."""
    output = str(csv.with_suffix(".gz"))
    if shutil.which("igzip"):
        return ["igzip", "-1", "-T", "1", "-f", "-k", "-o", output, str(csv)]
    return [sys.executable, "-m", "isal.igzip", "-1", "-f", "-o", output, str(csv)]


def claims_of(profile: str, path: Path) -> Iterator[Claim]:
    """All that is measured on the database of a profile."""
    of = described(profile, path)
    if profile == "small":
        yield alone("export", of, run_of(export(path)), MOST_OF_SMALL)
        return
    if profile == HUGE:
        yield alone("inspect", of, run_of([GDB_EXPORT, "inspect", str(path)]), MOST_OF_INSPECT)
        yield memory(of, run(export(path)))
        ZIPPED.unlink()
        return
    yield from of_export(profile, path, of)
    if profile in WITH_DRIVER:
        yield of_backup(path, of)
        yield against_driver(path, of)
    if profile in KERNEL_ALONE:
        yield of_kernel(path, of)


def of_export(profile: str, path: Path, of: str) -> Iterator[Claim]:
    """The whole export beside igzip on the CSVs that it writes, and beside itself."""
    run(export(path))
    csv_of(ZIPPED, CSV)
    if profile == "big":
        check_golden(ZIPPED)
    made = ZIPPED, CSV.with_suffix(".gz")
    two, one, packer = side_by_side(export(path), export(path, 1), igzip(CSV), made=made)
    csv_size = f"CSV {CSV.stat().st_size / MB:,.0f} MB"
    for left in (CSV, *made):
        left.unlink(missing_ok=True)
    bar = IGZIP_BARS.get(profile)
    if path.stat().st_size >= LARGE * MB:
        bar = LARGE_IGZIP_BARS.get(profile, bar)
    yield ratio(AGAINST_IGZIP, f"{of}, {csv_size}", two.seconds, packer.seconds, bar)
    if profile in ON_WORKERS:
        yield times("two workers, times one", of, two.seconds, one.seconds, LEAST_OF_TWO_WORKERS)
    yield memory(of, two)


def of_backup(path: Path, of: str) -> Claim:
    """The export of a backup by gbak beside that of its database."""
    backup = path.with_suffix(".fbk")
    backup.unlink(missing_ok=True)
    back_up(path, backup)
    ours, databases = side_by_side(export(backup), export(path), made=[ZIPPED])
    backup.unlink()
    what = "export of its backup, times that of the database"
    return ratio(what, of, ours.seconds, databases.seconds, None)


def against_driver(path: Path, of: str) -> Claim:
    """Seconds of processor; one run of the driver is enough, it takes minutes."""
    usual_way = [sys.executable, "-m", "benchmarks.driver_csv", str(path), str(FOLDER)]
    ours, drivers = side_by_side(export(path), usual_way, rounds=1)
    ours = min(ours, run(export(path)), key=lambda one: one.processor)
    shutil.rmtree(FOLDER)
    ZIPPED.unlink()
    what = "per core, times firebird-driver and csv"
    return times(what, of, ours.processor, drivers.processor, LEAST_FASTER)


def of_kernel(path: Path, of: str) -> Claim:
    name, plain, kernel = compare(path)
    rates = f"{kernel:.0f} MB/s", f"{plain:.0f} MB/s"
    return Claim(f"kernel alone ({name}), times its twin", of, *rates,
                 kernel / plain, f"{kernel / plain:.1f}")  # fmt: skip


def run_of(command: list[str]) -> Run:
    return side_by_side(command, made=[ZIPPED])[0]


def ratio(what: str, of: str, ours: float, other: float, bar: float | None) -> Claim:
    figure = ours / other
    return Claim(what, of, f"{ours:.2f} s", f"{other:.2f} s", figure, f"{figure:.2f}", bar)


def times(what: str, of: str, ours: float, other: float, bar: float) -> Claim:
    """How many times faster than the other."""
    figure = other / ours
    shown = f"{figure:.2f}" if figure < 10 else f"{figure:.0f}"
    return Claim(what, of, f"{ours:.2f} s", f"{other:.2f} s", figure, shown, bar, is_least=True)


def alone(what: str, of: str, measured: Run, bar: float) -> Claim:
    return Claim(f"{what}, seconds", of, f"{measured.seconds:.2f} s", "", measured.seconds, "", bar)


def memory(of: str, measured: Run) -> Claim:
    peak = f"{measured.peak:.0f} MB"
    return Claim("memory of the export, MB", of, peak, "", measured.peak, "", MAX_MEMORY)
