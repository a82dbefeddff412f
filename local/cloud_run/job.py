"""A job as it is deployed, and one execution's overrides of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from google.cloud import run_v2


@dataclass(frozen=True, slots=True)
class Job:
    """`name` is projects/P/locations/R/jobs/J. `timeout` is of one attempt, in seconds; beyond
    `max_executions` at once further ones are refused with 429. The defaults are the service's."""

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
        job = self
        for container in overrides.container_overrides:
            added = {variable.name: variable.value for variable in container.env}
            job = replace(job, environment={**job.environment, **added})
            if container.args or container.clear_args:
                # The command is the image's entry point; arguments replace what follows it.
                job = replace(job, command=(*job.command[:ENTRY_POINT], *container.args))
        if overrides.task_count:
            job = replace(job, task_count=overrides.task_count)
        if overrides.timeout:
            job = replace(job, timeout=_seconds(overrides.timeout))
        return job


ENTRY_POINT = 3  # python -m job


def _seconds(duration: Any) -> float:
    # The library shows a Duration as a timedelta, which its type hints do not know.
    return float(duration.total_seconds())
