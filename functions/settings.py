"""The environment variables of the functions.

GOOGLE_CLOUD_PROJECT  the project of the Firestore database and of the job; required
JOB_NAME              the Cloud Run Job, projects/P/locations/R/jobs/J; required
FIRESTORE_DATABASE    the database's name; "(default)" if not set
DOCUMENT_DAYS         days after which Firestore's TTL may delete a job document; 90 if not set
TASK_BYTES            size of a database that one task exports; a larger database is divided among
                      several tasks; 2 GiB if not set
MAX_TASKS             maximum number of tasks for one database; 8 if not set
ALLOW_OVERWRITE       false: an upload with export-overwrite is refused; true if not set
COLLECTION_PREFIX     prefix of the names of the collections of job documents; none if not set
UPLOAD_PREFIX         prefix of the names of uploads, other objects are ignored; none if not set
BIGQUERY_DATASET      PROJECT.DATASET that each export is loaded into; none if not set
CLOUD_RUN_ENDPOINT    http://host:port of a local Cloud Run server; not set in the cloud

Google's clients also read FIRESTORE_EMULATOR_HOST, STORAGE_EMULATOR_HOST and
BIGQUERY_EMULATOR_HOST.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gdb_export.contract.environment import MissingSetting, required

_JOB_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/jobs/[^/]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of the variables above."""

    project: str
    job_name: str
    firestore_database: str
    document_days: int
    task_bytes: int
    max_tasks: int
    upload_prefix: str
    collection_prefix: str
    allow_overwrite: bool
    bigquery_dataset: str
    cloud_run_endpoint: str | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        job_name = required(environment, "JOB_NAME")
        if not _JOB_NAME.fullmatch(job_name):
            raise MissingSetting(f"JOB_NAME is not projects/P/locations/R/jobs/J: {job_name}")
        return cls(
            project=required(environment, "GOOGLE_CLOUD_PROJECT"),
            job_name=job_name,
            firestore_database=environment.get("FIRESTORE_DATABASE") or "(default)",
            document_days=int(environment.get("DOCUMENT_DAYS") or 90),
            task_bytes=int(environment.get("TASK_BYTES") or 2 << 30),
            max_tasks=int(environment.get("MAX_TASKS") or 8),
            upload_prefix=environment.get("UPLOAD_PREFIX", ""),
            collection_prefix=environment.get("COLLECTION_PREFIX", ""),
            allow_overwrite=environment.get("ALLOW_OVERWRITE") != "false",
            bigquery_dataset=environment.get("BIGQUERY_DATASET", ""),
            cloud_run_endpoint=environment.get("CLOUD_RUN_ENDPOINT") or None,
        )

    def tasks(self, size: int) -> int:
        """Return the number of tasks that export a database of `size` bytes."""
        return max(1, min(self.max_tasks, -(-size // self.task_bytes)))

    @property
    def region(self) -> str:
        return self.job_name.split("/")[3]
