"""The samples in README.md are the current output of the commands."""

import re

import pytest

from tests.documents.samples import SAMPLES, demo_sample, export_sample, shown

# Times, rates and how often a status is shown differ from run to run
_CHANGING = re.compile(r"^\d\d:\d\d:\d\d  (PENDING|PROGRESS) .*$")
_TIME = re.compile(r"^\d\d:\d\d:\d\d  |\d+\.\d s$")


def stable(sample: str) -> list[str]:
    lines = [line for line in sample.splitlines() if not _CHANGING.match(line)]
    return [_TIME.sub("TIME", line) for line in lines]


def test_the_sample_of_an_export_is_what_the_command_prints() -> None:
    assert shown("export") == export_sample()


@pytest.mark.stack
def test_the_sample_of_the_demo_is_what_the_demo_prints() -> None:
    assert "SUCCESS" in shown("demo")
    assert stable(shown("demo")) == stable(demo_sample())


def test_every_sample_is_shown() -> None:
    for name in SAMPLES:
        assert shown(name)
