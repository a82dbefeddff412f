"""Creates the clients of Google's services for the first event that needs them.

The function's server forks its workers, and a gRPC channel opened before a fork may hang.
"""

import os
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, run_v2

from execution_lookup import CloudRunLookup
from execution_starter import ExecutionStarter
from gdb_export.contract.job_document import JobDocument, utc_now
from job_starter import JobStarter
from reconciler import Reconciler, Scope
from restarter import Restarter
from settings import Settings


def make_job_starter(settings: Settings) -> JobStarter:
    jobs = run_v2.JobsClient(**_cloud_run_arguments(settings))
    executions = ExecutionStarter(jobs, settings.job_name)
    return JobStarter(_documents(settings), executions, settings, utc_now)


def make_reconciler(settings: Settings) -> Reconciler:
    # Imported late: on_upload uses neither Cloud Storage nor BigQuery.
    from google.cloud import storage

    from orphaned_parts import OrphanedParts
    from orphaned_staging import OrphanedStaging

    executions = run_v2.ExecutionsClient(**_cloud_run_arguments(settings))
    lookup = CloudRunLookup(executions, settings.job_name)
    parts = OrphanedParts(storage.Client(project=settings.project))
    staging = OrphanedStaging(
        settings.project, settings.bigquery_dataset, lambda: _bigquery(settings)
    )

    def remove_leftovers(document: JobDocument) -> None:
        parts.remove(document)
        staging.remove(document)

    jobs = run_v2.JobsClient(**_cloud_run_arguments(settings))
    restarter = Restarter(ExecutionStarter(jobs, settings.job_name), settings)
    scope = Scope(settings.job_name, settings.collection_prefix)
    return Reconciler(_documents(settings), lookup, restarter, remove_leftovers, scope, utc_now)


def _documents(settings: Settings) -> firestore.Client:
    return firestore.Client(project=settings.project, database=settings.firestore_database)


def _bigquery(settings: Settings) -> Any:
    from google.cloud import bigquery  # imported late: most exports need no BigQuery

    if os.environ.get("BIGQUERY_EMULATOR_HOST"):
        return bigquery.Client(settings.project, AnonymousCredentials())  # type: ignore[no-untyped-call]
    return bigquery.Client(settings.project)


def _cloud_run_arguments(settings: Settings) -> dict[str, Any]:
    """Return the arguments that direct a client to a local server, if one is configured.

    Google's clients of Cloud Run have no environment variable for that.
    """
    if settings.cloud_run_endpoint is None:
        return {}
    return {
        "transport": "rest",
        "credentials": AnonymousCredentials(),  # type: ignore[no-untyped-call]
        "client_options": {"api_endpoint": settings.cloud_run_endpoint},
    }
