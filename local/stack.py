"""The whole stack on this machine: storage, events, the function, Firestore, Cloud Run, the job.

Everything listens on 127.0.0.1 only. Processes find each other by environment variables.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.storage import Client as StorageClient

from local.bigquery.emulator import EMULATOR as BIGQUERY_EMULATOR
from local.bigquery.emulator import BigQueryEmulator, bigquery_emulator
from local.bigquery.proxy import bigquery_proxy
from local.cloud_run.job import Job
from local.cloud_run.server import CloudRunServer, cloud_run_server
from local.faults import Faults
from local.firestore_emulator import FirestoreEmulator, firestore_emulator
from local.firestore_proxy import firestore_proxy
from local.processes import HOST, Process, container_environment, free_port
from local.storage.events import Trigger
from local.storage.server import StorageServer, storage_server

REPOSITORY = Path(__file__).resolve().parent.parent
PROJECT = "demo-gdb-export"
BUCKET = "uploads"
EMULATOR = "FIRESTORE_EMULATOR_HOST"
DATASET = "brutos_gdb"
JOB_NAME = f"projects/{PROJECT}/locations/local/jobs/gdb-export"


@dataclass(frozen=True, slots=True)
class StackSettings:
    """Settings of the stack.

    stable_seconds: a dropped file is taken when it has not changed for this time.
    max_executions: Cloud Run answers 429 beyond this number of running executions.
    first_retry_delay, max_retry_delay: seconds between deliveries of an event.
    bigquery: the BigQuery emulator runs too, and every export is loaded into its dataset.
    The others let tests replace the job, the function and their environments.
    """

    stable_seconds: float = 1.0
    max_executions: int = 10
    max_retries: int = 3
    first_retry_delay: float = 0.5
    max_retry_delay: float = 8.0
    job_command: tuple[str, ...] = (sys.executable, "-m", "job")
    job_environment: Mapping[str, str] = field(default_factory=dict)
    function_environment: Mapping[str, str] = field(default_factory=dict)
    function_source: Path = REPOSITORY / "functions" / "main.py"
    bigquery: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack; files are dropped into `uploads`, the bucket's folder.

    `faults` apply to the calls of the function and the job. Calls to `emulator` itself never fail.
    """

    uploads: Path
    logs: Path
    storage: StorageServer
    cloud_run: CloudRunServer
    emulator: FirestoreEmulator
    function_url: str
    function_environment: Mapping[str, str]
    faults: Faults
    bigquery: BigQueryEmulator | None = None

    def storage_client(self) -> StorageClient:
        return StorageClient(
            project=PROJECT,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self.storage.url},
        )


@contextmanager
def local_stack(folder: Path, settings: StackSettings | None = None) -> Iterator[Stack]:
    """Start everything, wait until it answers, and stop everything at the end.

    The bucket's files stay in `folder`. Raises StackError.
    """
    settings = settings or StackSettings()
    faults = Faults()
    logs = folder / "logs"
    with ExitStack() as services:
        emulator = services.enter_context(firestore_emulator(logs / "firestore.log"))
        firestore_host = services.enter_context(firestore_proxy(emulator.host, faults))
        port = free_port()
        function_url = f"http://{HOST}:{port}/"
        trigger = Trigger(
            BUCKET, function_url, settings.first_retry_delay, settings.max_retry_delay
        )
        uploads = folder / "buckets" / BUCKET
        uploads.mkdir(parents=True, exist_ok=True)
        server = services.enter_context(
            storage_server(
                uploads.parent,
                trigger=trigger,
                faults=faults,
                stable_seconds=settings.stable_seconds,
            )
        )
        bigquery = None
        load_environment: Mapping[str, str] = {}
        if settings.bigquery:
            log = logs / "bigquery.log"
            buckets = Path(services.enter_context(TemporaryDirectory(prefix="bigquery-")))
            bigquery = services.enter_context(bigquery_emulator(buckets, log))
            bigquery_url = services.enter_context(bigquery_proxy(bigquery, faults, server.url))
            load_environment = {BIGQUERY_EMULATOR: bigquery_url, "BIGQUERY_DATASET": DATASET}
            with contextlib.closing(bigquery.client(PROJECT)) as client:
                client.create_dataset(DATASET)
        job = _job(settings, firestore_host, server.url, load_environment)
        cloud_run = services.enter_context(cloud_run_server([job], logs, faults=faults))
        environment = {
            **_function_environment(firestore_host, cloud_run.url, server.url),
            **load_environment,
            **settings.function_environment,
        }
        function = services.enter_context(
            _function(settings.function_source, environment, port, logs)
        )
        faults.killers["function"] = function.kill_children
        function.wait_until_healthy(function_url)
        yield Stack(
            uploads,
            logs,
            server,
            cloud_run,
            emulator,
            function_url,
            environment,
            faults,
            bigquery,
        )


def _job(
    settings: StackSettings,
    firestore_host: str,
    storage_url: str,
    load_environment: Mapping[str, str],
) -> Job:
    # Without the emulators' addresses the job would call the real services.
    environment = {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        EMULATOR: firestore_host,
        "STORAGE_EMULATOR_HOST": storage_url,
        "TASK_MAX_RETRIES": str(settings.max_retries),
        # Grants take effect at once here.
        "ACCESS_WAIT_SECONDS": "0",
        **load_environment,
        **settings.job_environment,
    }
    return Job(
        JOB_NAME,
        settings.job_command,
        environment,
        REPOSITORY,
        max_retries=settings.max_retries,
        max_executions=settings.max_executions,
    )


def _function_environment(
    firestore_host: str, cloud_run_url: str, storage_url: str
) -> dict[str, str]:
    return {
        **container_environment(),
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "JOB_NAME": JOB_NAME,
        EMULATOR: firestore_host,
        "STORAGE_EMULATOR_HOST": storage_url,
        "CLOUD_RUN_ENDPOINT": cloud_run_url,
    }


def _function(source: Path, environment: Mapping[str, str], port: int, logs: Path) -> Process:
    command = [sys.executable, "-m", "functions_framework", "--host", HOST, "--port", str(port)]
    target = ["--source", str(source), "--target", "on_upload"]
    kind = ["--signature-type", "cloudevent"]
    log = logs / "function.log"
    return Process("the function", [*command, *target, *kind], environment, log, REPOSITORY)


@contextmanager
def firestore_client(host: str) -> Iterator[firestore.Client]:
    """A client of the emulator at `host`, closed at the end."""
    client = _emulator_client(host)
    try:
        yield client
    finally:
        client.close()  # type: ignore[no-untyped-call]


def _emulator_client(host: str) -> firestore.Client:
    # The library reads an emulator's address only from the environment, in the constructor.
    previous = os.environ.get(EMULATOR)
    os.environ[EMULATOR] = host
    try:
        return firestore.Client(project=PROJECT)
    finally:
        if previous is None:
            del os.environ[EMULATOR]
        else:
            os.environ[EMULATOR] = previous
