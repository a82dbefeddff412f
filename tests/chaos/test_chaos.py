"""Under any faults an upload ends with one complete ZIP or with an error that explains itself."""

from typing import Any

import pytest

from tests.chaos.conftest import runs
from tests.chaos.plans import (
    Plan,
    evenly,
    interrupted_plan,
    plans,
    plans_of_several_tasks,
    random_plan,
)
from tests.chaos.trial import baseline_members, try_plan
from tests.end_to_end.console import Console


def all_plans() -> list[Plan]:
    """Return `runs()` plans: the systematic ones, then random ones."""
    systematic = plans()
    seeds = range(runs() - len(systematic))
    return [*evenly(systematic, runs()), *(random_plan(seed) for seed in seeds)]


@pytest.fixture(scope="session")
def baseline(console: Console) -> dict[str, Any]:
    return baseline_members(console)


@pytest.mark.parametrize("plan", all_plans(), ids=lambda plan: plan.name)
def test_an_upload_ends_with_one_zip_or_an_error(
    console: Console, baseline: dict[str, Any], table: list[str], plan: Plan
) -> None:
    try_plan(console, plan, baseline, table)


@pytest.mark.parametrize(
    "plan", evenly(plans_of_several_tasks(), runs() // 4), ids=lambda plan: plan.name
)
def test_an_export_by_several_tasks_ends_with_the_same_zip(
    several_tasks: Console, baseline: dict[str, Any], table: list[str], plan: Plan
) -> None:
    try_plan(several_tasks, plan, baseline, table)


@pytest.mark.parametrize("seed", range(runs() // 6))
def test_a_stopped_export_ends_cancelled_or_complete(
    console: Console, baseline: dict[str, Any], table: list[str], seed: int
) -> None:
    try_plan(console, interrupted_plan(seed), baseline, table)
