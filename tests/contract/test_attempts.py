"""Entries of earlier_attempts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gdb_export.contract.attempts import earlier_attempt, killed_attempt, presumed_killed
from gdb_export.contract.job_document import JobDocument, Lease, SourceObject, Status

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
SOURCE = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
DOCUMENT = JobDocument("x", Status.PROGRESS, SOURCE, NOW)


@pytest.mark.parametrize(
    ("result", "description"),
    [
        (
            {"status": "Exporting A (1 of 2)", "current": 1},
            'Ended without reporting a result after "Exporting A (1 of 2)": most likely it was '
            "killed because it ran out of memory",
        ),
        (
            {},
            "Ended without reporting a result: most likely it was killed because it ran out of "
            "memory",
        ),
    ],
)
def test_the_description_names_the_last_status_and_the_likely_cause(
    result: dict[str, Any], description: str
) -> None:
    assert presumed_killed(replace(DOCUMENT, result=result)) == description


def test_a_description_is_not_repeated_within_itself() -> None:
    once = presumed_killed(replace(DOCUMENT, result={"status": "Starting"}))
    again = replace(DOCUMENT, result={"status": f"{once}. Another attempt follows"})
    assert presumed_killed(again) == once


def test_a_killed_attempt_is_identified_by_its_lease() -> None:
    lease = Lease("export-abc", 1, NOW)
    document = replace(DOCUMENT, lease=lease)
    entry = earlier_attempt("export-abc", 1, presumed_killed(document))
    assert killed_attempt(lease, document) == entry


def test_an_entry_names_the_task_if_there_are_several() -> None:
    assert earlier_attempt("export-abc", 0, "OSError", 3) == {
        "execution": "export-abc",
        "attempt": 0,
        "task": 3,
        "ended": "OSError",
    }
