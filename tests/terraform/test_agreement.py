"""Terraform and Python speak of the same things by the same names."""

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
from gdb_export.contract.job_document import COLLECTION, TABLES_COLLECTION, JobDocument, Status
from gdb_export.contract.part_names import PARTS_PREFIX
from gdb_export.contract.results import ErrorCode, failed

# What Cloud Run sets by itself, and what only the local stack sets.
SET_BY_CLOUD_RUN = re.compile(r"CLOUD_RUN_(JOB|EXECUTION|TASK_\w+)")
ONLY_LOCAL = {"CLOUD_RUN_ENDPOINT"}
OVERRIDDEN = {execution.EXPORT_DOCUMENT, execution.EXPORT_TRACE, execution.JOB_REGION}


def variables_read(settings: str) -> dict[str, bool]:
    """Environment variables of a settings file; True where there is no way without."""
    found = {}
    for node in calls_of(PROJECT / settings):
        texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if isinstance(node.func, ast.Name) and node.func.id == "required":
            found[str(texts[0])] = True
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "get" and texts:
            found.setdefault(str(texts[0]), False)
    return found


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
    for each in functions().values():
        given = each["service_config"][0]["environment_variables"]
        assert given == "${local.function_environment}"


def test_the_job_gets_the_variables_that_it_cannot_do_without() -> None:
    read = variables_read("job/settings.py")
    given = set(local("job_environment"))
    assert given <= set(read)
    needed = {name for name, required in read.items() if required} - OVERRIDDEN
    assert {name for name in needed if not SET_BY_CLOUD_RUN.fullmatch(name)} <= given


def test_every_override_is_a_variable_that_the_job_reads() -> None:
    assert set(variables_read("job/settings.py")) >= OVERRIDDEN


def test_the_job_knows_how_often_it_is_retried() -> None:
    task = resources("google_cloud_run_v2_job")["export"]["template"][0]["template"][0]
    assert task["max_retries"] == "${var.job.retries}"
    assert local("job_environment")["TASK_MAX_RETRIES"] == "${tostring(var.job.retries)}"


def test_the_collections_are_the_contract_s() -> None:
    assert local("exports_collection") == COLLECTION
    assert local("tables_collection") == TABLES_COLLECTION


def test_the_parts_that_a_lifecycle_and_the_sweep_may_remove_are_the_contract_s() -> None:
    assert local("parts_prefix") == PARTS_PREFIX


def test_documents_expire_by_a_field_that_they_have() -> None:
    document_fields = {field.name for field in fields(JobDocument)}
    assert resources("google_firestore_field")["expires_at"]["field"] in document_fields


def test_only_fields_that_exist_and_that_nobody_queries_are_without_an_index() -> None:
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
    """Fields of each query in the code: a chain of where(filter=FieldFilter(…)) and order_by(…)."""
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


def test_lifecycles_know_the_endings_of_uploads() -> None:
    tree = ast.parse((PROJECT / "functions/upload.py").read_text(encoding="utf-8"))
    endings = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ENDINGS"
    )
    assert set(local("source_endings")) == set(endings)


def test_the_function_hears_of_what_it_understands() -> None:
    trigger = function()["event_trigger"][0]
    source = (PROJECT / "functions/upload.py").read_text(encoding="utf-8")
    assert f'FINALIZED = "{trigger["event_type"]}"' in source


def test_every_entry_point_is_deployed_and_every_deployed_one_exists() -> None:
    tree = ast.parse((PROJECT / "functions/main.py").read_text(encoding="utf-8"))
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("functions_framework" in ast.unparse(each) for each in node.decorator_list)
    }
    assert {each["build_config"][0]["entry_point"] for each in functions().values()} == defined


