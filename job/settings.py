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
BIGQUERY_DATASET        DATASET or PROJECT.DATASET that each export is loaded into; none if not set
BIGQUERY_COLUMNS        names of the columns that a load adds: MONTH,SOURCE,TIME;
                        data_particao,_source_file,_loaded_at if not set
BIGQUERY_UNPARTITIONED  "true": new tables are not partitioned by month
BIGQUERY_RETRY_SECONDS  seconds before the second try of a step of a load; 2 if not set
REPORT_SECONDS          seconds between two reports, each of which reads the cancel request; 2 if
                        not set

Set by Cloud Run:
CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_INDEX, CLOUD_RUN_TASK_COUNT, CLOUD_RUN_TASK_ATTEMPT

Google's clients also read FIRESTORE_EMULATOR_HOST and STORAGE_EMULATOR_HOST, the load also
BIGQUERY_EMULATOR_HOST.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from gdb_export.bigquery.names import AddedColumns, parse_added_columns
from gdb_export.contract.environment import required

# In seconds: a task that waits is billed.
MAX_ACCESS_WAIT = 1800.0


@dataclass(frozen=True, slots=True)
class LoadDefaults:
    """Settings of loads into BigQuery: the dataset if every export is loaded, the names of the
    added columns, whether new tables are partitioned, seconds before a second try."""

    dataset: str | None = None
    added: AddedColumns = field(default_factory=AddedColumns)
    is_partitioned: bool = True
    retry_seconds: float = 2.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "LoadDefaults":
        """Raises ValueError."""
        columns = environment.get("BIGQUERY_COLUMNS")
        return cls(
            environment.get("BIGQUERY_DATASET") or None,
            parse_added_columns(columns) if columns else AddedColumns(),
            environment.get("BIGQUERY_UNPARTITIONED", "").lower() != "true",
            float(environment.get("BIGQUERY_RETRY_SECONDS") or 2),
        )


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
    bigquery: LoadDefaults = field(default_factory=LoadDefaults)

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
            bigquery=LoadDefaults.from_environment(environment),
        )

    @property
    def access_wait(self) -> float:
        """Seconds that this attempt waits for access before it leaves the work to the next one."""
        return min(self.access_wait_seconds * 4.0**self.attempt, MAX_ACCESS_WAIT)

    @property
    def is_last_attempt(self) -> bool:
        return self.attempt >= self.max_retries
