"""How long a new instance of a function takes to start: python -m benchmarks.cloud.cold_start.

Each row is the median of fresh processes: a bare interpreter, then what an event that is no upload
needs, then what an upload needs. Wall time of a busy machine is not worth much; that of the
processor is.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FUNCTIONS = Path(__file__).parent.parent / "functions"
PROCESSES = 7
STEPS = {
    "the interpreter": "pass",
    "any event": "import main",
    "an upload": "import main, clients",
}


def seconds(program: str) -> tuple[float, float]:
    """Of the processor and of the clock, for one process."""
    path = os.pathsep.join([str(FUNCTIONS), str(FUNCTIONS.parent)])
    before, began = _used(), time.monotonic()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return _used() - before, time.monotonic() - began


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(show: Callable[[str], None] = print) -> None:
    show("| a new instance imports for | processor | clock |\n|---|---|---|")
    for name, program in STEPS.items():
        seconds(program)  # the files are in memory from here on
        runs = [seconds(program) for _ in range(PROCESSES)]
        processor, clock = (statistics.median(column) for column in zip(*runs, strict=True))
        show(f"| {name} | {processor:.2f} s | {clock:.2f} s |")


if __name__ == "__main__":
    main()
