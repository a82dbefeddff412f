"""How much memory this process may use: the container's limit, else what the machine has."""

from pathlib import Path

_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_limit(root: Path = Path("/")) -> int:
    """In bytes."""
    limits = [int(text) for name in _LIMITS if (text := _read(root / name)).isdigit()]
    return min([*limits, _total_memory(root)])


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
