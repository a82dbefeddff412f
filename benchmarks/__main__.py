"""The benchmarks: the whole export against the compressor, the usual way, and itself.

    python -m benchmarks [--size MB] [--only wide,narrow] [--chart FILE.svg] [--quote README.md]

Everything is measured in one run on one machine, files in the page cache, and told as ratios of
what ran side by side. The best of five rounds counts.
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
from benchmarks.claims import Claim, markdown
from benchmarks.comparisons import AGAINST_IGZIP, LARGE, claims_of, igzip
from benchmarks.prepared import HUGE, PROFILES, WORK, database
from gdb_export.csv_rows import COMPILED

QUOTED = re.compile(r"(<!-- make bench -->\n).*?(<!-- -->\n)", re.DOTALL)


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


def measured(profiles: Sequence[str], size: float) -> Iterator[Claim]:
    """The claims of each profile, told on stderr as they come."""
    WORK.mkdir(parents=True, exist_ok=True)
    for profile in profiles:
        path = database(profile, size)
        if path is None:
            print(f"{profile}: not at hand, left out", file=sys.stderr)
            continue
        for claim in claims_of(profile, path):
            print(claim.row(), file=sys.stderr, flush=True)
            yield claim


def ratios_chart(claims: Sequence[Claim]) -> str:
    """The claims against igzip as bars, each with the most that it may be."""
    rows = [(one.of.rpartition(", ")[0], one.figure, one.bar or one.figure)
            for one in claims if one.what == AGAINST_IGZIP]  # fmt: skip
    return chart("Whole export, in times of igzip -1 on its CSVs", rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--size", type=float, default=100, help="MB of each generated database")
    parser.add_argument("--only", help=", ".join(PROFILES))
    parser.add_argument("--chart", type=Path, help="write the ratios as an SVG")
    parser.add_argument("--quote", type=Path, help="put the table into this Markdown file")
    arguments = parser.parse_args()
    usual = [name for name in PROFILES if name != HUGE or arguments.size >= LARGE]
    profiles = arguments.only.split(",") if arguments.only else usual
    claims = list(measured(profiles, arguments.size))
    told = f"On {machine()}:\n\n{markdown(claims)}\n"
    print(told, end="")
    if arguments.chart:
        arguments.chart.write_text(ratios_chart(claims))
    if arguments.quote:
        text = arguments.quote.read_text()
        arguments.quote.write_text(QUOTED.sub(lambda marks: marks[1] + told + marks[2], text))


if __name__ == "__main__":
    main()
