"""Any bytes give rows or one of our own errors, in little time and memory.

FUZZ_MUTANTS says how many damaged databases (default 600, in CI 3,000), FUZZ_SEED which.
"""

import os
import re
import subprocess
import sys

import pytest

PROCESSES = 2
MUTANTS = int(os.environ.get("FUZZ_MUTANTS", "3000" if os.environ.get("CI") else "600"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PEAK_MB = 256


def start(first_seed: int) -> subprocess.Popen[str]:
    count = str(MUTANTS // PROCESSES)
    return subprocess.Popen(
        [sys.executable, "-m", "tests.hostile.mutants", str(first_seed), count],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.timeout(120 + MUTANTS)
def test_damaged_databases_give_rows_or_our_own_errors() -> None:
    seeds = [SEED * 1_000_000 + number * (MUTANTS // PROCESSES) for number in range(PROCESSES)]
    processes = [start(seed) for seed in seeds]
    ended = [(process, *process.communicate()) for process in processes]
    for process, output, errors in ended:
        print(output)
        assert process.returncode == 0, output + errors[-3000:]
        peak = re.search(r"peak (\d+) MB", output)
        assert peak is not None
        assert int(peak[1]) < PEAK_MB
