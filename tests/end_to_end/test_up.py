"""`make up`: starting, dropping a file, stopping."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from local.stack import REPOSITORY
from tests.end_to_end.console import database, until


def test_a_dropped_file_is_exported_and_all_processes_stop(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output:
        up = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "local.up", str(tmp_path / "up")],
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
        )
    try:
        until(lambda: "Ctrl-C stops it" in log.read_text())
        partial = tmp_path / "up/buckets/uploads/.BACKUP.GDB.part"
        partial.write_bytes(database("evolve"))
        partial.rename(partial.with_name("BACKUP.GDB"))
        until(lambda: "SUCCESS" in log.read_text())
        children = descendants(up.pid)
        assert len(children) >= 3, "the emulator, the function and its worker"
    finally:
        up.send_signal(signal.SIGINT)
        code = up.wait(30)
    assert code == 0, log.read_text()
    assert (tmp_path / "up/buckets/uploads/BACKUP.zip").exists()
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def descendants(process: int) -> list[int]:
    """The ids of the processes that this process has started, and that those have started."""
    processes = []
    for thread in os.listdir(f"/proc/{process}/task"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread or process may have ended
            children = Path(f"/proc/{process}/task/{thread}/children").read_text().split()
            for child in map(int, children):
                processes += [child, *descendants(child)]
    return processes
