"""Child processes, each leading a process group that ends with it."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

HOST = "127.0.0.1"
# google.api_core warns of the end of a Python version years ahead, in every log.
PYTHON_WARNINGS = "ignore:You are using a Python version:FutureWarning"
INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE")


class StackError(Exception):
    """A part of the local stack failed; the message is one line with advice."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A running command with its output in `log`. A context manager that stops it at the end."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def wait(self, seconds: float) -> int | None:
        """Wait for the end. Return the exit code (negative: a signal), None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(seconds)
        return None

    def signal(self, signal_number: int) -> None:
        """Signal the whole group, if it still exists."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal_number)

    def kill_children(self) -> None:
        """Send SIGKILL to the child's own children."""
        children = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children")
        for child in children.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def stop(self, grace: float = 5.0) -> int:
        """Send SIGTERM, and after `grace` seconds SIGKILL, to the group. Return the exit code."""
        if self.running:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(grace)
        self.signal(signal.SIGKILL)
        return self._child.wait()

    def wait_until_healthy(self, url: str, seconds: float = 30.0) -> None:
        """Wait until `url` answers. Raises StackError if the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not _is_answering(url):
            if not self.running:
                raise StackError(
                    f"{self.name} ended at its start: {self.last_line()} (log: {self.log})"
                )
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name} did not answer within {seconds:.0f} s (log: {self.log})"
                )
            time.sleep(0.05)

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "its log is empty"

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def container_environment() -> dict[str, str]:
    """Environment variables of a process: no more than in a container, so no credentials."""
    inherited = {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
    return {**inherited, "PYTHONWARNINGS": PYTHON_WARNINGS}


def _is_answering(url: str) -> bool:
    """Whether `url` answers with a status below 500; the function refuses a GET with 4xx."""
    # Requests to this machine must not go through the environment's proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status < 500)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except OSError:
        return False
