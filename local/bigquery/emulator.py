"""Starts and stops the BigQuery emulator (PyPI: bqemulator), which has its own environment."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import Client

from local.processes import HOST, Process, StackError, container_environment, free_port

# The variable by which the client, the job and the command find an emulator
EMULATOR = "BIGQUERY_EMULATOR_HOST"
PYTHON = Path(__file__).parents[2] / ".venv" / "bigquery-emulator" / "bin" / "python"
_SCRIPT = Path(__file__).with_name("run_emulator.py")


class EmulatorMissing(StackError):
    """The emulator's virtual environment is not installed."""


@dataclass(frozen=True, slots=True)
class BigQueryEmulator:
    """A running emulator; `url` is the value of BIGQUERY_EMULATOR_HOST. It reads
    `gs://BUCKET/NAME` from the file BUCKET/NAME in the folder `buckets`."""

    url: str
    buckets: Path

    def client(self, project: str) -> Client:
        return emulator_client(self.url, project)


def emulator_client(url: str, project: str) -> Client:
    """A client of the emulator, or of a proxy for it, at `url`."""
    return Client(
        project=project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": url},
    )


@contextmanager
def bigquery_emulator(buckets: Path, log: Path | None = None) -> Iterator[BigQueryEmulator]:
    """Run an empty emulator on a free port of 127.0.0.1. Raises StackError."""
    if not PYTHON.exists():
        raise EmulatorMissing("the BigQuery emulator is not installed: make bigquery-emulator")
    port = free_port()
    url = f"http://{HOST}:{port}"
    with tempfile.TemporaryDirectory(prefix="bigquery-") as folder:
        environment = {
            **container_environment(),
            "HOME": folder,  # for DuckDB's extensions
            "BQEMU_GCS_LOCAL_ROOT": str(buckets),
            "BQEMU_UPLOAD_STAGING_DIR": folder,
        }
        command = [os.fspath(PYTHON), os.fspath(_SCRIPT), str(port)]
        log = log or Path(folder, "bigquery.log")
        with Process("the BigQuery emulator", command, environment, log) as process:
            process.wait_until_healthy(f"{url}/bigquery/v2/projects", seconds=120)
            yield BigQueryEmulator(url, buckets)
