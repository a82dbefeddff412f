"""The reconciler against Firestore's emulator, with a stub for Cloud Run."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import PermissionDenied
from google.cloud import firestore

from execution_lookup import Execution, ExecutionState
from gdb_export.contract.job_document import JobDocument, Lease, SourceObject, Status
from pending_document import PendingDocument
from reconciler import MAX_SECONDS, Reconciler, Scope

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SCOPE = Scope("projects/demo/locations/here/jobs/export")
SOURCE = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
PENDING = JobDocument("x", Status.PENDING, SOURCE, created_at=NOW - MINUTE)
STARTED = replace(PENDING, execution={"name": "export-1"}, started_at=NOW - MINUTE)
UNCLAIMED = replace(STARTED, started_at=None)
EXPIRED = replace(STARTED, status=Status.PROGRESS, lease=Lease("export-1", 3, NOW - MINUTE))


class StubLookup:
    """Finds a single execution, export-1."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def find(self, name: str) -> Execution:
        assert name == "export-1"
        return self._execution


class StubRestarter:
    """Records the executions after which another one was started."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def restart(self, pending: PendingDocument, document: JobDocument, ended: str) -> None:
        self.ended.append(ended)


def reconciler(
    documents: firestore.Client,
    lookup: Any,
    restarter: StubRestarter | None = None,
    remove_parts: Callable[[JobDocument], None] = lambda document: None,
    scope: Scope = SCOPE,
    clock: Callable[[], float] = time.monotonic,
) -> Reconciler:
    stub: Any = restarter or StubRestarter()
    return Reconciler(documents, lookup, stub, remove_parts, scope, lambda: NOW, clock)


def restarted(
    documents: firestore.Client, document: JobDocument, state: ExecutionState
) -> list[str]:
    """Return the executions after which a run started another one; the document is unchanged."""
    reference = documents.document("exports/x")
    reference.set(document.to_fields())
    restarter = StubRestarter()
    assert reconciler(documents, StubLookup(Execution(state)), restarter).reconcile() == 0
    assert reference.get().to_dict() == document.to_fields()
    return restarter.ended


def reconciled(
    documents: firestore.Client, document: JobDocument, state: ExecutionState, message: str = ""
) -> dict[str, Any]:
    """Return the fields of `document` after a run of the reconciler, with its execution in `state`.

    Checks that the parts of the document are removed if it was finalised.
    """
    reference = documents.document("exports/x")
    reference.set(document.to_fields())
    tasks_without_parts: list[str] = []

    def remove_parts(finalised: JobDocument) -> None:
        tasks_without_parts.append(finalised.task_id)

    lookup = StubLookup(Execution(state, message))
    restarter = StubRestarter()
    finalised = reconciler(documents, lookup, restarter, remove_parts).reconcile()
    assert restarter.ended == []
    fields = reference.get().to_dict() or {}
    assert finalised == (fields["status"] != document.status.value)
    assert tasks_without_parts == ["x"] * finalised
    return fields


@pytest.mark.parametrize("document", [STARTED, EXPIRED])
def test_a_running_execution_is_left_alone(
    documents: firestore.Client, document: JobDocument
) -> None:
    assert reconciled(documents, document, ExecutionState.RUNNING) == document.to_fields()


def test_a_valid_lease_is_left_alone(documents: firestore.Client) -> None:
    leased = replace(EXPIRED, lease=Lease("export-1", 0, NOW + MINUTE))
    assert reconciled(documents, leased, ExecutionState.UNKNOWN) == leased.to_fields()


@pytest.mark.parametrize("document", [STARTED, EXPIRED])
@pytest.mark.parametrize(
    "state", [ExecutionState.FAILED, ExecutionState.UNKNOWN, ExecutionState.SUCCEEDED]
)
def test_an_execution_that_ended_without_a_result_is_a_failure(
    documents: firestore.Client, document: JobDocument, state: ExecutionState
) -> None:
    fields = reconciled(documents, document, state, "Memory limit exceeded.")
    assert fields["status"] == "FAILURE"
    assert fields["lease"] is None
    assert fields["finished_at"] == NOW
    error = fields["result"]["error"]
    assert error["code"] == "GAVE_UP"
    assert "Cloud Run's message: Memory limit exceeded." in error["message"]
    assert "Upload the file again" in error["message"]
    assert "memory_mib" in error["message"]


def test_the_message_for_killed_attempts_names_memory(
    documents: firestore.Client,
) -> None:
    earlier = [{"execution": "export-1", "attempt": attempt, "ended": "…"} for attempt in range(3)]
    result = {"status": "Exporting A (1 of 2)"}
    killed = replace(EXPIRED, result=result, earlier_attempts=earlier)
    message = reconciled(documents, killed, ExecutionState.FAILED)["result"]["error"]["message"]
    assert message.startswith(
        "Execution export-1 failed. Ended without reporting a result after "
        '"Exporting A (1 of 2)": most likely it was killed because it ran out of memory '
        "(earlier attempts: 3, see earlier_attempts)."
    )


def test_the_message_for_an_execution_without_a_lease_names_its_logs(
    documents: firestore.Client,
) -> None:
    message = reconciled(documents, STARTED, ExecutionState.FAILED)["result"]["error"]["message"]
    assert "execution.logs_url" in message


@pytest.mark.parametrize(
    "state", [ExecutionState.FAILED, ExecutionState.UNKNOWN, ExecutionState.SUCCEEDED]
)
def test_an_execution_that_never_used_the_document_is_followed_by_another(
    documents: firestore.Client, state: ExecutionState
) -> None:
    assert restarted(documents, UNCLAIMED, state) == ["export-1"]


def test_a_document_that_an_execution_left_without_access_is_started_again(
    documents: firestore.Client,
) -> None:
    left = replace(PENDING, started_at=NOW - MINUTE, restart_of="export-7")
    assert restarted(documents, left, ExecutionState.UNKNOWN) == ["export-7"]


def test_the_time_between_two_restarts_grows_with_the_age(documents: firestore.Client) -> None:
    hours = timedelta(hours=6)
    aged = replace(UNCLAIMED, created_at=NOW - hours)
    for minutes, expected in ((119, []), (121, ["export-1"])):
        changed = replace(aged, updated_at=NOW - timedelta(minutes=minutes))
        assert restarted(documents, changed, ExecutionState.FAILED) == expected


def test_a_restart_that_another_run_has_claimed_is_left_to_it(documents: firestore.Client) -> None:
    claim = {"by": "another run", "at": NOW - MINUTE / 2}
    left = replace(PENDING, restart_of="export-7", starting=claim)
    assert restarted(documents, left, ExecutionState.UNKNOWN) == []


def test_no_execution_follows_after_a_day_or_a_stop(documents: firestore.Client) -> None:
    old = replace(UNCLAIMED, created_at=NOW - timedelta(hours=24))
    assert reconciled(documents, old, ExecutionState.FAILED)["status"] == "FAILURE"
    stopped = replace(UNCLAIMED, cancel_requested=True)
    assert reconciled(documents, stopped, ExecutionState.FAILED)["status"] == "CANCELLED"
    fields = reconciled(documents, UNCLAIMED, ExecutionState.CANCELLED)
    assert fields["status"] == "CANCELLED"


def test_a_cancelled_execution_is_a_cancelled_export(documents: firestore.Client) -> None:
    fields = reconciled(documents, STARTED, ExecutionState.CANCELLED)
    assert fields["status"] == "CANCELLED"
    assert "cancelled in Cloud Run" in fields["result"]["error"]["message"]


def test_an_unread_cancel_request_cancels_the_export(documents: firestore.Client) -> None:
    fields = reconciled(documents, replace(EXPIRED, cancel_requested=True), ExecutionState.FAILED)
    assert fields["status"] == "CANCELLED"


def test_an_upload_that_waits_for_its_start_is_left_alone(documents: firestore.Client) -> None:
    assert reconciled(documents, PENDING, ExecutionState.UNKNOWN) == PENDING.to_fields()


def test_an_upload_that_never_started_is_a_failure_after_a_day(documents: firestore.Client) -> None:
    old = replace(PENDING, created_at=NOW - timedelta(hours=26))
    fields = reconciled(documents, old, ExecutionState.UNKNOWN)
    assert fields["result"]["error"]["code"] == "START_EXPIRED"


def test_a_final_document_is_left_alone(documents: firestore.Client) -> None:
    done = replace(EXPIRED, status=Status.SUCCESS)
    assert reconciled(documents, done, ExecutionState.FAILED) == done.to_fields()


def test_an_error_of_the_lookup_does_not_stop_the_run(documents: firestore.Client) -> None:
    class Denied:
        def find(self, name: str) -> Execution:
            raise PermissionDenied("no")

    documents.document("exports/a").set(STARTED.to_fields())
    old = replace(PENDING, created_at=NOW - timedelta(hours=26))
    documents.document("exports/b").set(old.to_fields())
    assert reconciler(documents, Denied()).reconcile() == 1
    assert (documents.document("exports/a").get().to_dict() or {})["status"] == "PENDING"
    assert (documents.document("exports/b").get().to_dict() or {})["status"] == "FAILURE"


OLD = replace(PENDING, created_at=NOW - timedelta(hours=26))


def status(documents: firestore.Client, path: str) -> str:
    """The status of the document at this path."""
    return str((documents.document(path).get().to_dict() or {})["status"])


@pytest.mark.parametrize(
    ("scope", "path", "job"),
    [
        (SCOPE, "other-exports/x", SCOPE.job_name),
        (SCOPE, "exports/x", "projects/demo/locations/there/jobs/export"),
        (Scope(SCOPE.job_name, "mine-"), "exports/x", SCOPE.job_name),
    ],
)
def test_exports_of_another_deployment_are_left_alone(
    scope: Scope, path: str, job: str, documents: firestore.Client
) -> None:
    documents.document(path).set(replace(OLD, job=job).to_fields())
    own_path = f"{scope.prefix}exports/mine"
    documents.document(own_path).set(replace(OLD, job=scope.job_name).to_fields())
    lookup = StubLookup(Execution(ExecutionState.UNKNOWN))
    assert reconciler(documents, lookup, scope=scope).reconcile() == 1
    assert (status(documents, own_path), status(documents, path)) == ("FAILURE", "PENDING")


def test_a_backlog_is_finalised_from_the_oldest_on_until_the_time_is_over(
    documents: firestore.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The names are in the opposite order of the creation; each document takes half of the time."""
    for name in ("d", "c", "b", "a"):
        documents.document(f"exports/{name}").set(OLD.to_fields())
    seconds = iter(range(0, 10 * MAX_SECONDS, MAX_SECONDS // 2))
    lookup = StubLookup(Execution(ExecutionState.UNKNOWN))
    with caplog.at_level(logging.INFO):
        sweep = reconciler(documents, lookup, clock=lambda: next(seconds))
        assert sweep.reconcile() == 2
    assert [status(documents, f"exports/{name}") for name in "dcba"] == [
        "FAILURE",
        "FAILURE",
        "PENDING",
        "PENDING",
    ]
    assert caplog.records[0].getMessage() == "4 exports are unfinished"
    assert "2 exports are left to the next run" in caplog.text
