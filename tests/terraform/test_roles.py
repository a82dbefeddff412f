"""The service account of each part has the roles that its code needs, and no others."""

import ast
import re

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
# Methods of Google's clients, by names that are unique in this code.
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
    "compose": "storage.objects.create",
    "get_iam_policy": "resourcemanager.projects.getIamPolicy",
}
# Clients that need a permission whichever of their methods is called.
CLIENTS = {"firestore": "datastore.entities.update"}
# The job's code: its own folder and what it uses of the library
JOB = ("job", "gdb_export/gcs")
# Files in functions/ that only one of its two service accounts runs.
ONLY_SWEEP = {"sweep.py", "reconciler.py", "execution_lookup.py", "orphaned_parts.py"}
ONLY_FUNCTION = {"job_starter.py", "execution_starter.py", "upload.py"}


def needed(folder: str, without: set[str]) -> set[str]:
    """Permissions that the code of a folder needs, without some of its files."""
    found = set()
    for file in sorted((PROJECT / folder).rglob("*.py")):
        if file.name in without:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found |= {CALLS[node.func.attr]} if node.func.attr in CALLS else set()
            if isinstance(node, ast.ImportFrom) and node.module == "google.cloud":
                found |= {CLIENTS[name.name] for name in node.names if name.name in CLIENTS}
    return found


def granted(part: str) -> set[str]:
    """Roles of a part, on any resource."""
    roles = {grant["role"] for grant in local("project_roles").values() if grant["part"] == part}
    member = f'google_service_account.part["{part}"].member'
    for kind in (
        "google_artifact_registry_repository_iam_member",
        "google_cloud_run_v2_job_iam_member",
        "google_cloud_run_v2_service_iam_member",
        "google_storage_bucket_iam_member",
    ):
        roles |= {body["role"] for body in resources(kind).values() if member in body["member"]}
    return roles


def test_the_function_has_exactly_the_roles_that_it_needs() -> None:
    check("function", needed("functions", ONLY_SWEEP))


def test_the_job_has_exactly_the_roles_that_it_needs() -> None:
    check("job", set().union(*(needed(folder, set()) for folder in JOB)))


def test_the_sweep_has_exactly_the_roles_that_it_needs() -> None:
    check("sweep", needed("functions", ONLY_FUNCTION))


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
