"""Measures time, CPU time and memory of whole processes, including their start."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Runs a command from a small process, whose memory does not raise the measured peak
LONE_PROCESS = str(Path(__file__).with_name("lone_process.py"))
ROUNDS = 5
# A ratio is measured this many times, and each measurement is the best of this many rounds
MEASUREMENTS, ROUNDS_OF_MEASUREMENT = 3, 3

Pair = tuple[float, float]


@dataclass(frozen=True)
class Run:
    """The measurements of a process.

    `seconds` are wall time, `peak` is that of resident memory (its `ru_maxrss`) in MiB.
    """

    seconds: float
    cpu_seconds: float
    peak: float


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Run a command with additions to its environment; raises RuntimeError if it fails."""
    launcher = [sys.executable, "-I", "-S", LONE_PROCESS]
    env = {**os.environ, **(environment or {})}
    process = subprocess.run([*launcher, *command], env=env, capture_output=True, text=True)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {process.stderr[-500:]}")
    return Run(**json.loads(process.stdout))


def side_by_side(
    *commands: Sequence[str], outputs: Sequence[Path] = (), rounds: int = ROUNDS
) -> list[Run]:
    """The best of several rounds of each command.

    A round runs the commands one after another, so that other load affects all of them. Their
    output files are removed before each run: some file systems flush a file that is replaced.
    """
    by_round = [[_fresh_run(command, outputs) for command in commands] for _ in range(rounds)]
    return [best(runs) for runs in zip(*by_round, strict=True)]


def repeated(*commands: Sequence[str], outputs: Sequence[Path] = ()) -> list[list[Run]]:
    """The results of several measurements by `side_by_side`, one after another."""
    return [
        side_by_side(*commands, outputs=outputs, rounds=ROUNDS_OF_MEASUREMENT)
        for _ in range(MEASUREMENTS)
    ]


def median_pair(pairs: Sequence[Pair]) -> Pair:
    """The pair of an odd number of pairs whose ratio is the median: one measurement that other load
    disturbed does not count."""
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]


def _fresh_run(command: Sequence[str], outputs: Sequence[Path]) -> Run:
    for path in outputs:
        path.unlink(missing_ok=True)
    return run(command)


def best(runs: Sequence[Run]) -> Run:
    """The minimum of each time, but the maximum of the peaks of memory."""
    return Run(
        min(run.seconds for run in runs),
        min(run.cpu_seconds for run in runs),
        max(run.peak for run in runs),
    )
