"""Runs a command from a small process, and prints its times and memory as JSON.

    python -I -S lone_process.py COMMAND…       {"seconds": …, "cpu_seconds": …, "peak": …}

A process starts with the peak of resident memory of its parent. If the benchmarks ran the command,
their memory would count as that of the command.
"""

import json
import os
import sys
import time

DISCARDED = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]

started = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=DISCARDED)
_, status, usage = os.wait4(process, 0)
seconds = time.perf_counter() - started
cpu_seconds = usage.ru_utime + usage.ru_stime
print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak": usage.ru_maxrss / 1024}))
sys.exit(0 if status == 0 else 1)
