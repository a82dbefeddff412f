"""How much memory this process may use: its container's limit or its own, as `ulimit -v` sets it,
else what the machine has."""

import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_limit(root: Path = Path("/")) -> int:
    """In bytes."""
    limits = [int(text) for name in _LIMITS if (text := _read(root / name)).isdigit()]
    return min([*limits, *_address_space(), _total_memory(root)])


def _address_space() -> list[int]:
    """What is left of a limit: the libraries alone have mapped a hundred megabytes by now."""
    if sys.platform == "win32":
        return []
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return []
    # the first number of statm: pages of address space
    mapped = int((_read(Path("/proc/self/statm")) or "0").split()[0]) * resource.getpagesize()
    return [max(soft - mapped, 0)]


def _total_memory(root: Path) -> int:
    """MemTotal of /proc/meminfo, which is in kibibytes."""
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) << 10
    return 512 << 20


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
