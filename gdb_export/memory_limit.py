"""The memory that this process may use: the smallest of the container's limit, the address space
limit (`ulimit -v`) and the machine's memory."""

import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

_LIMIT_FILES = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
_DEFAULT_BYTES = 512 << 20  # the smallest memory that Cloud Run gives


def memory_limit(root: Path = Path("/")) -> int:
    """The limit in bytes. `root` is the folder that holds `sys` and `proc`."""
    limits = [int(text) for name in _LIMIT_FILES if (text := _read(root / name)).isdigit()]
    return min([*limits, *_address_space(), _total_memory(root)])


def _address_space() -> list[int]:
    """Bytes left under the address space limit, of which the loaded libraries take 100 MB; empty
    without a limit."""
    if sys.platform == "win32":
        return []
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return []
    # The first number of statm: pages of address space
    mapped = int((_read(Path("/proc/self/statm")) or "0").split()[0]) * resource.getpagesize()
    return [max(soft - mapped, 0)]


def _total_memory(root: Path) -> int:
    """MemTotal of /proc/meminfo, which is in kibibytes."""
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) << 10
    return _DEFAULT_BYTES


def _read(path: Path) -> str:
    """The file's text, "" if it cannot be read."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
