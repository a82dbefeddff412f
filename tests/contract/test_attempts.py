from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gdb_export.contract.attempts import ended, ended_by, presumed_killed
from gdb_export.contract.job_document import JobDocument, Lease, SourceObject, Status

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
SOURCE = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
DOCUMENT = JobDocument("x", Status.PROGRESS, SOURCE, NOW)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            {"status": "Exporting A (1 of 2)", "current": 1},
            'Ended without a word after "Exporting A (1 of 2)": most likely it was killed because '
            "it ran out of memory",
        ),
        (
            {},
            "Ended without a word: most likely it was killed because it ran out of memory",
        ),
    ],
)
def test_the_last_that_was_heard_is_told_with_the_likely_cause(
    result: dict[str, Any], words: str
) -> None:
    assert presumed_killed(replace(DOCUMENT, result=result)) == words


def test_what_is_to_be_supposed_is_said_once() -> None:
    once = presumed_killed(replace(DOCUMENT, result={"status": "Starting"}))
    again = replace(DOCUMENT, result={"status": f"{once}. Another attempt follows"})
    assert presumed_killed(again) == once


def test_an_attempt_is_named_by_the_lease_that_it_left() -> None:
    lease = Lease("export-abc", 1, NOW)
    document = replace(DOCUMENT, lease=lease)
    assert ended_by(lease, document) == ended("export-abc", 1, presumed_killed(document))


def test_of_several_tasks_the_attempt_names_its_own() -> None:
    assert ended("export-abc", 0, "no", 3) == {
        "execution": "export-abc",
        "attempt": 0,
        "task": 3,
        "ended": "no",
    }
