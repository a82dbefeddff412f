"""A deployed job, and the overrides of one execution."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from google.cloud import run_v2


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `name` is projects/P/locations/R/jobs/J. The defaults are those of the service.

    `timeout` limits one attempt, in seconds. An execution beyond `max_executions` running ones is
    refused with status 429, one whose `parallelism` exceeds its number of tasks with 400.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    task_count: int = 1
    parallelism: int | None = None
    max_retries: int = 3
    timeout: float = 600.0
    max_executions: int = 1000

    @property
    def short_name(self) -> str:
        return self.name.rsplit("/", 1)[-1]

    @property
    def location(self) -> str:
        """projects/P/locations/R"""
        return self.name.rsplit("/jobs/", 1)[0]

    def overridden(self, overrides: run_v2.RunJobRequest.Overrides) -> "Job":
        """Return the job as one execution runs it."""
        job = self
        for container in overrides.container_overrides:
            added = {variable.name: variable.value for variable in container.env}
            job = replace(job, environment={**job.environment, **added})
            if container.args or container.clear_args:
                # Arguments replace those after the image's entry point.
                job = replace(job, command=(*job.command[:ENTRY_POINT_LENGTH], *container.args))
        if overrides.task_count:
            job = replace(job, task_count=overrides.task_count)
        if overrides.timeout:
            job = replace(job, timeout=_seconds(overrides.timeout))
        return job


ENTRY_POINT_LENGTH = 3  # python -m job


def _seconds(duration: Any) -> float:
    # The library represents a Duration as a timedelta, but its type hints say otherwise.
    return float(duration.total_seconds())
