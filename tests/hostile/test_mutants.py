"""Any bytes give rows or one of our own errors, in little time and memory.

FUZZ_MUTANTS says how many damaged databases (default 600, in CI 3,000), FUZZ_SEED which.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

PROCESSES = 2
MUTANTS = int(os.environ.get("FUZZ_MUTANTS", "3000" if os.environ.get("CI") else "600"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PEAK_MB = 256


def run(first_seed: int) -> subprocess.CompletedProcess[str]:
    count = str(MUTANTS // PROCESSES)
    command = [sys.executable, "-m", "tests.hostile.mutants", str(first_seed), count]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.timeout(120 + MUTANTS)
def test_damaged_databases_give_rows_or_our_own_errors() -> None:
    seeds = [SEED * 1_000_000 + number * (MUTANTS // PROCESSES) for number in range(PROCESSES)]
    # in threads of their own: who says much and is not heard waits for ever
    with ThreadPoolExecutor(PROCESSES) as pool:
        ended = list(pool.map(run, seeds))
    print(*(process.stdout for process in ended))
    for process in ended:
        assert process.returncode == 0, process.stdout + process.stderr[-3000:]
        peak = re.search(r"peak (\d+) MB", process.stdout)
        assert peak is not None
        assert int(peak[1]) < PEAK_MB
