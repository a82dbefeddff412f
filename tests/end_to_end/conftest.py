"""The whole stack once for all tests; each uses names of its own."""

from collections.abc import Iterator

import pytest

from local.stack import StackSettings
from tests.end_to_end.console import Console, running_console


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    settings = StackSettings(quiet=0.3, first_wait=0.2, longest_wait=2.0)
    with running_console(tmp_path_factory.mktemp("stack"), settings) as console:
        yield console
