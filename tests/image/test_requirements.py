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


@pytest.mark.parametrize("name", PINNED)
def test_what_is_tested_is_what_is_shipped(name: str) -> None:
    """`make setup` installs dev.txt and build.txt, and all tests run with these."""
    tested, shipped = pins("requirements/dev.txt"), pins(name)
    differing = {each for each in tested.keys() & shipped.keys() if tested[each] != shipped[each]}
    assert not differing, f"{name} and dev.txt differ: make requirements"


def test_every_client_of_the_function_and_the_job_is_among_the_tested() -> None:
    for name in ("functions/requirements.txt", "requirements/job.txt"):
        assert {each for each in pins(name) if each.startswith("google-")} <= pins(
            "requirements/dev.txt"
        ).keys()


def test_the_setup_installs_nothing_that_is_not_pinned() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"\(PIP\) (.*)", makefile)
    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes" in options or "--no-index --no-deps" in options, options
