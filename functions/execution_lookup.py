"""What became of an execution of the Cloud Run Job, as Cloud Run tells it."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from google.api_core.exceptions import NotFound
from google.cloud import run_v2


class Ending(Enum):
    RUNNING = "has not ended"
    SUCCEEDED = "ended"
    FAILED = "failed"
    CANCELLED = "was cancelled"
    GONE = "is not known to Cloud Run any more"


@dataclass(frozen=True, slots=True)
class Execution:
    """`message` is Cloud Run's own, often empty."""

    ending: Ending
    message: str = ""


class ExecutionLookup(Protocol):
    def find(self, name: str) -> Execution:
        """`name` is the short name. Raises what Google's client raises."""
        ...


class CloudRunLookup:
    """Looks up executions of one job, projects/P/locations/R/jobs/J."""

    def __init__(self, executions: run_v2.ExecutionsClient, job_name: str) -> None:
        self._executions = executions
        self._job_name = job_name

    def find(self, name: str) -> Execution:
        try:
            found = self._executions.get_execution(name=f"{self._job_name}/executions/{name}")
        except NotFound:
            return Execution(Ending.GONE)
        if not found.completion_time:
            return Execution(Ending.RUNNING)
        for condition in found.conditions:
            if condition.type_ == "Completed":
                return Execution(_ending(condition), condition.message)
        return Execution(Ending.FAILED)


def _ending(condition: run_v2.Condition) -> Ending:
    if condition.state == run_v2.Condition.State.CONDITION_SUCCEEDED:
        return Ending.SUCCEEDED
    if condition.execution_reason == run_v2.Condition.ExecutionReason.CANCELLED:
        return Ending.CANCELLED
    return Ending.FAILED
