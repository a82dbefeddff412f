"""Attempts that ended before the export did: entries of the job document's `earlier_attempts`, and
how long further attempts follow."""

from datetime import timedelta
from typing import Any

from gdb_export.contract.job_document import JobDocument, Lease

# An export that may not start, or may not use bucket or document, is tried again until its document
# is this old. Events are redelivered for 24 hours; one of the last tries must record the failure.
MAX_WAIT = timedelta(hours=23)

_NO_RESULT = "Ended without reporting a result"


def earlier_attempt(
    execution: str, attempt: int, ended: str, task: int | None = None
) -> dict[str, Any]:
    """Build an entry. `ended` says why the attempt ended; `attempt` counts from 0, like Cloud Run's
    task attempts; `task` is the task's index if the execution has several tasks."""
    identity = {"execution": execution, "attempt": attempt}
    return {**identity, **({} if task is None else {"task": task}), "ended": ended}


def killed_attempt(lease: Lease, document: JobDocument) -> dict[str, Any]:
    """Build the entry of an attempt that left its lease in `document`."""
    return earlier_attempt(lease.holder, lease.attempt, presumed_killed(document))


def presumed_killed(document: JobDocument) -> str:
    """Describe an attempt that ended without reporting why: its last status, the likely cause.

    A status that already holds this description gives the same description again.
    """
    last_status = str(document.result.get("status") or "")
    if last_status.startswith(_NO_RESULT):
        return last_status.partition(". ")[0]
    after = f' after "{last_status}"' if last_status else ""
    return f"{_NO_RESULT}{after}: most likely it was killed because it ran out of memory"
