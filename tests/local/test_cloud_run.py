"""The Cloud Run server, called by the real JobsClient and ExecutionsClient."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, GoogleAPICallError, NotFound, TooManyRequests
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2

from local.cloud_run.job import Job
from local.cloud_run.server import CloudRunServer, cloud_run_server
from local.faults import Fault, FaultRule, Faults

NAME = "projects/demo/locations/here/jobs/export"
State = run_v2.Condition.State
Reason = run_v2.Condition.ExecutionReason
SLEEP = "import time; print('up', flush=True); time.sleep(60)"
SUCCEED = "pass"

Overrides = run_v2.RunJobRequest.Overrides


def client_of(client_class: Any, server: CloudRunServer) -> Any:
    return client_class(
        transport="rest",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": server.url},
    )


class Console:
    """The real clients, connected to the server, and the logs of the tasks."""

    def __init__(self, server: CloudRunServer, logs: Path) -> None:
        self.server = server
        self.logs = logs
        self.jobs = client_of(run_v2.JobsClient, server)
        self.executions = client_of(run_v2.ExecutionsClient, server)

    def run(self, **overrides: Any) -> Any:
        request = run_v2.RunJobRequest(name=NAME, overrides=Overrides(**overrides))
        return self.jobs.run_job(request)

    def log(self, attempt: int = 0, task: int = 0) -> str:
        path = next(self.logs.glob(f"*-task{task}-attempt{attempt}.log"))
        return path.read_text()

    def completion(self, execution: str) -> run_v2.Condition:
        """The condition that tells whether the execution completed."""
        condition: run_v2.Condition = self.executions.get_execution(name=execution).conditions[0]
        return condition


@contextmanager
def console(folder: Path, program: str, **settings: Any) -> Iterator[Console]:
    """Clients of a server with one job, whose tasks run the Python program."""
    faults = settings.pop("faults", None)
    job = Job(NAME, (sys.executable, "-c", program), **settings)
    with cloud_run_server([job], folder, faults=faults) as server:
        console = Console(server, folder)
        yield console
        console.jobs.transport.close()
        console.executions.transport.close()


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.02)


PRINT_ENVIRONMENT = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"


def test_a_task_gets_the_documented_environment_and_the_overrides(tmp_path: Path) -> None:
    with console(
        tmp_path, PRINT_ENVIRONMENT, environment={"KEPT": "1", "CHANGED": "old"}
    ) as clients:
        override = Overrides.ContainerOverride(
            args=["one", "two"], env=[run_v2.EnvVar(name="CHANGED", value="new")]
        )
        operation = clients.run(container_overrides=[override])
        name = operation.metadata.name
        assert operation.result(timeout=20).succeeded_count == 1
        arguments, environment = json.loads(clients.log())
    assert arguments == ["one", "two"]
    assert (environment["KEPT"], environment["CHANGED"]) == ("1", "new")
    assert environment["CLOUD_RUN_JOB"] == "export"
    assert environment["CLOUD_RUN_EXECUTION"] == name.rsplit("/", 1)[-1]
    assert environment["CLOUD_RUN_TASK_INDEX"] == "0"
    assert environment["CLOUD_RUN_TASK_ATTEMPT"] == "0"
    assert environment["CLOUD_RUN_TASK_COUNT"] == "1"


def test_a_task_gets_no_credentials_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/secret.json")
    with console(tmp_path, PRINT_ENVIRONMENT) as clients:
        clients.run().result(timeout=20)
        assert "secret" not in clients.log()


FAIL_TWICE = "import os, sys; sys.exit(os.environ['CLOUD_RUN_TASK_ATTEMPT'] != '2')"


def test_a_failed_task_is_retried_with_the_next_attempt_number(tmp_path: Path) -> None:
    with console(tmp_path, FAIL_TWICE, max_retries=3) as clients:
        execution = clients.run().result(timeout=20)
        assert (execution.succeeded_count, execution.retried_count) == (1, 2)
        assert clients.server.executions[0].tasks[0].attempts == [1, 1, 0]


def test_a_task_that_keeps_failing_fails_the_execution(tmp_path: Path) -> None:
    with console(tmp_path, "raise SystemExit(3)", max_retries=1) as clients:
        operation = clients.run()
        with pytest.raises(GoogleAPICallError):
            operation.result(timeout=20)
        condition = clients.completion(operation.metadata.name)
        assert condition.state == State.CONDITION_FAILED
        assert condition.execution_reason == Reason.NON_ZERO_EXIT_CODE
        assert clients.server.executions[0].tasks[0].attempts == [3, 3]


def test_tasks_run_concurrently(tmp_path: Path) -> None:
    with console(tmp_path, "import time; time.sleep(0.8)") as clients:
        started = time.monotonic()
        execution = clients.run(task_count=4).result(timeout=20)
        assert execution.succeeded_count == 4
        assert time.monotonic() - started < 4 * 0.8


TERMINATES = """
import signal, sys, time
def stop(number, frame):
    print('terminating', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print('up', flush=True)
time.sleep(60)
"""


def test_cancelling_sends_sigterm_and_is_not_retried(tmp_path: Path) -> None:
    with console(tmp_path, TERMINATES) as clients:
        name = clients.run().metadata.name
        wait_until(lambda: list(tmp_path.glob("*.log")) and "up" in clients.log())
        clients.executions.cancel_execution(name=name)
        wait_until(lambda: not clients.server.running())
        assert "terminating" in clients.log()
        assert clients.completion(name).execution_reason == Reason.CANCELLED
        assert clients.executions.get_execution(name=name).cancelled_count == 1
        assert len(clients.server.executions[0].tasks[0].attempts) == 1


IGNORES_SIGTERM = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
print('child', child.pid, flush=True)
time.sleep(60)
"""


def test_a_task_that_ignores_sigterm_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.cloud_run.task.GRACE_SECONDS", 0.3)
    with console(tmp_path, IGNORES_SIGTERM) as clients:
        name = clients.run().metadata.name
        wait_until(lambda: list(tmp_path.glob("*.log")) and "child" in clients.log())
        child = int(clients.log().split()[1])
        clients.executions.cancel_execution(name=name)
        wait_until(lambda: not clients.server.running())
        wait_until(lambda: not is_alive(child))
        assert clients.server.executions[0].tasks[0].attempts == [-9]


def is_alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


def test_an_attempt_ends_at_its_timeout(tmp_path: Path) -> None:
    with console(tmp_path, SLEEP, max_retries=1) as clients:
        operation = clients.run(timeout=timedelta(seconds=1))
        with pytest.raises(GoogleAPICallError):
            operation.result(timeout=30)
        assert clients.server.executions[0].tasks[0].attempts == [-15, -15]


def test_a_killed_task_is_retried(tmp_path: Path) -> None:
    faults = Faults()
    faults.add(FaultRule("tasks.attempt", Fault("kill", seconds=0.1)))
    program = f"import os\nif os.environ['CLOUD_RUN_TASK_ATTEMPT'] == '0':\n  {SLEEP}"
    with console(tmp_path, program, faults=faults) as clients:
        clients.run().result(timeout=20)
        assert clients.server.executions[0].tasks[0].attempts == [-9, 0]


def test_executions_beyond_the_quota_are_refused(tmp_path: Path) -> None:
    with console(tmp_path, SLEEP, max_executions=1) as clients:
        clients.run()
        with pytest.raises(TooManyRequests):
            clients.run()
        listed = list(clients.executions.list_executions(parent=NAME))
        assert [execution.running_count for execution in listed] == [1]


def test_a_missing_job_and_execution_are_not_found(tmp_path: Path) -> None:
    with console(tmp_path, SUCCEED) as clients:
        assert clients.jobs.get_job(name=NAME).template.template.max_retries == 3
        with pytest.raises(NotFound):
            clients.jobs.run_job(name=NAME.replace("export", "other"))
        with pytest.raises(NotFound):
            clients.executions.get_execution(name=f"{NAME}/executions/none")


def test_an_injected_fault_makes_a_call_fail(tmp_path: Path) -> None:
    faults = Faults()
    faults.add(FaultRule("jobs.run", Fault("status", status=429)))
    with console(tmp_path, SUCCEED, faults=faults) as clients:
        with pytest.raises(TooManyRequests):
            clients.run()
        assert clients.server.executions == []
        clients.run().result(timeout=20)


def test_a_parallelism_above_the_number_of_tasks_is_refused(tmp_path: Path) -> None:
    """https://cloud.google.com/run/docs/configuring/parallelism"""
    with console(tmp_path, SUCCEED, parallelism=2) as clients:
        with pytest.raises(BadRequest):
            clients.run()
        clients.run(task_count=2).result()
