"""The Admin API over HTTP: run a job, get executions and operations, cancel.

Messages are built from the client library's types, so their JSON is that of the API.
https://cloud.google.com/run/docs/reference/rest
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.cloud import run_v2
from google.longrunning import operations_pb2  # type: ignore[import-untyped]
from google.protobuf import json_format

from local.cloud_run.execution import Execution
from local.cloud_run.job import Job
from local.faults import Faults
from local.http_server import HttpError, HttpServer, Request, Response, Route, json_response

LOCATION = "/v2/(?P<location>projects/[^/]+/locations/[^/]+)"
JOB = "/v2/(?P<job>projects/[^/]+/locations/[^/]+/jobs/[^/:]+)"
EXECUTION = f"{JOB}/executions/(?P<execution>[^/:]+)"
OPERATION = "/v2/(?P<operation>projects/[^/]+/locations/[^/]+/operations/[^/:]+)"
MAX_WAIT_SECONDS = 30.0


class CloudRunServer:
    """The deployed jobs and their executions, the newest last."""

    def __init__(self, jobs: list[Job], logs: Path, faults: Faults) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._logs = logs
        self._lock = threading.Lock()
        self.faults = faults
        faults.killers["tasks"] = self.kill_tasks
        self.executions: list[Execution] = []
        self.url = ""

    def routes(self) -> list[Route]:
        return [
            Route("jobs.run", "POST", re.compile(f"{JOB}:run"), self.run),
            Route("jobs.get", "GET", re.compile(JOB), self.get_job),
            Route("executions.list", "GET", re.compile(f"{JOB}/executions"), self.list_executions),
            Route("executions.get", "GET", re.compile(EXECUTION), self.get_execution),
            Route("executions.cancel", "POST", re.compile(f"{EXECUTION}:cancel"), self.cancel),
            Route("operations.get", "GET", re.compile(OPERATION), self.get_operation),
            Route("operations.wait", "POST", re.compile(f"{OPERATION}:wait"), self.wait_operation),
        ]

    def running(self) -> list[Execution]:
        return [execution for execution in self.executions if execution.running]

    def kill_tasks(self) -> None:
        """Send SIGKILL to every running task. Tasks with retries left are retried."""
        for execution in self.running():
            for task in execution.tasks:
                task.kill()

    def stop(self) -> None:
        for execution in self.running():
            execution.cancel()
        for execution in self.executions:
            execution.wait()

    # Methods of the API

    def run(self, request: Request) -> Response:
        job = self._job(request)
        overrides = _message(run_v2.RunJobRequest, request.json()).overrides
        with self._lock:
            if len(self.running()) >= job.max_executions:
                raise HttpError(429, "Quota exceeded for running executions of the region.")
            overridden = job.overridden(overrides)
            if (overridden.parallelism or 0) > overridden.task_count:
                raise HttpError(400, "parallelism must not be greater than the number of tasks.")
            execution = Execution(overridden, self._logs, self.faults)
            self.executions.append(execution)
            execution.start()
        return _operation(execution)

    def get_job(self, request: Request) -> Response:
        job = self._job(request)
        template = Execution(job, self._logs, self.faults).message().template
        execution_template = run_v2.ExecutionTemplate(task_count=job.task_count, template=template)
        return json_response(_fields(run_v2.Job(name=job.name, template=execution_template)))

    def list_executions(self, request: Request) -> Response:
        job = self._job(request)
        executions = [execution for execution in self.executions if execution.job.name == job.name]
        response = run_v2.ListExecutionsResponse(
            executions=[execution.message() for execution in reversed(executions)]
        )
        return json_response(_fields(response))

    def get_execution(self, request: Request) -> Response:
        return json_response(_fields(self._execution(request).message()))

    def cancel(self, request: Request) -> Response:
        execution = self._execution(request)
        if not execution.running:
            raise HttpError(400, "The execution has ended already.")
        execution.cancel()
        return _operation(execution)

    def get_operation(self, request: Request) -> Response:
        return _operation(self._execution_of_operation(request))

    def wait_operation(self, request: Request) -> Response:
        execution = self._execution_of_operation(request)
        execution.wait(MAX_WAIT_SECONDS)
        return _operation(execution)

    def _job(self, request: Request) -> Job:
        name = request.parameters["job"]
        if name not in self._jobs:
            raise HttpError(404, f"Resource '{name}' of kind 'JOB' does not exist.")
        return self._jobs[name]

    def _execution(self, request: Request) -> Execution:
        name = f"{request.parameters['job']}/executions/{request.parameters['execution']}"
        for execution in self.executions:
            if execution.name == name:
                return execution
        raise HttpError(404, f"Resource '{name}' of kind 'EXECUTION' does not exist.")

    def _execution_of_operation(self, request: Request) -> Execution:
        for execution in self.executions:
            if execution.operation == request.parameters["operation"]:
                return execution
        raise HttpError(404, "Requested entity was not found.")


def _message(kind: Any, fields: Mapping[str, Any]) -> Any:
    """Parse a message of type `kind`. Raises HttpError 400."""
    message = kind()
    try:
        json_format.ParseDict(dict(fields), kind.pb(message), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise HttpError(400, str(error)) from None
    return message


def _fields(message: Any) -> dict[str, Any]:
    fields: dict[str, Any] = json_format.MessageToDict(type(message).pb(message))
    return fields


def _operation(execution: Execution) -> Response:
    """The long-running operation of an execution, with the execution as its metadata."""
    operation = operations_pb2.Operation(name=execution.operation)
    message = run_v2.Execution.pb(execution.message())
    operation.metadata.Pack(message)
    if not execution.running:
        operation.done = True
        if failure := execution.failure():
            operation.error.CopyFrom(failure)
        else:
            operation.response.Pack(message)
    return json_response(json_format.MessageToDict(operation))


@contextmanager
def cloud_run_server(
    jobs: list[Job], logs: Path, port: int = 0, faults: Faults | None = None
) -> Iterator[CloudRunServer]:
    """Serve the Admin API for `jobs`. The output of tasks goes to files in `logs`.

    Executions that still run at the end are cancelled.
    """
    server = CloudRunServer(jobs, logs, faults or Faults())
    with HttpServer(server.routes(), port, server.faults) as http:
        server.url = http.url
        try:
            yield server
        finally:
            server.stop()
