"""Local stacks with fault injection, and a table of the outcomes."""

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
    job_command=(sys.executable, "-W", "ignore", str(HERE / "small_chunks_job.py")),
    job_environment={"LEASE_SECONDS": "4", "REPORT_SECONDS": "0.5", "ACCESS_WAIT_SECONDS": "0.01"},
    function_source=HERE / "short_patience_function.py",
)
OUTCOMES = REPOSITORY / ".stack" / "chaos.md"
DEFAULT_RUNS = 12


def runs() -> int:
    """Return the number of runs; `make chaos` sets 300."""
    return int(os.environ.get("CHAOS_RUNS") or DEFAULT_RUNS)


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("chaos"), SETTINGS) as console:
        yield console


@pytest.fixture(scope="session")
def several_tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Like `console`, but three tasks export a database of 11 MB."""
    settings = replace(SETTINGS, function_environment={"TASK_BYTES": str(4 << 20)})
    with running_console(tmp_path_factory.mktemp("several"), settings) as console:
        yield console


@pytest.fixture(scope="session")
def table() -> Iterator[list[str]]:
    """Collects one row per run and writes them to .stack/chaos.md."""
    rows: list[str] = []
    yield rows
    OUTCOMES.parent.mkdir(exist_ok=True)
    heading = (
        "| fault | injected | outcome | attempts | seconds |\n| --- | --- | --- | --- | --- |\n"
    )
    OUTCOMES.write_text(heading + "".join(rows))
