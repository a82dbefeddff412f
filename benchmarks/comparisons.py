"""The measurements on each database, their comparisons and their targets."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.columns import count_seconds, kernels, parquet_peak, parquet_seconds
from benchmarks.kernel import compare
from benchmarks.measure import Run, best, median_pair, repeated, run, side_by_side
from benchmarks.prepared import HUGE, MB, WORK, check_golden, csv_of, described
from benchmarks.results import Result
from tests.engine.backups import back_up

GDB_EXPORT = str(Path(sys.executable).with_name("gdb-export"))
ZIPPED, CSV, FOLDER = WORK / "out.zip", WORK / "out.csv", WORK / "driver"

# Names of measures: "A, times B" is A divided by B, of seconds (`ratio`) or of rates (`speedup`)
AGAINST_IGZIP = "export, times igzip -1"
TWO_WORKERS = "two workers, times one"
AGAINST_DRIVER = "per core, times firebird-driver and csv"
MEMORY, INSPECT = "memory of the export, MB", "inspect, seconds"
# MB from which LARGE_IGZIP_TARGETS apply: in smaller databases the start of the process dominates
LARGE = 300
IGZIP_TARGETS = {"narrow": 2.5, "notes": 2.5, "many": 2.5}
LARGE_IGZIP_TARGETS = {"big": 1.5, "wide": 1.5}
WITH_DRIVER = ("wide", "narrow", "notes")
WITH_TWO_WORKERS = ("big", *WITH_DRIVER)
KERNEL_ALONE = (*WITH_TWO_WORKERS, "pictures")
MAX_MEMORY, MIN_TIMES_DRIVER, MIN_SPEEDUP_OF_TWO_WORKERS = 256, 15, 1.7
MAX_INSPECT_SECONDS, MAX_SMALL_SECONDS = 0.5, 0.4
# Columns and Parquet
COLUMNS_ALONE = ("big", "wide", "narrow", "notes")
AGAINST_PYARROW = ("big", "wide")
PARQUET_MEMORY = (HUGE, "pictures", "columns")
MIN_TIMES_CSV_KERNEL, MAX_TIMES_PYARROW, MIN_TIMES_COUNT, MAX_PARQUET_MEMORY = 1.5, 1.5, 30, 400


def export(path: Path, workers: int = 2) -> list[str]:
    """The command of an export."""
    return [GDB_EXPORT, "export", str(path), str(ZIPPED), "--overwrite", "--workers", str(workers)]


def igzip(csv: Path) -> list[str]:
    """The command of igzip -1 with one thread: that of Debian's isal, or of python-isal."""
    output = str(csv.with_suffix(".gz"))
    if shutil.which("igzip"):
        return ["igzip", "-1", "-T", "1", "-f", "-k", "-o", output, str(csv)]
    return [sys.executable, "-m", "isal.igzip", "-1", "-f", "-o", output, str(csv)]


def results_of(profile: str, path: Path) -> Iterator[Result]:
    """All measurements on the database of a profile."""
    subject = described(profile, path)
    if profile == "small":
        yield seconds_of("export, seconds", subject, best_run(export(path)), MAX_SMALL_SECONDS)
        return
    if profile in PARQUET_MEMORY:
        peak = parquet_peak(path, WORK)
        yield peak_of("memory of --format parquet, MB", subject, peak, MAX_PARQUET_MEMORY)
    if profile == "columns":
        return
    if profile == HUGE:
        inspect = best_run([GDB_EXPORT, "inspect", str(path)])
        yield seconds_of(INSPECT, subject, inspect, MAX_INSPECT_SECONDS)
        yield memory(subject, run(export(path)))
        ZIPPED.unlink()
        return
    yield from export_results(profile, path, subject)
    if profile in WITH_DRIVER:
        yield backup_result(path, subject)
        yield driver_result(path, subject)
    if profile in KERNEL_ALONE:
        yield kernel_result(path, subject)
    yield from column_results(profile, path, subject)


def column_results(profile: str, path: Path, subject: str) -> Iterator[Result]:
    """Columns and Parquet, compared with the CSV kernel, with pyarrow and with firebird-driver."""
    if profile in COLUMNS_ALONE:
        name, csv_rate, column_rate = kernels(path)
        measure = f"kernel of columns ({name}), times that of CSV"
        rates = f"{column_rate:.0f} MB/s", f"{csv_rate:.0f} MB/s"
        value = column_rate / csv_rate
        target = MIN_TIMES_CSV_KERNEL if profile in ("big", "wide") else None
        yield Result(measure, subject, *rates, value, f"{value:.2f}", target, is_minimum=True)
    seconds = parquet_seconds(path, WORK) if profile in AGAINST_PYARROW else None
    if seconds is not None:
        measure = "--format parquet, times pyarrow from memory"
        yield ratio(measure, subject, *seconds, MAX_TIMES_PYARROW)
    if profile == "wide":
        name, duckdb_seconds, driver_seconds = count_seconds(path)
        measure = (
            f"DuckDB counts the rows of {name}, times faster than firebird-driver fetches them"
        )
        yield speedup(measure, subject, duckdb_seconds, driver_seconds, MIN_TIMES_COUNT)


