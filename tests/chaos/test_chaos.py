"""Whatever fails, an upload ends in one whole ZIP or in words that say why there is none."""

from typing import Any

import pytest

from tests.chaos.conftest import runs
from tests.chaos.points import (
    Plan,
    evenly,
    interrupted_plan,
    plans,
    plans_of_several_tasks,
    random_plan,
)
from tests.chaos.trial import quiet_members, try_plan
from tests.end_to_end.console import Console


def chosen() -> list[Plan]:
    """All points and then random ones; where fewer are wanted, points from all along the way."""
    every = plans()
    return [*evenly(every, runs()), *(random_plan(seed) for seed in range(runs() - len(every)))]


@pytest.fixture(scope="session")
def quiet(console: Console) -> dict[str, Any]:
    return quiet_members(console)


@pytest.mark.parametrize("plan", chosen(), ids=lambda plan: plan.name)
def test_an_upload_ends_in_one_zip_or_in_words(
    console: Console, quiet: dict[str, Any], table: list[str], plan: Plan
) -> None:
    try_plan(console, plan, quiet, table)


@pytest.mark.parametrize(
    "plan", evenly(plans_of_several_tasks(), runs() // 4), ids=lambda plan: plan.name
)
def test_an_upload_that_several_tasks_export_ends_in_the_same_zip(
    several_tasks: Console, quiet: dict[str, Any], table: list[str], plan: Plan
) -> None:
    try_plan(several_tasks, plan, quiet, table)


@pytest.mark.parametrize("seed", range(runs() // 9))
def test_an_upload_that_is_stopped_ends_cancelled_or_was_done(
    console: Console, quiet: dict[str, Any], table: list[str], seed: int
) -> None:
    try_plan(console, interrupted_plan(seed), quiet, table)
