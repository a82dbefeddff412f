"""GitHub's workflows, checked offline: schema, security, and the files that they name."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
TOOLS = Path(sys.executable).parent


def test_there_are_workflows_for_checks_long_tests_and_releases() -> None:
    assert [path.name for path in WORKFLOWS] == ["checks.yml", "nightly.yml", "release.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_follows_the_schema(path: Path) -> None:
    command = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path]
    process = subprocess.run(command, check=False, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr


def test_no_workflow_has_a_known_weakness() -> None:
    command = [TOOLS / "zizmor", "--offline", "--no-progress", PROJECT / ".github"]
    process = subprocess.run(command, check=False, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_file_and_target_that_a_workflow_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"\b(?:tests|job|requirements)/[\w./-]+\w", text)
    assert [name for name in named if not (PROJECT / name).exists()] == []
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"run: make ([a-z-]+)", text)) <= targets
