"""Runs jobs of BigQuery: each runs once, even if the answer to its start is lost."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from google.api_core.exceptions import Conflict, NotFound, ServiceUnavailable
from google.cloud.bigquery import Client, LoadJob, QueryJob

from gdb_export.bigquery.load.retries import ONCE, Retries
from gdb_export.progress import Cancelled

_Job = TypeVar("_Job", LoadJob, QueryJob)
# Starts a job under an id
Start: TypeAlias = Callable[[str], _Job]

# Seconds between two polls of a job's state: at first, and at most
_FIRST_POLL, _MAX_POLL = 0.5, 5.0


class JobRunner:
    """Runs the jobs of one load of one table, one at a time.

    A project never accepts a job id twice. So an id consists of `prefix`, which no other load has,
    and a number. `location` is that of the dataset.
    """

    def __init__(self, client: Client, location: str, prefix: str, retries: Retries) -> None:
        self._client = client
        self._location = location
        self._prefix = re.sub(r"[^A-Za-z0-9_-]", "_", prefix)
        self._retries = retries
        self._number = 0

    def run(self, action: str, start: Start[_Job]) -> _Job:
        """Run the job that `start` starts, and wait for its end.

        A failed job has changed nothing. After a transient error it is run again, under another
        id. Raises the job's error, or Cancelled after the job was cancelled.
        """
        self._number += 1
        return self._retries.call(action, lambda: self._run_once(start))

    def _run_once(self, start: Start[_Job]) -> _Job:
        job = self._begin(f"{self._prefix}_{self._number}", start)
        poll = _FIRST_POLL
        try:
            while not job.done(retry=ONCE):
                self._retries.wait(poll)
                poll = min(poll * 1.5, _MAX_POLL)
        except Cancelled:
            job.cancel(retry=ONCE)
            raise
        error = job.exception()  # type: ignore[no-untyped-call]
        if error is not None:
            self._number += 1
            raise error
        return job

    def _begin(self, job_id: str, start: Start[_Job]) -> _Job:
        """Start the job. If the id exists, an earlier start succeeded and its answer was lost.

        A job that has just been started may not be visible yet: that is a transient error.
        """
        try:
            return start(job_id)
        except Conflict:
            pass
        try:
            job: Any = self._client.get_job(job_id, location=self._location, retry=ONCE)
        except NotFound as error:
            reason = f"the job {job_id} is not visible yet"
            raise ServiceUnavailable(reason) from error  # type: ignore[no-untyped-call]
        started: _Job = job
        return started
