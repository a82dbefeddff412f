"""Names in terraform/ agree with those in the Python code."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser
from hcl import PROJECT, local, resources

from gdb_export.contract import execution, log_events
from gdb_export.contract.job_document import (
    COLLECTION,
    TABLES_COLLECTION,
    TASKS_COLLECTION,
    JobDocument,
    Status,
)
from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.contract.results import ErrorCode, failed
from gdb_export.contract.upload_names import ENDINGS

# Variables that Cloud Run sets, and those that only the local stack sets
SET_BY_CLOUD_RUN = re.compile(r"CLOUD_RUN_(JOB|EXECUTION|TASK_\w+)")
ONLY_LOCAL = {"CLOUD_RUN_ENDPOINT"}
OVERRIDDEN = {
    execution.EXPORT_DOCUMENT,
    execution.EXPORT_TRACE,
    execution.JOB_REGION,
    "ACCESS_WAIT_SECONDS",
}


def variables_read(settings: str) -> dict[str, bool]:
    """Environment variables that a settings file reads; True if the variable is required."""
    variables = {}
    for node in calls_of(PROJECT / settings):
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if isinstance(node.func, ast.Name) and node.func.id == "required":
            variables[str(texts[0])] = True
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "get" and texts:
            variables.setdefault(str(texts[0]), False)
    return variables


def calls_of(file: Path) -> Iterator[ast.Call]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def functions() -> dict[str, dict[str, object]]:
    return resources("google_cloudfunctions2_function")


def function() -> dict[str, object]:
    return functions()["upload"]


def test_the_functions_get_the_variables_that_they_read() -> None:
    read = variables_read("functions/settings.py")
    assert set(local("function_environment")) == set(read) - ONLY_LOCAL
    for deployed in functions().values():
        given = deployed["service_config"][0]["environment_variables"]
        assert "local.function_environment" in given


def test_the_job_gets_the_variables_that_it_requires() -> None:
    read = variables_read("job/settings.py")
    given = set(local("job_environment"))
    assert given <= set(read)
    needed = {name for name, required in read.items() if required} - OVERRIDDEN
    assert {name for name in needed if not SET_BY_CLOUD_RUN.fullmatch(name)} <= given


def test_a_task_has_half_of_its_memory_for_the_bytes_of_the_database() -> None:
    assert local("job_environment")["SOURCE_BYTES"] == (
        "${tostring(var.job.memory_mib * 1024 * 1024 / 2)}"
    )


def test_an_instance_of_the_function_has_a_thread_for_each_of_its_requests() -> None:
    service = function()["service_config"][0]
    assert service["max_instance_request_concurrency"] == "${local.concurrency}"
    assert "THREADS = tostring(local.concurrency)" in service["environment_variables"]


def test_a_run_of_the_sweep_ends_before_its_function_is_stopped() -> None:
    from reconciler import MAX_SECONDS

    timeout = functions()["sweep"]["service_config"][0]["timeout_seconds"]
    assert MAX_SECONDS <= timeout - 60


def test_every_override_is_a_variable_that_the_job_reads() -> None:
    assert set(variables_read("job/settings.py")) >= OVERRIDDEN


def test_the_job_knows_how_often_it_is_retried() -> None:
    task = resources("google_cloud_run_v2_job")["export"]["template"][0]["template"][0]
    assert task["max_retries"] == "${var.job.retries}"
    assert local("job_environment")["TASK_MAX_RETRIES"] == "${tostring(var.job.retries)}"


def test_the_collections_are_those_of_the_contract() -> None:
    names = [local(f"{name}_collection") for name in ("exports", "tables", "tasks")]
    prefix = "${local.collection_prefix}"
    assert names == [
        f"{prefix}{name}" for name in (COLLECTION, TABLES_COLLECTION, TASKS_COLLECTION)
    ]


def test_the_prefix_of_parts_is_that_of_the_contract() -> None:
    assert local("parts_prefix") == PARTS_PREFIX


def test_the_field_of_the_ttl_exists() -> None:
    document_fields = {field.name for field in fields(JobDocument)}
    assert resources("google_firestore_field")["expires_at"]["field"] in document_fields


def test_only_existing_and_unqueried_fields_have_no_index() -> None:
    unindexed = local("unindexed_fields")["${(local.exports_collection)}"]
    assert set(unindexed) <= {field.name for field in fields(JobDocument)}
    for queried in queried_fields():
        assert not {name.split(".")[0] for name in queried} & {*unindexed, "expires_at"}, queried


def test_every_query_over_several_fields_has_its_composite_index() -> None:
    indexed = [
        {field["field_path"] for field in index["fields"]}
        for index in resources("google_firestore_index").values()
    ]
    for queried in queried_fields():
        assert len(queried) < 2 or set(queried) in indexed, f"no index for {queried}"


def queried_fields() -> Iterator[tuple[str, ...]]:
    """Fields of each query in the code: those of FieldFilter(…) and order_by(…) in a function."""
    for folder in ("functions", "gdb_export", "job"):
        for file in sorted((PROJECT / folder).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    queried = tuple(dict.fromkeys(_fields_of_queries(node)))
                    if queried:
                        yield queried


def _fields_of_queries(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in ("FieldFilter", "order_by"):
                yield str(call.args[0].value)


def test_lifecycle_rules_have_the_endings_of_uploads() -> None:
    assert set(local("source_endings")) == set(ENDINGS)


def test_the_event_type_of_the_trigger_is_that_of_the_function() -> None:
    trigger = function()["event_trigger"][0]
    source = (PROJECT / "functions/upload.py").read_text(encoding="utf-8")
    assert f'FINALIZED = "{trigger["event_type"]}"' in source


def test_every_entry_point_is_deployed_and_every_deployed_one_exists() -> None:
    tree = ast.parse((PROJECT / "functions/main.py").read_text(encoding="utf-8"))
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(
            "functions_framework" in ast.unparse(decorator) for decorator in node.decorator_list
        )
    }
    assert {
        deployed["build_config"][0]["entry_point"] for deployed in functions().values()
    } == defined


def test_function_and_image_use_the_same_supported_python() -> None:
    runtime = function()["build_config"][0]["runtime"]
    major, minor = re.fullmatch(r"python(\d)(\d+)", runtime).groups()
    bases = {step["value"].split()[0] for step in dockerfile() if step["instruction"] == "FROM"}
    # both stages have one base: the kernel must be compiled for the libc that it runs with
    [base] = bases
    assert re.fullmatch(rf"python:{major}\.{minor}-slim-\w+@sha256:[0-9a-f]{{64}}", base)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minimum = project["requires-python"].removeprefix(">=").split(".")
    assert (int(major), int(minor)) >= tuple(map(int, minimum))


def dockerfile() -> list[dict[str, str]]:
    return DockerfileParser(str(PROJECT / "job" / "Dockerfile")).structure


@pytest.fixture(scope="module")
def copied() -> list[str]:
    """Files and folders that the Dockerfile copies from the repository."""
    steps = [step["value"].split() for step in dockerfile() if step["instruction"] == "COPY"]
    return [name for words in steps if not words[0].startswith("--from") for name in words[:-1]]


def test_every_source_of_the_image_is_part_of_its_hash(copied: list[str]) -> None:
    sources = local("image_sources")
    for name in copied:
        # a description, which does not change the image's behaviour
        if name == "README.md":
            continue
        is_listed = f'"{name}"' in sources or re.search(rf"[{{,]{name}[,}}]", sources)
        assert is_listed, f"{name} is not in local.image_sources"


def test_every_file_type_in_the_image_is_part_of_its_hash(copied: list[str]) -> None:
    endings = re.search(r"\*\*/\*\.\{([\w,]+)\}", local("image_sources"))[1].split(",")
    ignored = {"", ".pyi", ".so", ".c", ".cpp", ".pyc", ".typed", ".yaml", ".toml"}
    for name in copied:
        for file in (PROJECT / name).rglob("*") if (PROJECT / name).is_dir() else ():
            if file.is_file() and file.suffix not in ignored:
                assert file.suffix.removeprefix(".") in endings, file


def test_cloud_build_gets_what_the_dockerfile_copies(copied: list[str]) -> None:
    lines = (PROJECT / ".gcloudignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!/") for line in lines if line.startswith("!/")}
    assert {name.split("/")[0] for name in copied} <= sent


def written_fields() -> dict[str, set[str]]:
    """Fields of log lines by their event."""
    lines = [
        log_events.export_started(),
        log_events.export_ended(Status.FAILURE, failed(ErrorCode.GAVE_UP, ""), 1.0),
        log_events.export_ended(Status.SUCCESS, {}, 1.0, 1),
        log_events.swept(1, 1.0),
    ]
    written: dict[str, set[str]] = {}
    for line in lines:
        written.setdefault(line["fields"]["event"], set()).update(line["fields"])
    return written


def test_metrics_use_fields_that_are_logged() -> None:
    written = written_fields()
    for metric in local("log_metrics").values():
        needed = {*metric["labels"], *({metric["value"]} - {None})}
        assert needed <= written[metric["event"]], metric


def test_the_alert_matches_the_log_line_of_a_failure() -> None:
    alert = (PROJECT / "terraform" / "alerts.tf").read_text(encoding="utf-8")
    matched = dict(re.findall(r'jsonPayload\.(\w+)=\\"(\w+)\\"', alert))
    ended = log_events.export_ended(Status.FAILURE, failed(ErrorCode.GAVE_UP, ""), 1.0)["fields"]
    assert matched == {"event": ended["event"], "status": ended["status"]}
    assert set(re.findall(r"EXTRACT\(jsonPayload\.(\w+)\)", alert)) <= ended.keys()


def test_charts_and_alerts_use_labels_that_the_metrics_have() -> None:
    metrics = local("log_metrics")
    used = set()
    for name in ("dashboard.tf", "alerts.tf"):
        text = (PROJECT / "terraform" / name).read_text(encoding="utf-8")
        for metric, more in re.findall(r"local\.log_metric\.(\w+)\}(.*)", text):
            used.add(metric)
            assert set(re.findall(r"metric\.label\.(\w+)", more)) <= set(metrics[metric]["labels"])
    assert used == set(metrics)