def export_results(profile: str, path: Path, subject: str) -> Iterator[Result]:
    """The whole export by two workers compared with igzip on its CSVs, and with one worker."""
    run(export(path))
    csv_of(ZIPPED, CSV)
    if profile == "big":
        check_golden(ZIPPED)
    outputs = ZIPPED, CSV.with_suffix(".gz")
    measurements = repeated(export(path), export(path, 1), igzip(CSV), outputs=outputs)
    csv_size = f"CSV {CSV.stat().st_size / MB:,.0f} MB"
    for file in (CSV, *outputs):
        file.unlink(missing_ok=True)
    target = IGZIP_TARGETS.get(profile)
    if path.stat().st_size >= LARGE * MB:
        target = LARGE_IGZIP_TARGETS.get(profile, target)
    pair = median_pair([(two.seconds, gzip.seconds) for two, _, gzip in measurements])
    yield ratio(AGAINST_IGZIP, f"{subject}, {csv_size}", *pair, target)
    if profile in WITH_TWO_WORKERS:
        pair = median_pair([(two.seconds, one.seconds) for two, one, _ in measurements])
        yield speedup(TWO_WORKERS, subject, *pair, MIN_SPEEDUP_OF_TWO_WORKERS)
    yield memory(subject, best([two for two, _, _ in measurements]))


def backup_result(path: Path, subject: str) -> Result:
    """The export of a gbak backup compared with that of its database."""
    backup = path.with_suffix(".fbk")
    backup.unlink(missing_ok=True)
    back_up(path, backup)
    measurements = repeated(export(backup), export(path), outputs=[ZIPPED])
    backup.unlink()
    pair = median_pair([(of_backup.seconds, own.seconds) for of_backup, own in measurements])
    measure = "export of its backup, times that of the database"
    return ratio(measure, subject, *pair, None)


def driver_result(path: Path, subject: str) -> Result:
    """The CPU time compared with that of firebird-driver, which takes minutes: it runs once."""
    driver = [sys.executable, "-m", "benchmarks.driver_csv", str(path), str(FOLDER)]
    export_run, driver_run = side_by_side(export(path), driver, rounds=1)
    cpu_seconds = min(export_run.cpu_seconds, run(export(path)).cpu_seconds)
    shutil.rmtree(FOLDER)
    ZIPPED.unlink()
    return speedup(AGAINST_DRIVER, subject, cpu_seconds, driver_run.cpu_seconds, MIN_TIMES_DRIVER)


def kernel_result(path: Path, subject: str) -> Result:
    """The rate of the kernel, without reading and compression, compared with the reference."""
    name, reference, kernel = compare(path)
    rates = f"{kernel:.0f} MB/s", f"{reference:.0f} MB/s"
    measure = f"kernel alone ({name}), times the reference implementation"
    return Result(measure, subject, *rates, kernel / reference, f"{kernel / reference:.1f}")


def best_run(command: list[str]) -> Run:
    return side_by_side(command, outputs=[ZIPPED])[0]


def ratio(
    measure: str, subject: str, measured: float, compared: float, target: float | None
) -> Result:
    value = measured / compared
    seconds = f"{measured:.2f} s", f"{compared:.2f} s"
    return Result(measure, subject, *seconds, value, f"{value:.2f}", target)


def speedup(measure: str, subject: str, measured: float, compared: float, target: float) -> Result:
    """A result whose value is the compared seconds divided by the measured seconds."""
    value = compared / measured
    value_text = f"{value:.2f}" if value < 10 else f"{value:.0f}"
    seconds = f"{measured:.2f} s", f"{compared:.2f} s"
    return Result(measure, subject, *seconds, value, value_text, target, is_minimum=True)


def seconds_of(measure: str, subject: str, measured: Run, target: float) -> Result:
    seconds = measured.seconds
    return Result(measure, subject, f"{seconds:.2f} s", "", seconds, "", target)


def memory(subject: str, measured: Run) -> Result:
    return peak_of(MEMORY, subject, measured.peak, MAX_MEMORY)


def peak_of(measure: str, subject: str, peak: float, target: float) -> Result:
    return Result(measure, subject, f"{peak:.0f} MB", "", peak, "", target)
