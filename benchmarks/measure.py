"""Time, processor time and memory of whole processes, their start included."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One process: seconds by the clock, seconds of processor, peak of resident memory in MB."""

    seconds: float
    processor: float
    peak: float


def run(command: Sequence[str]) -> Run:
    """Runs a command to its end; fails if it fails. The peak counts mapped pages of files too."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {errors.decode()[-500:]}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(command: Sequence[str], times: int = 3) -> Run:
    """The least of each figure over several runs, but the greatest peak."""
    runs = [run(command) for _ in range(times)]
    return Run(
        min(one.seconds for one in runs),
        min(one.processor for one in runs),
        max(one.peak for one in runs),
    )
