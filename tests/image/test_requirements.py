"""The pinned files hold what the project asks for, each with its hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
MAIN = DECLARED["project"]["dependencies"]
DEV = DECLARED["project"]["optional-dependencies"]["dev"]


def asked_in(name: str) -> list[str]:
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


PINNED = {
    "requirements/job.txt": MAIN,
    "requirements/dev.txt": MAIN + DEV,
    "requirements/build.txt": DECLARED["build-system"]["requires"],
    "functions/requirements.txt": asked_in("functions/requirements.in"),
}


def pins(name: str) -> dict[str, str]:
    """Distribution -> version; each pin with at least one hash."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    found = {}
    for pin in re.split(r"\n(?=\S)", text.strip()):
        distribution, version = re.match(r"([\w.-]+)==([\w.]+)", pin).groups()
        assert "--hash=sha256:" in pin, distribution
        found[distribution.lower()] = version
    return found


@pytest.mark.parametrize("name", PINNED)
def test_everything_that_is_asked_for_is_pinned(name: str) -> None:
    pinned = pins(name)
    for asked in map(Requirement, PINNED[name]):
        version = pinned.get(asked.name.lower())
        assert version, f"{asked.name} is not in {name}: make requirements"
        assert asked.specifier.contains(version), f"{asked} is not {version}: make requirements"


def test_function_and_job_speak_with_the_same_clients() -> None:
    function, job = pins("functions/requirements.txt"), pins("requirements/job.txt")
    shared = {name for name in function.keys() & job.keys() if name.startswith("google-cloud-")}
    assert {"google-cloud-firestore", "google-cloud-run"} <= shared
    assert {name: function[name] for name in shared} == {name: job[name] for name in shared}
