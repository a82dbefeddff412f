"""A stack for all tests, which use names of their own, and one with BigQuery for a module."""

from collections.abc import Iterator

import pytest

from local.stack import StackSettings
from tests.end_to_end.console import Console, running_console


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    settings = StackSettings(stable_seconds=0.3, first_retry_delay=0.2, max_retry_delay=2.0)
    with running_console(tmp_path_factory.mktemp("stack"), settings) as console:
        yield console


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A stack with the BigQuery emulator."""
    folder = tmp_path_factory.mktemp("loading")
    with running_console(folder, StackSettings(bigquery=True)) as console:
        yield console
