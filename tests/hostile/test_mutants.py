"""Any bytes give rows or a FirebirdError, in little time and memory.

FUZZ_MUTANTS is the number of damaged databases (200, in `make fuzz` 100,000); FUZZ_SEED selects
them.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

PROCESSES = 2
MUTANTS = int(os.environ.get("FUZZ_MUTANTS", "200"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
MAX_PEAK_MB = 256


def run(first_seed: int) -> subprocess.CompletedProcess[str]:
    """Export the mutants of a process, from this seed on."""
    count = str(MUTANTS // PROCESSES)
    command = [sys.executable, "-m", "tests.hostile.mutants", str(first_seed), count]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.timeout(120 + MUTANTS)
def test_damaged_databases_give_rows_or_a_firebird_error() -> None:
    seeds = [SEED * 1_000_000 + index * (MUTANTS // PROCESSES) for index in range(PROCESSES)]
    # a thread reads the output of each process, which would block when the pipe is full
    with ThreadPoolExecutor(PROCESSES) as pool:
        processes = list(pool.map(run, seeds))
    print(*(process.stdout for process in processes))
    for process in processes:
        assert process.returncode == 0, process.stdout + process.stderr[-3000:]
        peak = re.search(r"peak (\d+) MB", process.stdout)
        assert peak is not None
        assert int(peak[1]) < MAX_PEAK_MB
