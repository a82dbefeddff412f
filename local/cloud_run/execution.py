"""One execution of a job: runs its tasks concurrently and describes them as the API does."""

import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.cloud import run_v2
from google.rpc import code_pb2, status_pb2  # type: ignore[import-untyped]

from local.cloud_run.job import Job
from local.cloud_run.task import Task, TaskState
from local.faults import Faults

State = run_v2.Condition.State
Reason = run_v2.Condition.ExecutionReason
NO_REASON = Reason.EXECUTION_REASON_UNDEFINED
NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Execution:
    """A running or finished execution. Thread-safe."""

    def __init__(self, job: Job, logs: Path, faults: Faults) -> None:
        self.job = job
        self.short_name = f"{job.short_name}-{''.join(random.choices(NAME_LETTERS, k=5))}"
        self.name = f"{job.name}/executions/{self.short_name}"
        self.operation = f"{job.location}/operations/{uuid.uuid4()}"
        self.created = datetime.now(UTC)
        self.completed: datetime | None = None
        self.tasks = [
            Task(job, self.short_name, index, logs, faults) for index in range(job.task_count)
        ]
        self._cancelled = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.short_name)

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Send SIGTERM to every task; return at once."""
        self._cancelled = self.running
        for task in self.tasks:
            task.cancel()

    def wait(self, seconds: float | None = None) -> bool:
        return self._ended.wait(seconds)

    def _run(self) -> None:
        try:
            with ThreadPoolExecutor(self.job.parallelism or self.job.task_count) as pool:
                list(pool.map(Task.run, self.tasks))
        finally:
            self.completed = datetime.now(UTC)
            self._ended.set()

    # Messages of the API

    def message(self) -> run_v2.Execution:
        counts = Counter(task.state for task in self.tasks)
        return run_v2.Execution(
            name=self.name,
            uid=self.operation.rsplit("/", 1)[-1],
            job=self.job.short_name,
            create_time=self.created,
            start_time=self.created,
            completion_time=self.completed,
            task_count=self.job.task_count,
            parallelism=self.job.parallelism or self.job.task_count,
            template=self._template(),
            conditions=[self._condition()],
            reconciling=self.running,
            running_count=counts[TaskState.RUNNING],
            succeeded_count=counts[TaskState.SUCCEEDED],
            failed_count=counts[TaskState.FAILED],
            cancelled_count=counts[TaskState.CANCELLED],
            retried_count=sum(task.retries for task in self.tasks),
        )

    def failure(self) -> Any:
        """The reason of the failure as google.rpc.Status; None if it runs or succeeded."""
        condition = self._condition()
        if condition.state != State.CONDITION_FAILED:
            return None
        cancelled = condition.execution_reason == Reason.CANCELLED
        code = code_pb2.CANCELLED if cancelled else code_pb2.UNKNOWN
        return status_pb2.Status(code=code, message=condition.message)

    def _condition(self) -> run_v2.Condition:
        state, reason = self._state()
        failed = state == State.CONDITION_FAILED
        return run_v2.Condition(
            type_="Completed",
            state=state,
            execution_reason=reason,
            message=f"Task {self._failed_task()} of {self.short_name} failed." if failed else "",
            last_transition_time=self.completed,
        )

    def _state(self) -> tuple[int, int]:
        if self.running:
            reason = Reason.CANCELLING if self._cancelled else NO_REASON
            return State.CONDITION_RECONCILING, reason
        if all(task.state is TaskState.SUCCEEDED for task in self.tasks):
            return State.CONDITION_SUCCEEDED, NO_REASON
        return (
            State.CONDITION_FAILED,
            Reason.CANCELLED if self._cancelled else Reason.NON_ZERO_EXIT_CODE,
        )

    def _failed_task(self) -> int:
        return next(task.index for task in self.tasks if task.state is not TaskState.SUCCEEDED)

    def _template(self) -> run_v2.TaskTemplate:
        variables = [
            run_v2.EnvVar(name=name, value=value) for name, value in self.job.environment.items()
        ]
        container = run_v2.Container(command=list(self.job.command), env=variables)
        return run_v2.TaskTemplate(
            containers=[container],
            max_retries=self.job.max_retries,
            timeout=timedelta(seconds=self.job.timeout),
        )
