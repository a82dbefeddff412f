"""The clients of Google's services, made when the first event needs them.

The function's server forks its workers, and gRPC channels made before a fork may hang.
"""

from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, run_v2

from execution_lookup import CloudRunLookup
from execution_starter import CloudRunStarter
from job_starter import JobStarter, utc_now
from settings import Settings
from sweeper import Sweeper


def make_job_starter(settings: Settings) -> JobStarter:
    jobs = run_v2.JobsClient(**_cloud_run(settings))
    return JobStarter(_documents(settings), CloudRunStarter(jobs, settings.job_name), settings)


def make_sweeper(settings: Settings) -> Sweeper:
    # only here: the other function has nothing to do with objects
    from google.cloud import storage

    from orphaned_parts import OrphanedParts

    executions = run_v2.ExecutionsClient(**_cloud_run(settings))
    lookup = CloudRunLookup(executions, settings.job_name)
    parts = OrphanedParts(storage.Client(project=settings.project))
    return Sweeper(_documents(settings), lookup, parts.remove, utc_now)


def _documents(settings: Settings) -> firestore.Client:
    return firestore.Client(project=settings.project, database=settings.firestore_database)


def _cloud_run(settings: Settings) -> dict[str, Any]:
    """Where the clients go; Google has no variable that leads them to a local server."""
    if settings.cloud_run_endpoint is None:
        return {}
    return {
        "transport": "rest",
        "credentials": AnonymousCredentials(),  # type: ignore[no-untyped-call]
        "client_options": {"api_endpoint": settings.cloud_run_endpoint},
    }
