"""Files that list source paths list all of them, and only existing ones."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

PROJECT = Path(__file__).parents[2]
EXTENSIONS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "setuptools"
]["ext-modules"]


def sources(*endings: str) -> set[str]:
    """The product's files with these endings, as paths from the project's root."""
    paths = {
        path.relative_to(PROJECT).as_posix()
        for ending in endings
        for path in (PROJECT / "gdb_export").rglob(f"*{ending}")
    }
    assert paths, f"no source has the endings {endings}, so this test would check nothing"
    return paths


def test_every_kernel_is_built() -> None:
    built = {source for extension in EXTENSIONS for source in extension["sources"]}
    assert built == sources(".pyx")


@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda extension: extension["name"])
def test_a_kernel_is_imported_by_the_name_of_its_extension(extension: dict[str, str]) -> None:
    [source] = extension["sources"]
    assert source == f"{extension['name'].replace('.', '/')}.pyx"
    lookups = [path for path in sources(".py") if extension["name"] in (PROJECT / path).read_text()]
    assert lookups, f"nothing imports {extension['name']}"


def test_make_reinstalls_when_a_kernel_changes() -> None:
    command = ["make", "--print-data-base", "--question", "--no-builtin-rules", "help"]
    output = subprocess.run(
        command, cwd=PROJECT, check=False, capture_output=True, text=True
    ).stdout
    [line] = re.findall(r"^KERNELS := (.*)$", output, re.MULTILINE)
    assert set(line.split()) == sources(".pyx", ".pxd")


def test_the_image_copies_existing_files() -> None:
    steps = DockerfileParser(str(PROJECT / "job" / "Dockerfile")).structure
    copies = [step["value"].split() for step in steps if step["instruction"] == "COPY"]
    names = [name for words in copies if not words[0].startswith("--from") for name in words[:-1]]
    assert names
    assert [name for name in names if not (PROJECT / name).exists()] == []


def test_cloud_build_gets_existing_files() -> None:
    lines = (PROJECT / ".gcloudignore").read_text(encoding="utf-8").splitlines()
    names = [line.removeprefix("!/") for line in lines if line.startswith("!/")]
    assert names
    assert [name for name in names if not (PROJECT / name).exists()] == []
