"""The benchmarks: exports compared with a compressor, with firebird-driver, and with themselves.

    python -m benchmarks [--size MB] [--only wide,narrow] [--chart FILE.svg] [--quote]

Everything is measured in one run on one machine, with files in the page cache. The results are
ratios of commands that ran side by side. The ratio of a whole export to igzip, to one worker or to
the export of a backup is the median of three measurements, each from the best of three rounds. The
others are from the best of several rounds.
"""

import argparse
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.comparisons import AGAINST_IGZIP, LARGE, igzip, results_of
from benchmarks.figures import figures
from benchmarks.prepared import HUGE, PROFILES, ROOT, WORK, database
from benchmarks.results import Result, markdown
from gdb_export.csv_rows import COMPILED

DOCS = ROOT / "docs"


def machine() -> str:
    """Processor, cores, Python and the relevant versions."""
    model_names = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    processor = model_names[0].partition(":")[2].strip() if model_names else platform.machine()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("gdb-export", "isal", "firebird-embedded")
    )
    compressor = subprocess.run(
        [*igzip(Path("x"))[:1], "--version"], capture_output=True, text=True
    )
    kernel = "compiled" if COMPILED else "reference implementation"
    return (
        f"{processor}, {len(model_names)} cores, Python {platform.python_version()}, {packages}, "
        f"{compressor.stdout.strip() or 'python-isal'}; {kernel}"
    )


def measured(profiles: Sequence[str], size: float) -> Iterator[Result]:
    """The results of each profile, printed on stderr as they come."""
    WORK.mkdir(parents=True, exist_ok=True)
    for profile in profiles:
        path = database(profile, size)
        if path is None:
            print(f"{profile}: skipped, the database is not available", file=sys.stderr)
            continue
        for result in results_of(profile, path):
            print(result.row(), file=sys.stderr, flush=True)
            yield result


def ratios_chart(results: Sequence[Result]) -> str:
    """The ratios to igzip as bars, each with its target."""
    rows = [
        (result.subject.rpartition(", ")[0], result.value, result.target or result.value)
        for result in results
        if result.measure == AGAINST_IGZIP
    ]
    return chart("Time of a whole export, relative to igzip -1 on its CSVs", rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--size", type=float, default=100, help="MB of each generated database")
    parser.add_argument("--only", help=", ".join(PROFILES))
    parser.add_argument("--chart", type=Path, help="write the ratios as an SVG")
    parser.add_argument(
        "--quote", action="store_true", help="put table, chart and figures into the documents"
    )
    arguments = parser.parse_args()
    default_profiles = [name for name in PROFILES if name != HUGE or arguments.size >= LARGE]
    profiles = arguments.only.split(",") if arguments.only else default_profiles
    results = list(measured(profiles, arguments.size))
    report = f"On {machine()}:\n\n{markdown(results)}\n"
    print(report, end="")
    if arguments.chart:
        arguments.chart.write_text(ratios_chart(results))
    if arguments.quote:
        put_between(DOCS / "benchmarks.md", "make bench", report)
        put_between(ROOT / "README.md", "figures", figures(results, machine()))
        (DOCS / "benchmarks.svg").write_text(ratios_chart(results), encoding="utf-8")


def put_between(document: Path, mark: str, text: str) -> None:
    """Replace the text of the document between `<!-- MARK -->` and `<!-- -->`."""
    marks = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- -->\n)", re.DOTALL)
    old = document.read_text(encoding="utf-8")
    assert marks.search(old), f"{document.name} has no mark {mark}"
    document.write_text(marks.sub(lambda match: match[1] + text + match[2], old), encoding="utf-8")


if __name__ == "__main__":
    main()
