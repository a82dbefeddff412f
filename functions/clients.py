"""The clients of Google's services, made when the first upload needs them.

The function's server forks its workers, and gRPC channels made before a fork may hang.
"""

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, run_v2

from execution_starter import CloudRunStarter
from job_starter import JobStarter
from settings import Settings


def make_job_starter(settings: Settings) -> JobStarter:
    documents = firestore.Client(project=settings.project, database=settings.firestore_database)
    executions = CloudRunStarter(_jobs_client(settings.cloud_run_endpoint), settings.job_name)
    return JobStarter(documents, executions, settings)


def _jobs_client(endpoint: str | None) -> run_v2.JobsClient:
    if endpoint is None:
        return run_v2.JobsClient()
    # Google has no variable that leads this client to a local server, as it has for Firestore.
    return run_v2.JobsClient(
        transport="rest",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": endpoint},
    )
