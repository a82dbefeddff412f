"""An execution of the Cloud Run Job: its environment overrides and its links in the console."""

from urllib.parse import quote

# Names of the environment variables that the function overrides for one execution.
EXPORT_DOCUMENT = "EXPORT_DOCUMENT"
EXPORT_TRACE = "EXPORT_TRACE"
JOB_REGION = "JOB_REGION"
ACCESS_WAIT = "ACCESS_WAIT_SECONDS"

_CONSOLE = "https://console.cloud.google.com"


def console_url(project: str, region: str, execution: str) -> str:
    return f"{_CONSOLE}/run/jobs/executions/details/{region}/{execution}?project={project}"


def logs_url(project: str, execution: str) -> str:
    query = (
        f'resource.type="cloud_run_job" labels."run.googleapis.com/execution_name"="{execution}"'
    )
    return f"{_CONSOLE}/logs/query;query={quote(query, safe='')}?project={project}"


def execution_fields(project: str, region: str | None, execution: str) -> dict[str, str]:
    """Build the document's field `execution`, without console_url if the region is unknown.

    `execution` is the short name.
    """
    described = {"name": execution, "logs_url": logs_url(project, execution)}
    if region:
        described["console_url"] = console_url(project, region, execution)
    return described
