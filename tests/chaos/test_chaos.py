"""Whatever fails, an upload ends in one whole ZIP or in words that say why there is none."""

from typing import Any

import pytest
from google.cloud import storage

from contract.job_document import Status
from contract.results import ErrorCode
from tests.chaos.conftest import runs
from tests.chaos.outcome import Outcome, members, settled
from tests.chaos.points import Plan, plans, random_plan
from tests.end_to_end.console import Console, database

WORDS = {
    ErrorCode.START_REFUSED: "run.jobsExecutorWithOverrides",
    ErrorCode.ACCESS_DENIED: "roles/storage.objectUser",
    ErrorCode.GAVE_UP: "Upload the file again",
}


def chosen() -> list[Plan]:
    """All points and then random ones; where fewer are wanted, points from all along the way."""
    every, wanted = plans(), runs()
    if wanted < len(every):
        return [every[index * len(every) // wanted] for index in range(wanted)]
    return [*every, *(random_plan(seed) for seed in range(wanted - len(every)))]


@pytest.fixture(scope="session")
def quiet(console: Console) -> dict[str, Any]:
    """The members of the ZIP of a run in which nothing fails."""
    blob = console.upload("quiet/BACKUP.GDB", database("cnes"))
    outcome = settled(console, blob)
    assert outcome.status == Status.SUCCESS, outcome
    return members(console.bucket.blob("quiet/BACKUP.zip").download_as_bytes())


@pytest.mark.parametrize("plan", chosen(), ids=lambda plan: plan.name)
def test_an_upload_ends_in_one_zip_or_in_words(
    console: Console, quiet: dict[str, Any], table: list[str], plan: Plan
) -> None:
    faults = console.stack.faults
    for rule in plan.rules:
        faults.add(rule)
    try:
        blob = console.place(f"{plan.name}/BACKUP.GDB", database("cnes"))
        outcome = settled(console, blob)
    finally:
        struck = len(faults.caused)
        faults.clear()
    table.append(row(console, blob, plan, outcome, struck))
    assert struck or plan.is_random
    judge(console, plan, outcome, quiet)


def judge(console: Console, plan: Plan, outcome: Outcome, quiet: dict[str, Any]) -> None:
    assert outcome.error in plan.errors, outcome.document["result"]
    folder = plan.name
    if outcome.error:
        assert outcome.status == Status.FAILURE
        assert WORDS[ErrorCode(outcome.error)] in outcome.document["result"]["error"]["message"]
        assert outcome.objects == (f"{folder}/BACKUP.GDB",)
        return
    assert outcome.status == Status.SUCCESS
    assert outcome.document["result"]["output"] == f"gs://uploads/{folder}/BACKUP.zip"
    assert outcome.objects == (f"{folder}/BACKUP.GDB", f"{folder}/BACKUP.zip")
    archive = console.bucket.blob(f"{folder}/BACKUP.zip").download_as_bytes()
    assert members(archive) == quiet


def row(console: Console, blob: storage.Blob, plan: Plan, outcome: Outcome, struck: int) -> str:
    codes = [task.attempts for run in console.executions(blob) for task in run.tasks]
    end = outcome.error or outcome.status
    attempts = " + ".join(" ".join(map(str, attempt)) for attempt in codes)
    return f"| {plan.name} | {struck} | {end} | {attempts} | {outcome.seconds:.1f} |\n"
