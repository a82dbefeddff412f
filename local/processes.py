"""Child processes that are always ended, each with the process group that it leads."""

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
# google.api_core tells of the end of a Python version years ahead, in every log.
QUIET = "ignore:You are using a Python version:FutureWarning"
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE")


class StackError(Exception):
    """A part of the local stack cannot do its work; the text is one line that says what to do."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A command with its output in `log`. Used as a context manager it is stopped on leaving."""

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
        """The exit code (negative: the signal that ended it), None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._child.wait(seconds)
        return None

    def signal(self, number: int) -> None:
        """Signal the whole group; a group that is gone is no error."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, number)

    def kill_children(self) -> None:
        """SIGKILL to the processes that it started, not to itself."""
        children = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children")
        for child in children.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def stop(self, grace: float = 5.0) -> int:
        """SIGTERM, `grace` seconds, SIGKILL to what is left of the group. Gives the exit code."""
        if self.running:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(grace)
        self.signal(signal.SIGKILL)
        return self._child.wait()

    def wait_until_healthy(self, url: str, seconds: float = 30.0) -> None:
        """Until `url` answers. Raises StackError if the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not _answers(url):
            if not self.running:
                raise StackError(f"{self.name} ended at its start: {self.last_line()}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} did not answer within {seconds:.0f} s")
            time.sleep(0.05)

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

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
    """What a process sees of the surroundings: no more than in a container, so no credentials."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, "PYTHONWARNINGS": QUIET}


def _answers(url: str) -> bool:
    """A refusal is an answer too: the function has nothing to give to a GET."""
    # A proxy of the environment must not see requests to this machine itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except OSError:
        return False
