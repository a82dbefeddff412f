"""Time, processor time and memory of whole processes, their start included."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONE_PROCESS = str(Path(__file__).with_name("lone_process.py"))
ROUNDS = 5


@dataclass(frozen=True)
class Run:
    """One process: seconds by the clock, seconds of processor, peak of resident memory (its
    `ru_maxrss`) in MB."""

    seconds: float
    processor: float
    peak: float


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Runs a command to its end, with more in its environment; fails if it fails."""
    launcher = [sys.executable, "-I", "-S", LONE_PROCESS]
    env = {**os.environ, **(environment or {})}
    done = subprocess.run([*launcher, *command], env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-500:]}")
    return Run(**json.loads(done.stdout))


def side_by_side(
    *commands: Sequence[str], made: Sequence[Path] = (), rounds: int = ROUNDS
) -> list[Run]:
    """The best of several rounds of each command; a round runs them one after another, so that
    what else the machine does falls on all.

    The files that they make are removed before each: a file system that replaces one writes its
    content out to the disk first.
    """
    by_round = [[_anew(command, made) for command in commands] for _ in range(rounds)]
    return [best(runs) for runs in zip(*by_round, strict=True)]


def _anew(command: Sequence[str], made: Sequence[Path]) -> Run:
    for path in made:
        path.unlink(missing_ok=True)
    return run(command)


def best(runs: Sequence[Run]) -> Run:
    """The least of each figure, but the greatest peak."""
    return Run(
        min(one.seconds for one in runs),
        min(one.processor for one in runs),
        max(one.peak for one in runs),
    )
