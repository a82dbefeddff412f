"""Runs processes that read from a storage server, and measures the traffic and CPU time of both.

The storage server of local/ runs in this process, Google's clients in other processes on the same
cores.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from benchmarks.measure import Run, run
from local.storage.server import StorageServer, storage_server

BUCKET = "bench"


@dataclass(frozen=True, slots=True)
class ServedRun:
    """The measurements of a process that reads from the server.

    `run` has the time and memory of the process, `fetched` is the number of bytes that it fetched,
    `server_seconds` is the CPU time of the server.
    """

    run: Run
    fetched: int
    requests: int
    server_seconds: float


class Bench:
    """A running storage server with databases in its bucket."""

    def __init__(self, server: StorageServer, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.environment: Mapping[str, str] = {
            "STORAGE_EMULATOR_HOST": server.url,
            "PYTHONWARNINGS": "ignore",
            # as in the image of the job: limits the address space that threads reserve
            "MALLOC_ARENA_MAX": "2",
        }
        credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]
        options = {"api_endpoint": server.url}
        self.client = storage.Client("bench", credentials=credentials, client_options=options)
        self.bucket = self.client.bucket(BUCKET)

    def put(self, path: Path) -> str:
        """Add the file to the bucket by a hard link; return its URI."""
        linked = self._folder / BUCKET / path.name
        if not linked.exists():
            os.link(path, linked)
        while self.bucket.get_blob(path.name) is None:
            time.sleep(0.2)
        return f"gs://{BUCKET}/{path.name}"

    def measure(self, command: Sequence[str]) -> ServedRun:
        """Run a command with the server in its environment."""
        traffic = self._server.traffic
        traffic.clear()
        cpu_before = time.process_time()
        client_run = run(command, self.environment)
        server_seconds = time.process_time() - cpu_before
        fetched, requests = traffic.bytes("objects.media"), traffic.responses("objects.media")
        return ServedRun(client_run, fetched, requests, server_seconds)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """A Bench with its bucket in `folder`, which is on the file system of the databases."""
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)
    with storage_server(folder, stable_seconds=0.3) as server:
        yield Bench(server, folder)
