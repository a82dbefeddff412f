"""Runs one upload under one plan of faults and compares it with a run without faults."""

import re
import time
from typing import Any

from google.cloud import storage

from gdb_export.contract.job_document import Status
from gdb_export.contract.results import ErrorCode
from local.cloud_run.execution import Execution
from local.faults import Fault
from tests.chaos.outcome import Outcome, finalised, members
from tests.chaos.plans import Interruption, Plan
from tests.end_to_end.console import Console, database, until

# A pattern of the error message for each code
MESSAGES = {
    ErrorCode.GAVE_UP: r"Upload the file again",
    ErrorCode.CANCELLED: r"Cancelled in the document|was cancelled in Cloud Run",
}


def baseline_members(console: Console) -> dict[str, Any]:
    """Return the members of the ZIP of a run without faults."""
    blob = console.store("baseline/BACKUP.GDB", database("cnes"))
    outcome = finalised(console, blob)
    assert outcome.status == Status.SUCCESS, outcome
    return members(console.bucket.blob("baseline/BACKUP.zip").download_as_bytes())


def try_plan(console: Console, plan: Plan, baseline: dict[str, Any], rows: list[str]) -> None:
    """Export one upload while the plan's faults occur, and check the outcome.

    Appends the row of the results, as Markdown, to `rows`.
    """
    faults = console.stack.faults
    for rule in plan.rules:
        faults.add(rule)
    try:
        blob = console.store(f"{plan.name}/BACKUP.GDB", database("cnes"))
        if plan.interruption:
            interrupt(console, blob, plan.interruption)
        outcome = finalised(console, blob)
    finally:
        injected = list(faults.injected)
        faults.clear()
    rows.append(row(console, blob, plan, outcome, len(injected)))
    assert injected or plan.is_random
    check(console, plan, outcome, baseline)
    if not may_leave_a_session(injected, console.executions(blob)):
        assert outcome.sessions == ()


def may_leave_a_session(injected: list[tuple[str, Fault]], executions: list[Execution]) -> bool:
    """Return whether an upload session may stay open, which Cloud Storage ends after a week.

    Its task was killed, or never received the session's address.
    """
    lost_answer = any(name == "uploads.start" and "after" in fault.kind for name, fault in injected)
    tasks = [task for execution in executions for task in execution.tasks]
    return lost_answer or any(code < 0 for task in tasks for code in task.attempts)


def interrupt(console: Console, blob: storage.Blob, interruption: Interruption) -> None:
    """Stop the export of an upload as the plan says."""
    time.sleep(interruption.seconds)
    if interruption.where == "execution":
        for execution in console.stack.cloud_run.running():
            execution.cancel()
        return
    # the document must exist first
    until(lambda: console.fields(blob))
    console.document(blob).update({"cancel_requested": True})


def check(console: Console, plan: Plan, outcome: Outcome, baseline: dict[str, Any]) -> None:
    """Check that the plan allows the outcome: a complete ZIP, or an error and no ZIP."""
    assert outcome.error in plan.errors, outcome.document["result"]
    folder = plan.name
    if outcome.error:
        cancelled = outcome.error == ErrorCode.CANCELLED
        assert outcome.status == (Status.CANCELLED if cancelled else Status.FAILURE)
        message = outcome.document["result"]["error"]["message"]
        assert re.search(MESSAGES[ErrorCode(outcome.error)], message), message
        assert outcome.objects == (f"{folder}/BACKUP.GDB",)
        return
    assert outcome.status == Status.SUCCESS
    assert outcome.document["result"]["output"] == f"gs://uploads/{folder}/BACKUP.zip"
    assert outcome.objects == (f"{folder}/BACKUP.GDB", f"{folder}/BACKUP.zip")
    archive = console.bucket.blob(f"{folder}/BACKUP.zip").download_as_bytes()
    assert members(archive) == baseline


def row(
    console: Console, blob: storage.Blob, plan: Plan, outcome: Outcome, fault_count: int
) -> str:
    attempts = " + ".join(exit_codes(execution) for execution in console.executions(blob))
    result = outcome.error or outcome.status
    return f"| {plan.name} | {fault_count} | {result} | {attempts} | {outcome.seconds:.1f} |\n"


def exit_codes(execution: Execution) -> str:
    """Format the exit codes of every attempt of every task, such as `-9 0, 0`."""
    return ", ".join(" ".join(map(str, task.attempts)) for task in execution.tasks)
