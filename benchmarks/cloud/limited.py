"""Runs a module with limited address space, to simulate the memory limit of a container.

    python -m benchmarks.cloud.limited MIB MODULE [ARGUMENT…]

The limit applies to address space, as `ulimit -v`: the interpreter, libraries and thread stacks
count. The last line of the output reports the peaks.
"""

import re
import resource
import runpy
import sys
from pathlib import Path


def main() -> int:
    limit, module, *arguments = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(limit) << 20, int(limit) << 20))
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    print(f"peak {peak('VmHWM')} MB resident, {peak('VmPeak')} MB of address space", flush=True)
    return code


def peak(name: str) -> int:
    """A peak in MB, of this process alone: ru_maxrss includes the parent process."""
    status = Path("/proc/self/status").read_text()
    match = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert match is not None
    return int(match[1]) * 1024 // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
