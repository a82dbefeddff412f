"""The samples in README.md are the current output of the commands."""

import re

import pytest

from tests.documents.samples import SAMPLES, demo_sample, export_sample, readme_sample

# Times, rates and the number of lines for a status differ from run to run
_CHANGING = re.compile(r"^\d\d:\d\d:\d\d  (PENDING|PROGRESS) .*$")
_TIME = re.compile(r"^\d\d:\d\d:\d\d  |\d+\.\d s$")


def stable(sample: str) -> list[str]:
    """The lines of a sample without the parts that differ from run to run."""
    lines = [line for line in sample.splitlines() if not _CHANGING.match(line)]
    return [_TIME.sub("TIME", line) for line in lines]


def test_the_sample_of_an_export_is_what_the_command_prints() -> None:
    assert readme_sample("export") == export_sample()


@pytest.mark.stack
def test_the_sample_of_the_demo_is_what_the_demo_prints() -> None:
    assert "SUCCESS" in readme_sample("demo")
    assert stable(readme_sample("demo")) == stable(demo_sample())


def test_every_sample_is_shown() -> None:
    for name in SAMPLES:
        assert readme_sample(name)
