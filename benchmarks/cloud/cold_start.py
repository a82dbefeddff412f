"""Measures the start of a new instance of a function: python -m benchmarks.cloud.cold_start.

Each row is the median of fresh processes: the interpreter alone, the imports for an event that is
not an upload, and those for an upload. On a busy machine only the CPU time is meaningful.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FUNCTIONS = Path(__file__).parents[2] / "functions"
PROCESSES = 7
STEPS = {
    "the interpreter": "pass",
    "any event": "import main",
    "an upload": "import main, clients",
}


def run_times(program: str) -> tuple[float, float]:
    """CPU time and wall time of one process, in seconds."""
    path = os.pathsep.join([str(FUNCTIONS), str(FUNCTIONS.parent)])
    cpu_before, started = _cpu_seconds(), time.monotonic()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return _cpu_seconds() - cpu_before, time.monotonic() - started


def _cpu_seconds() -> float:
    """The CPU time of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(show: Callable[[str], None] = print) -> None:
    show("| imports of a new instance for | CPU time | wall time |\n|---|---|---|")
    for name, program in STEPS.items():
        run_times(program)  # fills the page cache
        runs = [run_times(program) for _ in range(PROCESSES)]
        cpu_time, wall_time = (statistics.median(column) for column in zip(*runs, strict=True))
        show(f"| {name} | {cpu_time:.2f} s | {wall_time:.2f} s |")


if __name__ == "__main__":
    main()
