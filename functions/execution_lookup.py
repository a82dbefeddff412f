"""The state of an execution of the Cloud Run Job, according to Cloud Run."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from google.api_core.exceptions import NotFound
from google.cloud import run_v2


class ExecutionState(Enum):
    """The value completes the sentence "Execution X …"."""

    RUNNING = "is running"
    SUCCEEDED = "ended"
    FAILED = "failed"
    CANCELLED = "was cancelled"
    UNKNOWN = "is no longer known to Cloud Run"


@dataclass(frozen=True, slots=True)
class Execution:
    """The state of an execution, and Cloud Run's message about it, which is often empty."""

    state: ExecutionState
    message: str = ""


class ExecutionLookup(Protocol):
    """Finds executions of the job by name."""

    def find(self, name: str) -> Execution:
        """`name` is the execution's short name. Raises the exceptions of Google's client."""
        ...


class CloudRunLookup:
    """Looks up executions of one job, projects/P/locations/R/jobs/J."""

    def __init__(self, executions: run_v2.ExecutionsClient, job_name: str) -> None:
        self._executions = executions
        self._job_name = job_name

    def find(self, name: str) -> Execution:
        try:
            execution = self._executions.get_execution(name=f"{self._job_name}/executions/{name}")
        except NotFound:
            return Execution(ExecutionState.UNKNOWN)
        if not execution.completion_time:
            return Execution(ExecutionState.RUNNING)
        for condition in execution.conditions:
            if condition.type_ == "Completed":
                return Execution(_state(condition), condition.message)
        return Execution(ExecutionState.FAILED)


def _state(condition: run_v2.Condition) -> ExecutionState:
    if condition.state == run_v2.Condition.State.CONDITION_SUCCEEDED:
        return ExecutionState.SUCCEEDED
    if condition.execution_reason == run_v2.Condition.ExecutionReason.CANCELLED:
        return ExecutionState.CANCELLED
    return ExecutionState.FAILED
