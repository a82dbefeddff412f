from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import PermissionDenied
from google.cloud import firestore

from execution_lookup import Ending, Execution
from gdb_export.contract.job_document import JobDocument, Lease, SourceObject, Status
from sweeper import Sweeper

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOURCE = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
PENDING = JobDocument("x", Status.PENDING, SOURCE, created_at=NOW - MINUTE)
STARTED = replace(PENDING, execution={"name": "one"})
SILENT = replace(STARTED, status=Status.PROGRESS, lease=Lease("one", 3, NOW - MINUTE))


class Known:
    """Cloud Run's knowledge of the one execution."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def find(self, name: str) -> Execution:
        assert name == "one"
        return self._execution


def swept(
    documents: firestore.Client, document: JobDocument, ending: Ending, message: str = ""
) -> dict[str, Any]:
    reference = documents.document("exports/x")
    reference.set(document.to_fields())
    cleared: list[str] = []

    def clear(finalised: JobDocument) -> None:
        cleared.append(finalised.task_id)

    known = Known(Execution(ending, message))
    finalised = Sweeper(documents, known, clear, lambda: NOW).sweep()
    fields = reference.get().to_dict() or {}
    assert finalised == (fields["status"] != document.status.value)
    assert cleared == ["x"] * finalised
    return fields


@pytest.mark.parametrize("document", [STARTED, SILENT])
def test_what_still_runs_is_left_alone(documents: firestore.Client, document: JobDocument) -> None:
    assert swept(documents, document, Ending.RUNNING) == document.to_fields()


def test_a_live_lease_is_left_alone(documents: firestore.Client) -> None:
    live = replace(SILENT, lease=Lease("one", 0, NOW + MINUTE))
    assert swept(documents, live, Ending.GONE) == live.to_fields()


@pytest.mark.parametrize("document", [STARTED, SILENT])
@pytest.mark.parametrize("ending", [Ending.FAILED, Ending.GONE, Ending.SUCCEEDED])
def test_an_execution_that_ended_without_a_word_is_a_failure(
    documents: firestore.Client, document: JobDocument, ending: Ending
) -> None:
    fields = swept(documents, document, ending, "Memory limit exceeded.")
    assert fields["status"] == "FAILURE"
    assert fields["lease"] is None
    assert fields["finished_at"] == NOW
    error = fields["result"]["error"]
    assert error["code"] == "GAVE_UP"
    assert "Cloud Run says: Memory limit exceeded." in error["message"]
    assert "Upload the file again" in error["message"]
    assert "memory_mib" in error["message"]


def test_attempts_that_were_all_killed_are_said_to_be_short_of_memory(
    documents: firestore.Client,
) -> None:
    earlier = [{"execution": "one", "attempt": number, "ended": "…"} for number in range(3)]
    result = {"status": "Exporting A (1 of 2)"}
    killed = replace(SILENT, result=result, earlier_attempts=earlier)
    message = swept(documents, killed, Ending.FAILED)["result"]["error"]["message"]
    assert message.startswith(
        'Execution one failed. Ended without a word after "Exporting A (1 of 2)": most likely it '
        "was killed because it ran out of memory (earlier attempts: 3, see earlier_attempts)."
    )


def test_an_execution_that_never_took_the_document_points_to_its_logs(
    documents: firestore.Client,
) -> None:
    message = swept(documents, STARTED, Ending.FAILED)["result"]["error"]["message"]
    assert "execution.logs_url" in message


def test_an_execution_that_was_cancelled_is_a_cancelled_export(documents: firestore.Client) -> None:
    fields = swept(documents, STARTED, Ending.CANCELLED)
    assert fields["status"] == "CANCELLED"
    assert "cancelled in Cloud Run" in fields["result"]["error"]["message"]


def test_a_cancel_that_nobody_lived_to_see_counts(documents: firestore.Client) -> None:
    fields = swept(documents, replace(SILENT, cancel_requested=True), Ending.FAILED)
    assert fields["status"] == "CANCELLED"


def test_an_upload_that_waits_for_its_start_is_left_alone(documents: firestore.Client) -> None:
    assert swept(documents, PENDING, Ending.GONE) == PENDING.to_fields()


def test_an_upload_that_never_started_is_a_failure_after_a_day(documents: firestore.Client) -> None:
    old = replace(PENDING, created_at=NOW - timedelta(hours=26))
    fields = swept(documents, old, Ending.GONE)
    assert fields["result"]["error"]["code"] == "START_EXPIRED"


def test_what_is_settled_stays_as_it_is(documents: firestore.Client) -> None:
    done = replace(SILENT, status=Status.SUCCESS)
    assert swept(documents, done, Ending.FAILED) == done.to_fields()


def test_what_cannot_be_looked_up_does_not_keep_others_waiting(documents: firestore.Client) -> None:
    class Denied:
        def find(self, name: str) -> Execution:
            raise PermissionDenied("no")

    documents.document("exports/a").set(STARTED.to_fields())
    old = replace(PENDING, created_at=NOW - timedelta(hours=26))
    documents.document("exports/b").set(old.to_fields())
    assert Sweeper(documents, Denied(), lambda _: None, lambda: NOW).sweep() == 1
    assert (documents.document("exports/a").get().to_dict() or {})["status"] == "PENDING"
    assert (documents.document("exports/b").get().to_dict() or {})["status"] == "FAILURE"
