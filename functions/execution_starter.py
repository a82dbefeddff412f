"""One execution of the Cloud Run Job, and what a refusal of it means."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud import run_v2

from start_errors import StartLater, StartRefused

SECONDS_TO_ANSWER = 30.0


class ExecutionStarter(Protocol):
    def start(self, environment: Mapping[str, str], tasks: int) -> str:
        """The short name of the new execution of so many tasks. Raises StartLater, StartRefused."""
        ...


class CloudRunStarter:
    """Starts executions of one job, projects/P/locations/R/jobs/J."""

    def __init__(self, jobs: run_v2.JobsClient, job_name: str) -> None:
        self._jobs = jobs
        self._job_name = job_name

    def start(self, environment: Mapping[str, str], tasks: int) -> str:
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
            raise self._meaning(error) from error
        except (RetryError, GoogleAuthError, OSError) as error:
            raise StartLater("Cloud Run cannot be reached at the moment") from error
        # The operation's metadata is the execution, there at once; waiting for the operation
        # would be waiting for the export.
        return str(operation.metadata.name).rsplit("/", 1)[-1]

    def _meaning(self, error: GoogleAPICallError) -> StartLater | StartRefused:
        match error.code:
            case HTTPStatus.TOO_MANY_REQUESTS:
                return StartLater("Cloud Run runs as many exports as it may at once")
            case HTTPStatus.FORBIDDEN:
                return StartRefused(
                    f"the function may not start {self._job_name}: its service account needs "
                    "run.jobs.run and run.jobs.runWithOverrides "
                    "(role roles/run.jobsExecutorWithOverrides on the job)"
                )
            case HTTPStatus.NOT_FOUND:
                return StartRefused(f"there is no Cloud Run Job {self._job_name}")
            case HTTPStatus.BAD_REQUEST:
                return StartRefused(f"Cloud Run refuses to start the job: {error.message}")
        return StartLater(f"Cloud Run does not answer as it should ({error.code})")
