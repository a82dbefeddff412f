"""Every environment variable of the job, once, with its meaning.

Given with each execution by the function, as an override:
EXPORT_DOCUMENT         path of the job document, exports/ID; required
EXPORT_TRACE            projects/P/traces/T of the event, so that logs are grouped; optional

Given with the job when it is deployed:
GOOGLE_CLOUD_PROJECT    the project of the Firestore database; required
FIRESTORE_DATABASE      the database's name; "(default)" if not set
JOB_REGION              region of the job, for links into the console; no links if not set
TASK_MAX_RETRIES        the job's maximum of retries, so that the last attempt knows itself; 3 if
                        not set, as Cloud Run's default
LEASE_SECONDS           how long a job document stays with an execution that is not heard of; 60
SOURCE_BYTES            memory for the database's bytes; half of the memory there is if not set
REPORT_SECONDS          seconds between two reports (and looks for a cancel request); 2

Set by Cloud Run:
CLOUD_RUN_JOB, CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_INDEX, CLOUD_RUN_TASK_COUNT,
CLOUD_RUN_TASK_ATTEMPT

The clients read FIRESTORE_EMULATOR_HOST and STORAGE_EMULATOR_HOST by themselves.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class MissingSetting(Exception):
    """The job was deployed or started without something that it needs; the text names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    document: str
    trace: str | None
    project: str
    firestore_database: str
    region: str | None
    max_retries: int
    lease_seconds: float
    report_seconds: float
    source_bytes: int | None
    job: str
    execution: str
    task_index: int
    task_count: int
    attempt: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        return cls(
            document=_required(environment, "EXPORT_DOCUMENT"),
            trace=environment.get("EXPORT_TRACE") or None,
            project=_required(environment, "GOOGLE_CLOUD_PROJECT"),
            firestore_database=environment.get("FIRESTORE_DATABASE") or "(default)",
            region=environment.get("JOB_REGION") or None,
            max_retries=int(environment.get("TASK_MAX_RETRIES") or 3),
            lease_seconds=float(environment.get("LEASE_SECONDS") or 60),
            report_seconds=float(environment.get("REPORT_SECONDS") or 2),
            source_bytes=int(environment.get("SOURCE_BYTES") or 0) or None,
            job=_required(environment, "CLOUD_RUN_JOB"),
            execution=_required(environment, "CLOUD_RUN_EXECUTION"),
            task_index=int(environment.get("CLOUD_RUN_TASK_INDEX") or 0),
            task_count=int(environment.get("CLOUD_RUN_TASK_COUNT") or 1),
            attempt=int(environment.get("CLOUD_RUN_TASK_ATTEMPT") or 0),
        )

    @property
    def is_last_attempt(self) -> bool:
        return self.attempt >= self.max_retries


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise MissingSetting(f"environment variable {name} is not set")
    return value
