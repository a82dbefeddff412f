"""The memory limit: that of the container, of the machine, or of the address space."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from gdb_export.memory_limit import memory_limit


def machine(root: Path, **files: str) -> Path:
    """A root folder with these files of Linux; v1 and v2 are the limits of control groups."""
    names = {
        "v2": "sys/fs/cgroup/memory.max",
        "v1": "sys/fs/cgroup/memory/memory.limit_in_bytes",
        "total": "proc/meminfo",
    }
    for key, text in files.items():
        path = root / names[key]
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize("key", ["v1", "v2"])
def test_the_limit_of_the_container_counts(key: str, tmp_path: Path) -> None:
    files = {key: "1073741824\n", "total": "MemTotal:       16000000 kB\n"}
    assert memory_limit(machine(tmp_path, **files)) == 1 << 30


def test_without_a_limit_it_is_the_memory_of_the_machine(tmp_path: Path) -> None:
    root = machine(tmp_path, v2="max\n", total="MemFree: 5 kB\nMemTotal:       2097152 kB\n")
    assert memory_limit(root) == 2 << 30


def test_the_default_is_the_smallest_memory_of_cloud_run(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) == 512 << 20


def test_this_machine_has_memory() -> None:
    assert memory_limit() > 64 << 20


def test_mapped_memory_is_subtracted_from_the_address_space_limit() -> None:
    limit = 400 << 20
    program = subprocess.run(
        [sys.executable, "-c", "from gdb_export.memory_limit import *; print(memory_limit())"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert limit // 2 < int(program.stdout) < limit
