"""Attempts that ended before their export did, for the job document's `earlier_attempts`."""

from typing import Any

from gdb_export.contract.job_document import JobDocument, Lease

_WORDLESS = "Ended without a word"


def ended(execution: str, attempt: int, words: str, task: int | None = None) -> dict[str, Any]:
    """`attempt` counts from 0, as Cloud Run's does; `task` is given where there are several."""
    which = {"execution": execution, "attempt": attempt}
    return {**which, **({} if task is None else {"task": task}), "ended": words}


def ended_by(lease: Lease, document: JobDocument) -> dict[str, Any]:
    """Of the attempt that left its lease in `document`."""
    return ended(lease.holder, lease.attempt, presumed_killed(document))


def presumed_killed(document: JobDocument) -> str:
    """What is to be supposed of an attempt that could not say how it ended."""
    last = str(document.result.get("status") or "")
    if last.startswith(_WORDLESS):
        return last.partition(". ")[0]
    after = f' after "{last}"' if last else ""
    return f"{_WORDLESS}{after}: most likely it was killed because it ran out of memory"
