"""One upload under one plan of faults, judged by what a quiet run gives."""

import time
from typing import Any

from google.cloud import storage

from gdb_export.contract.job_document import Status
from gdb_export.contract.results import ErrorCode
from local.cloud_run.execution import Execution
from local.faults import Fault
from tests.chaos.outcome import Outcome, finalised, members
from tests.chaos.points import Interruption, Plan
from tests.end_to_end.console import Console, database, until

WORDS = {
    ErrorCode.START_REFUSED: "run.jobsExecutorWithOverrides",
    ErrorCode.ACCESS_DENIED: "roles/storage.objectUser",
    ErrorCode.GAVE_UP: "Upload the file again",
    ErrorCode.CANCELLED: "ancelled",
}


def quiet_members(console: Console) -> dict[str, Any]:
    """The members of the ZIP of a run in which nothing fails."""
    blob = console.place("quiet/BACKUP.GDB", database("cnes"))
    outcome = finalised(console, blob)
    assert outcome.status == Status.SUCCESS, outcome
    return members(console.bucket.blob("quiet/BACKUP.zip").download_as_bytes())


def try_plan(console: Console, plan: Plan, quiet: dict[str, Any], table: list[str]) -> None:
    faults = console.stack.faults
    for rule in plan.rules:
        faults.add(rule)
    try:
        blob = console.place(f"{plan.name}/BACKUP.GDB", database("cnes"))
        if plan.interruption:
            interrupt(console, blob, plan.interruption)
        outcome = finalised(console, blob)
    finally:
        struck = list(faults.caused)
        faults.clear()
    table.append(row(console, blob, plan, outcome, len(struck)))
    assert struck or plan.is_random
    judge(console, plan, outcome, quiet)
    if not may_leave_a_session(struck, console.executions(blob)):
        assert outcome.sessions == ()


def may_leave_a_session(struck: list[tuple[str, Fault]], executions: list[Execution]) -> bool:
    """Who is killed cannot give its upload up, nor who never heard that it was begun: the real
    service ends such a session after a week."""
    unheard = any(name == "uploads.start" and "after" in fault.kind for name, fault in struck)
    tasks = [task for execution in executions for task in execution.tasks]
    return unheard or any(code < 0 for task in tasks for code in task.attempts)


def interrupt(console: Console, blob: storage.Blob, interruption: Interruption) -> None:
    time.sleep(interruption.seconds)
    if interruption.where == "execution":
        for execution in console.stack.cloud_run.running():
            execution.cancel()
        return
    # Nobody can cancel what is not yet to be seen.
    until(lambda: console.fields(blob))
    console.document(blob).update({"cancel_requested": True})


def judge(console: Console, plan: Plan, outcome: Outcome, quiet: dict[str, Any]) -> None:
    assert outcome.error in plan.errors, outcome.document["result"]
    folder = plan.name
    if outcome.error:
        cancelled = outcome.error == ErrorCode.CANCELLED
        assert outcome.status == (Status.CANCELLED if cancelled else Status.FAILURE)
        assert WORDS[ErrorCode(outcome.error)] in outcome.document["result"]["error"]["message"]
        assert outcome.objects == (f"{folder}/BACKUP.GDB",)
        return
    assert outcome.status == Status.SUCCESS
    assert outcome.document["result"]["output"] == f"gs://uploads/{folder}/BACKUP.zip"
    assert outcome.objects == (f"{folder}/BACKUP.GDB", f"{folder}/BACKUP.zip")
    archive = console.bucket.blob(f"{folder}/BACKUP.zip").download_as_bytes()
    assert members(archive) == quiet


def row(console: Console, blob: storage.Blob, plan: Plan, outcome: Outcome, struck: int) -> str:
    attempts = " + ".join(exit_codes(execution) for execution in console.executions(blob))
    end = outcome.error or outcome.status
    return f"| {plan.name} | {struck} | {end} | {attempts} | {outcome.seconds:.1f} |\n"


def exit_codes(execution: Execution) -> str:
    """Of every attempt of every task: `-9 0, 0`"""
    return ", ".join(" ".join(map(str, task.attempts)) for task in execution.tasks)
