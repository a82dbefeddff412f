"""The service account of each part has the roles that its code needs, and no others."""

import ast
import re

import pytest
from hcl import PROJECT, local, resources

# The permissions of each role that the code could need:
# https://cloud.google.com/iam/docs/roles-permissions
PERMISSIONS = {
    "roles/datastore.user": {
        "datastore.entities.create",
        "datastore.entities.get",
        "datastore.entities.list",
        "datastore.entities.update",
        "datastore.entities.delete",
    },
    "roles/bigquery.dataEditor": {
        "bigquery.datasets.get",
        "bigquery.tables.create",
        "bigquery.tables.delete",
        "bigquery.tables.get",
        "bigquery.tables.list",
        "bigquery.tables.update",
        "bigquery.tables.updateData",
    },
    "roles/bigquery.jobUser": {"bigquery.jobs.create"},
    "roles/run.jobsExecutorWithOverrides": {
        "run.jobs.run",
        "run.jobs.runWithOverrides",
        "run.executions.cancel",
    },
    "roles/run.viewer": {
        "run.jobs.get",
        "run.jobs.list",
        "run.executions.get",
        "run.executions.list",
    },
    "roles/storage.objectUser": {
        "storage.objects.create",
        "storage.objects.get",
        "storage.objects.list",
        "storage.objects.update",
        "storage.objects.delete",
    },
}
# Methods of Google's clients, by names that are unique in this code
CALLS = {
    "run_job": "run.jobs.runWithOverrides",
    "cancel_execution": "run.executions.cancel",
    "get_execution": "run.executions.get",
    "list_executions": "run.executions.list",
    "get_job": "run.jobs.get",
    "list_jobs": "run.jobs.list",
    "get_bucket": "storage.buckets.get",
    "lookup_bucket": "storage.buckets.get",
    "create_bucket": "storage.buckets.create",
    "list_buckets": "storage.buckets.list",
    "get_blob": "storage.objects.get",
    "download_as_bytes": "storage.objects.get",
    "list_blobs": "storage.objects.list",
    "delete_blob": "storage.objects.delete",
    "delete": "storage.objects.delete",
    "upload_from_string": "storage.objects.create",
    "compose": "storage.objects.create",
    "rewrite": "storage.objects.create",
    "get_iam_policy": "resourcemanager.projects.getIamPolicy",
}
# Those of BigQuery's client
BIGQUERY_CALLS = {
    "get_dataset": "bigquery.datasets.get",
    "create_table": "bigquery.tables.create",
    "get_table": "bigquery.tables.get",
    "list_tables": "bigquery.tables.list",
    "update_table": "bigquery.tables.update",
    "delete_table": "bigquery.tables.delete",
    "load_table_from_uri": "bigquery.jobs.create",
    "load_table_from_file": "bigquery.jobs.create",
    "query": "bigquery.jobs.create",
}
# Clients that need a permission whichever of their methods is called
CLIENTS = {"firestore": "datastore.entities.update"}
# The job's code: its own folder and what it uses of the library
JOB = ("job", "gdb_export/gcs")
# Files in functions/ that only one of its two service accounts runs
ONLY_SWEEP = {
    "sweep.py",
    "reconciler.py",
    "restarter.py",
    "execution_lookup.py",
    "orphaned_parts.py",
    "orphaned_staging.py",
}
ONLY_FUNCTION = {"job_starter.py", "upload.py"}


def calls(
    folder: str, without: set[str], permissions: dict[str, str] = CALLS
) -> set[tuple[str, str]]:
    """Pairs of a permission and the call in a folder that needs it, but for the files `without`.
    `permissions` are those of methods."""
    found = set()
    for file in sorted((PROJECT / folder).rglob("*.py")):
        if file.name in without:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in permissions:
                    call = f"`{node.func.attr}` in `{file.name}`"
                    found.add((permissions[node.func.attr], call))
            if isinstance(node, ast.ImportFrom) and node.module == "google.cloud":
                for name in node.names:
                    if name.name in CLIENTS:
                        found.add((CLIENTS[name.name], f"the client of {name.name.capitalize()}"))
    return found


def calls_of_parts() -> dict[str, set[tuple[str, str]]]:
    return {
        "function": calls("functions", ONLY_SWEEP),
        "job": set().union(
            calls("gdb_export/bigquery", set(), BIGQUERY_CALLS),
            *(calls(folder, set()) for folder in JOB),
        ),
        "sweep": calls("functions", ONLY_FUNCTION)
        | calls("functions", ONLY_FUNCTION, BIGQUERY_CALLS),
    }


def permission_table() -> str:
    """The part of docs/security.md that is written by make terraform-reference."""
    lines = ["| part | permission | needed by |", "|---|---|---|"]
    for part, found in calls_of_parts().items():
        for permission in sorted({permission for permission, _ in found}):
            needing = sorted(call for needed, call in found if needed == permission)
            lines.append(f"| {part} | `{permission}` | {', '.join(needing)} |")
    return "\n".join(lines)


def granted(part: str) -> set[str]:
    """Roles of a part, on any resource."""
    roles = {grant["role"] for grant in local("project_roles").values() if grant["part"] == part}
    member = f'google_service_account.part["{part}"].member'
    for kind in (
        "google_artifact_registry_repository_iam_member",
        "google_bigquery_dataset_iam_member",
        "google_project_iam_member",
        "google_cloud_run_v2_job_iam_member",
        "google_cloud_run_v2_service_iam_member",
        "google_storage_bucket_iam_member",
    ):
        roles |= {body["role"] for body in resources(kind).values() if member in body["member"]}
    return roles


@pytest.mark.parametrize("part", ["function", "job", "sweep"])
def test_each_part_has_exactly_the_roles_that_it_needs(part: str) -> None:
    check(part, {permission for permission, _ in calls_of_parts()[part]})


def test_the_table_of_permissions_is_current() -> None:
    text = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
    assert permission_table() in text, "make terraform-reference"


def check(part: str, permissions: set[str]) -> None:
    roles = granted(part)
    allowed = set().union(*(PERMISSIONS[role] for role in roles))
    assert permissions <= allowed, f"{part} lacks {permissions - allowed}"
    unused = {role for role in roles if not PERMISSIONS[role] & permissions}
    assert not unused, f"{part} has {unused} and needs no permission of it"


def test_messages_about_a_missing_role_name_the_role_that_terraform_grants() -> None:
    parts = {"functions": granted("function") | granted("sweep"), "job": granted("job")}
    for folder, roles in parts.items():
        for file in sorted((PROJECT / folder).rglob("*.py")):
            named = set(re.findall(r"roles/[a-z]+\.\w+", file.read_text(encoding="utf-8")))
            assert named <= roles, file
