"""The pinned requirements satisfy the declared ones, and every pin has a hash."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
CORE = DECLARED["project"]["dependencies"]
EXTRAS = DECLARED["project"]["optional-dependencies"]


def declared_in(name: str) -> list[str]:
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


PINNED = {
    "requirements/core.txt": CORE,
    "requirements/job.txt": CORE + EXTRAS["cloud"] + EXTRAS["arrow"],
    "requirements/stack.txt": CORE + EXTRAS["cloud"] + EXTRAS["arrow"] + EXTRAS["stack"],
    "requirements/dev.txt": CORE + [name for names in EXTRAS.values() for name in names],
    "requirements/build.txt": DECLARED["build-system"]["requires"],
    "functions/requirements.txt": declared_in("functions/requirements.in"),
}


def pins(name: str) -> dict[str, str]:
    """Versions by distribution; asserts that each pin has a hash."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    versions = {}
    for pin in re.split(r"\n(?=\S)", text.strip()):
        distribution, version = re.match(r"([\w.-]+)==([\w.]+)", pin).groups()
        assert "--hash=sha256:" in pin, distribution
        versions[distribution.lower()] = version
    return versions


@pytest.mark.parametrize("name", PINNED)
def test_every_declared_requirement_is_pinned(name: str) -> None:
    pinned = pins(name)
    for requirement in map(Requirement, PINNED[name]):
        version = pinned.get(requirement.name.lower())
        assert version, f"{requirement.name} is not in {name}: make requirements"
        assert requirement.specifier.contains(version), (
            f"{requirement} is not {version}: make requirements"
        )


@pytest.mark.parametrize("name", PINNED)
def test_the_tested_versions_are_the_deployed_ones(name: str) -> None:
    """`make setup` installs dev.txt and build.txt, so tests run with these."""
    tested, deployed = pins("requirements/dev.txt"), pins(name)
    differing = {
        package
        for package in tested.keys() & deployed.keys()
        if tested[package] != deployed[package]
    }
    assert not differing, f"{name} and dev.txt differ: make requirements"


def test_every_client_of_the_function_and_the_job_is_tested() -> None:
    for name in ("functions/requirements.txt", "requirements/job.txt"):
        assert {package for package in pins(name) if package.startswith("google-")} <= pins(
            "requirements/dev.txt"
        ).keys()


def test_the_setup_installs_only_pinned_packages() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"\(PIP\) (.*)", makefile)
    assert installs
    for options in installs:
        assert "--require-hashes" in options or "--no-index --no-deps" in options, options
