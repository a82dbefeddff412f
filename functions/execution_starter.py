"""Starts executions of the Cloud Run Job and describes Cloud Run's refusals.

No refusal is final: access changes take effect after minutes
(https://cloud.google.com/iam/docs/access-change-propagation), and until then Cloud Run answers 403,
or 404 for a job that the function may not see.
"""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import run_v2

from gdb_export.contract.options import CSV_AND_PARQUET
from settings import Settings
from start_errors import StartLater

SECONDS_TO_ANSWER = 30.0
# A claimed start whose execution is not recorded after this time is presumed to have crashed.
START_PATIENCE = timedelta(seconds=2 * SECONDS_TO_ANSWER)


def task_count(settings: Settings, size: int, options: Mapping[str, Any]) -> int:
    """The number of tasks for a database of `size` bytes: one for both formats, which several
    tasks can't write together."""
    return 1 if options.get("format") == CSV_AND_PARQUET else settings.tasks(size)


class ExecutionStarter:
    """Starts executions of one job, projects/P/locations/R/jobs/J."""

    def __init__(self, jobs: run_v2.JobsClient, job_name: str) -> None:
        self._jobs = jobs
        self._job_name = job_name

    def start(self, environment: Mapping[str, str], tasks: int) -> str:
        """Start an execution with `tasks` tasks and return its short name.

        Raises StartLater.
        """
        variables = [run_v2.EnvVar(name=name, value=text) for name, text in environment.items()]
        override = run_v2.RunJobRequest.Overrides.ContainerOverride(env=variables)
        request = run_v2.RunJobRequest(
            name=self._job_name,
            overrides=run_v2.RunJobRequest.Overrides(
                container_overrides=[override], task_count=tasks
            ),
        )
        try:
            operation = self._jobs.run_job(request, timeout=SECONDS_TO_ANSWER)
        except GoogleAPICallError as error:
            raise self._start_error(error) from error
        except (RetryError, GoogleAuthError, OSError) as error:
            raise StartLater("Cloud Run cannot be reached") from error
        # The operation's metadata describes the execution at once; the operation itself ends with
        # the export, so it is not awaited.
        return str(operation.metadata.name).rsplit("/", 1)[-1]

    def _start_error(self, error: GoogleAPICallError) -> StartLater:
        match error.code:
            case HTTPStatus.TOO_MANY_REQUESTS:
                return StartLater("Cloud Run runs as many exports as its quota allows")
            case HTTPStatus.FORBIDDEN:
                return StartLater(
                    f"the function may not start {self._job_name}: its service account needs "
                    "run.jobs.run and run.jobs.runWithOverrides "
                    "(role roles/run.jobsExecutorWithOverrides on the job)",
                    is_refusal=True,
                )
            case HTTPStatus.NOT_FOUND:
                return StartLater(f"there is no Cloud Run Job {self._job_name}", is_refusal=True)
            case HTTPStatus.BAD_REQUEST:
                return StartLater(
                    f"Cloud Run refused to start the job: {error.message}", is_refusal=True
                )
        return StartLater(f"Cloud Run answered with an unexpected error ({error.code})")