def test_function_and_image_run_the_same_python_which_the_project_allows() -> None:
    runtime = function()["build_config"][0]["runtime"]
    major, minor = re.fullmatch(r"python(\d)(\d+)", runtime).groups()
    bases = {step["value"].split()[0] for step in dockerfile() if step["instruction"] == "FROM"}
    # One base for both stages: the kernel is compiled for the libc that it runs with.
    [base] = bases
    assert re.fullmatch(rf"python:{major}\.{minor}-slim-\w+@sha256:[0-9a-f]{{64}}", base)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = project["requires-python"].removeprefix(">=").split(".")
    assert (int(major), int(minor)) >= tuple(map(int, least))


def dockerfile() -> list[dict[str, str]]:
    return DockerfileParser(str(PROJECT / "job" / "Dockerfile")).structure


@pytest.fixture(scope="module")
def copied() -> list[str]:
    """What the Dockerfile takes from the repository."""
    steps = [step["value"].split() for step in dockerfile() if step["instruction"] == "COPY"]
    return [name for words in steps if not words[0].startswith("--from") for name in words[:-1]]


def test_a_change_of_what_the_image_is_made_of_makes_a_new_image(copied: list[str]) -> None:
    sources = local("image_sources")
    for name in copied:
        # The project's description, which changes no behaviour.
        if name == "README.md":
            continue
        named = f'"{name}"' in sources or re.search(rf"[{{,]{name}[,}}]", sources)
        assert named, f"{name} is not in local.image_sources"


def test_the_kinds_of_files_in_the_image_are_all_looked_at(copied: list[str]) -> None:
    kinds = re.search(r"\*\*/\*\.\{([\w,]+)\}", local("image_sources"))[1].split(",")
    ignored = {"", ".pyi", ".so", ".c", ".cpp", ".pyc", ".typed", ".yaml", ".toml"}
    for name in copied:
        for file in (PROJECT / name).rglob("*") if (PROJECT / name).is_dir() else ():
            if file.is_file() and file.suffix not in ignored:
                assert file.suffix.removeprefix(".") in kinds, file


def test_cloud_build_gets_what_the_dockerfile_copies(copied: list[str]) -> None:
    lines = (PROJECT / ".gcloudignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!/") for line in lines if line.startswith("!/")}
    assert {name.split("/")[0] for name in copied} <= sent


def written_fields() -> dict[str, set[str]]:
    """Fields of a log line, by the event that it tells of."""
    lines = [
        log_events.export_started(),
        log_events.export_ended(Status.FAILURE, failed(ErrorCode.GAVE_UP, ""), 1.0),
        log_events.export_ended(Status.SUCCESS, {}, 1.0, 1),
        log_events.swept(1, 1, 1.0),
    ]
    written: dict[str, set[str]] = {}
    for line in lines:
        written.setdefault(line["fields"]["event"], set()).update(line["fields"])
    return written


def test_metrics_are_made_of_fields_that_the_logs_have() -> None:
    written = written_fields()
    for metric in local("log_metrics").values():
        needed = {*metric["labels"], *({metric["value"]} - {None})}
        assert needed <= written[metric["event"]], metric


def test_the_alert_looks_for_what_the_logs_say_of_a_failure() -> None:
    alert = (PROJECT / "terraform" / "alerts.tf").read_text(encoding="utf-8")
    asked = dict(re.findall(r'jsonPayload\.(\w+)=\\"(\w+)\\"', alert))
    ended = log_events.export_ended(Status.FAILURE, failed(ErrorCode.GAVE_UP, ""), 1.0)["fields"]
    assert asked == {"event": ended["event"], "status": ended["status"]}
    assert set(re.findall(r"EXTRACT\(jsonPayload\.(\w+)\)", alert)) <= ended.keys()


def test_charts_and_alerts_ask_metrics_for_labels_that_they_have() -> None:
    metrics = local("log_metrics")
    asked = set()
    for name in ("dashboard.tf", "alerts.tf"):
        text = (PROJECT / "terraform" / name).read_text(encoding="utf-8")
        for metric, more in re.findall(r"local\.log_metric\.(\w+)\}(.*)", text):
            asked.add(metric)
            assert set(re.findall(r"metric\.label\.(\w+)", more)) <= set(metrics[metric]["labels"])
    assert asked == set(metrics)
