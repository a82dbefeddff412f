"""The environment variables of the job.

Set for each execution by the function, as overrides:
EXPORT_DOCUMENT         path of the job document, exports/ID or PREFIXexports/ID; required
EXPORT_TRACE            projects/P/traces/T of the event, which groups the logs; optional

Set when the job is deployed:
GOOGLE_CLOUD_PROJECT    the project of the Firestore database; required
FIRESTORE_DATABASE      the database's name; "(default)" if not set
JOB_REGION              region of the job, for links into the console; no links if not set
TASK_MAX_RETRIES        the job's maximum of retries, by which an attempt knows that it is the last;
                        3 if not set, as Cloud Run's default
LEASE_SECONDS           seconds without a report after which another execution may take over the
                        job document; 60 if not set
ACCESS_WAIT_SECONDS     seconds that the first attempt waits after access was denied, because
                        grants take minutes to take effect; each further attempt waits four times
                        as long as the one before; 60 if not set
SOURCE_BYTES            memory for the bytes of the database; half of the memory if not set
REPORT_SECONDS          seconds between two reports, each of which reads the cancel request; 2 if
                        not set

Set by Cloud Run:
CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_INDEX, CLOUD_RUN_TASK_COUNT, CLOUD_RUN_TASK_ATTEMPT

Google's clients also read FIRESTORE_EMULATOR_HOST and STORAGE_EMULATOR_HOST.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from gdb_export.contract.environment import required

# In seconds: a task that waits is billed.
MAX_ACCESS_WAIT = 1800.0


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the variables above."""

    document: str
    trace: str | None
    project: str
    firestore_database: str
    region: str | None
    max_retries: int
    lease_seconds: float
    report_seconds: float
    access_wait_seconds: float
    source_bytes: int | None
    execution: str
    task_index: int
    task_count: int
    attempt: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        return cls(
            document=required(environment, "EXPORT_DOCUMENT"),
            trace=environment.get("EXPORT_TRACE") or None,
            project=required(environment, "GOOGLE_CLOUD_PROJECT"),
            firestore_database=environment.get("FIRESTORE_DATABASE") or "(default)",
            region=environment.get("JOB_REGION") or None,
            max_retries=int(environment.get("TASK_MAX_RETRIES") or 3),
            lease_seconds=float(environment.get("LEASE_SECONDS") or 60),
            report_seconds=float(environment.get("REPORT_SECONDS") or 2),
            access_wait_seconds=float(environment.get("ACCESS_WAIT_SECONDS") or 60),
            source_bytes=int(environment.get("SOURCE_BYTES") or 0) or None,
            execution=required(environment, "CLOUD_RUN_EXECUTION"),
            task_index=int(environment.get("CLOUD_RUN_TASK_INDEX") or 0),
            task_count=int(environment.get("CLOUD_RUN_TASK_COUNT") or 1),
            attempt=int(environment.get("CLOUD_RUN_TASK_ATTEMPT") or 0),
        )

    @property
    def access_wait(self) -> float:
        """Seconds that this attempt waits for access before it leaves the work to the next one."""
        return min(self.access_wait_seconds * 4.0**self.attempt, MAX_ACCESS_WAIT)

    @property
    def is_last_attempt(self) -> bool:
        return self.attempt >= self.max_retries
