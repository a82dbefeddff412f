"""A stack that can be broken, and a record of what became of every run."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.stack import REPOSITORY, StackSettings
from tests.end_to_end.console import Console, running_console

HERE = Path(__file__).parent
SETTINGS = StackSettings(
    stable_seconds=0.3,
    first_retry_delay=0.2,
    max_retry_delay=1.0,
    job_command=(sys.executable, "-W", "ignore", str(HERE / "small_pieces_job.py")),
    job_environment={"LEASE_SECONDS": "4", "REPORT_SECONDS": "0.5"},
    function_source=HERE / "impatient_function.py",
)
TABLE = REPOSITORY / ".stack" / "chaos.md"
DEFAULT_RUNS = 36


def runs() -> int:
    """How many runs are wanted: `make chaos` asks for 300."""
    return int(os.environ.get("CHAOS_RUNS") or DEFAULT_RUNS)


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("chaos"), SETTINGS) as console:
        yield console


@pytest.fixture(scope="session")
def several_tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """As the console, but a database of 11 MB is for three tasks."""
    settings = replace(SETTINGS, function_environment={"TASK_BYTES": str(4 << 20)})
    with running_console(tmp_path_factory.mktemp("several"), settings) as console:
        yield console


@pytest.fixture(scope="session")
def table() -> Iterator[list[str]]:
    """Rows of fault × outcome, in .stack/chaos.md after the run."""
    rows: list[str] = []
    yield rows
    TABLE.parent.mkdir(exist_ok=True)
    head = "| fault | struck | outcome | attempts | seconds |\n| --- | --- | --- | --- | --- |\n"
    TABLE.write_text(head + "".join(rows))
