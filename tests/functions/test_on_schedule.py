"""on_schedule and the execution lookup, with executions of the local Cloud Run server."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import functions_framework
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, run_v2, storage

from execution_lookup import CloudRunLookup, ExecutionState
from gdb_export.contract.job_document import JobDocument, SourceObject, Status
from gdb_export.contract.part_names import parts_of
from local.cloud_run.job import Job
from local.cloud_run.server import CloudRunServer, cloud_run_server
from local.storage.server import storage_server
from tests.functions.conftest import JOB

MAIN = Path(__file__).parents[2] / "functions" / "main.py"
# Programs of an execution
DIE = "import os; os.kill(os.getpid(), 9)"
SLEEP = "import time; time.sleep(60)"


def storage_client(url: str) -> storage.Client:
    credentials = AnonymousCredentials()
    return storage.Client("demo", credentials=credentials, client_options={"api_endpoint": url})


def client_arguments(server: CloudRunServer) -> dict[str, object]:
    return {
        "transport": "rest",
        "credentials": AnonymousCredentials(),
        "client_options": {"api_endpoint": server.url},
    }


def run_and_find(
    server: CloudRunServer, name: str, cancel: bool = False
) -> tuple[str, ExecutionState]:
    """Start an execution; return its short name and its state after at most two seconds."""
    jobs = run_v2.JobsClient(**client_arguments(server))
    executions = run_v2.ExecutionsClient(**client_arguments(server))
    execution = jobs.run_job(name=name).metadata.name
    if cancel:
        executions.cancel_execution(name=execution)
    lookup = CloudRunLookup(executions, name)
    short_name = execution.rsplit("/", 1)[-1]
    deadline = time.monotonic() + 2
    while (state := lookup.find(short_name).state) is ExecutionState.RUNNING:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    jobs.transport.close()
    executions.transport.close()
    return short_name, state


@pytest.mark.parametrize(
    ("program", "cancel", "state"),
    [
        (DIE, False, ExecutionState.FAILED),
        ("pass", False, ExecutionState.SUCCEEDED),
        (SLEEP, False, ExecutionState.RUNNING),
        (SLEEP, True, ExecutionState.CANCELLED),
    ],
)
def test_the_lookup_finds_the_state_of_an_execution(
    program: str, cancel: bool, state: ExecutionState, tmp_path: Path
) -> None:
    job = Job(JOB, (sys.executable, "-c", program), max_retries=0)
    with cloud_run_server([job], tmp_path) as server:
        assert run_and_find(server, JOB, cancel)[1] is state


def test_the_lookup_of_an_unknown_execution(tmp_path: Path) -> None:
    job = Job(JOB, (sys.executable, "-c", "pass"))
    with cloud_run_server([job], tmp_path) as server:
        executions = run_v2.ExecutionsClient(**client_arguments(server))
        assert CloudRunLookup(executions, JOB).find("never").state is ExecutionState.UNKNOWN
        executions.transport.close()


def test_a_call_starts_another_execution_after_one_that_never_used_the_document(
    documents: firestore.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the job's access to the document had not taken effect yet."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo")
    monkeypatch.setenv("JOB_NAME", JOB)
    print_environment = "import os; print(dict(os.environ))"
    job = Job(JOB, (sys.executable, "-c", print_environment), max_retries=0)
    with cloud_run_server([job], tmp_path / "logs") as server:
        monkeypatch.setenv("CLOUD_RUN_ENDPOINT", server.url)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
        first, _ = run_and_find(server, JOB)
        source = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
        document = JobDocument("x", Status.PENDING, source, datetime.now(UTC))
        reference = documents.document("exports/x")
        reference.set(document.to_fields() | {"execution": {"name": first}})
        function = functions_framework.create_app("on_schedule", str(MAIN), "http").test_client()
        assert function.get("/").text == "finalised 0\n"
        fields = reference.get().to_dict() or {}
        second = fields["execution"]["name"]
        assert second != first
        assert (fields["status"], fields["starting"], fields["restart_of"]) == (
            "PENDING",
            None,
            None,
        )
        deadline = time.monotonic() + 10
        while server.running() and time.monotonic() < deadline:
            time.sleep(0.05)
    sys.modules.pop("main", None)
    (log,) = (tmp_path / "logs").glob(f"{second}-*.log")
    assert "'EXPORT_DOCUMENT': 'exports/x'" in log.read_text()
    assert "'ACCESS_WAIT_SECONDS': '5'" in log.read_text()


def test_a_call_finalises_a_killed_export_and_removes_its_parts(
    documents: firestore.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo")
    monkeypatch.setenv("JOB_NAME", JOB)
    job = Job(JOB, (sys.executable, "-c", DIE), max_retries=0)
    with (
        cloud_run_server([job], tmp_path / "logs") as server,
        storage_server(tmp_path / "buckets") as objects,
    ):
        monkeypatch.setenv("CLOUD_RUN_ENDPOINT", server.url)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", objects.url)
        bucket = storage_client(objects.url).create_bucket("uploads")
        bucket.blob(f"{parts_of('x')}export-1/00000-head").upload_from_string(b"part")
        execution, _ = run_and_find(server, JOB)
        source = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
        document = JobDocument("x", Status.PENDING, source, datetime.now(UTC))
        reference = documents.document("exports/x")
        started = {"execution": {"name": execution}, "started_at": datetime.now(UTC)}
        reference.set(document.to_fields() | started)
        function = functions_framework.create_app("on_schedule", str(MAIN), "http").test_client()
        assert function.get("/").text == "finalised 1\n"
        assert function.get("/").text == "finalised 0\n"
        assert list(bucket.list_blobs()) == []
    sys.modules.pop("main", None)
    fields = reference.get().to_dict() or {}
    assert fields["status"] == "FAILURE"
    assert execution in fields["result"]["error"]["message"]
