"""The lease of the job document, in Firestore's emulator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud import firestore

from gdb_export.contract.job_document import JobDocument, SourceObject, Status
from gdb_export.contract.results import working
from job.documents import contention
from job.documents.contention import DocumentContended
from job.documents.leased_document import LeasedDocument, LeaseHolder, LeaseLost, NotClaimable

PATH = "exports/x"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pending(documents: firestore.Client) -> firestore.DocumentReference:
    source = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
    document = JobDocument("x", Status.PENDING, source, created_at=datetime.now(UTC))
    reference = documents.document(PATH)
    reference.create(document.to_fields())
    return reference


def leased(
    documents: firestore.Client,
    execution: str = "export-1",
    attempt: int = 0,
    lease: timedelta = MINUTE,
) -> LeasedDocument:
    """The document at PATH, for this attempt of an execution."""
    return LeasedDocument(documents, PATH, LeaseHolder(execution, attempt, lease))


def fields_of(reference: firestore.DocumentReference) -> dict[str, Any]:
    return reference.get().to_dict() or {}


def test_a_claim_takes_the_lease(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    before = leased(documents).claim({"result": working("Starting")})
    assert before.status is Status.PENDING
    after = JobDocument.from_fields(fields_of(pending))
    assert after.status is Status.PROGRESS
    assert after.lease
    assert (after.lease.holder, after.lease.attempt) == ("export-1", 0)
    assert after.result == {"status": "Starting", "current": 0, "total": 0}


def test_a_valid_lease_excludes_other_executions(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    leased(documents).claim({})
    before = fields_of(pending)
    with pytest.raises(NotClaimable, match="execution export-1 works on the document"):
        leased(documents, "export-2").claim({})
    assert fields_of(pending) == before


def test_one_of_many_executions_gets_the_lease(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    def claim(index: int) -> bool:
        try:
            leased(documents, str(index)).claim({})
        except NotClaimable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1


def test_an_expired_lease_is_taken_over(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    first = leased(documents, "first", lease=timedelta(seconds=-1))
    first.claim({})
    before = leased(documents, "second").claim({})
    assert before.lease
    assert before.lease.holder == "first"
    with pytest.raises(LeaseLost, match="held by second"):
        first.report({})
    assert fields_of(pending)["lease"]["holder"] == "second"


def test_the_next_attempt_of_an_execution_takes_over_at_once(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    first = leased(documents, attempt=0)
    first.claim({})
    leased(documents, attempt=1).claim({})
    with pytest.raises(LeaseLost):
        first.report({})
    with pytest.raises(NotClaimable, match="attempt 1"):
        leased(documents, attempt=0).claim({})


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILURE, Status.CANCELLED])
def test_a_final_document_cannot_be_claimed(
    status: Status, documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    pending.update({"status": status.value})
    before = fields_of(pending)
    with pytest.raises(NotClaimable, match=f"already {status.value}"):
        leased(documents).claim({})
    assert fields_of(pending) == before


def test_a_cancel_request_before_the_start_finalises_the_document(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    pending.update({"cancel_requested": True})
    with pytest.raises(NotClaimable, match="cancelled"):
        leased(documents).claim({})
    after = fields_of(pending)
    assert after["status"] == "CANCELLED"
    assert after["lease"] is None
    assert after["finished_at"]


def test_a_report_prolongs_the_lease_and_finds_a_cancel_request(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = leased(documents)
    document.claim({})
    before = fields_of(pending)["lease"]["expires_at"]
    document.report({"progress": {"percent": 1}})
    assert fields_of(pending)["lease"]["expires_at"] > before
    assert not document.cancel_requested
    pending.update({"cancel_requested": True})
    document.report({"progress": {"percent": 2}})
    assert document.cancel_requested
    after = fields_of(pending)
    assert after["progress"] == {"percent": 2}
    assert after["cancel_requested"] is True


def test_a_removed_document_ends_the_work(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = leased(documents)
    document.claim({})
    pending.delete()
    with pytest.raises(LeaseLost, match="does not exist"):
        document.report({})
    with pytest.raises(NotClaimable, match="does not exist"):
        leased(documents).claim({})


def test_finish_clears_the_lease(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = leased(documents)
    document.claim({})
    document.finish(Status.SUCCESS, {"success": True})
    after = fields_of(pending)
    assert (after["status"], after["lease"]) == ("SUCCESS", None)
    assert after["finished_at"]
    pending.update({"cancel_requested": True})
    with pytest.raises(LeaseLost):
        document.report({})


def test_a_released_document_waits_for_the_next_attempt(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = leased(documents)
    document.claim({})
    document.release({"status": "Waiting"}, "OSError")
    after = fields_of(pending)
    assert (after["status"], after["lease"]) == ("PENDING", None)
    leased(documents, attempt=1).claim({})
    entry = {"execution": "export-1", "attempt": 0, "ended": "OSError"}
    assert fields_of(pending)["earlier_attempts"] == [entry]


def test_a_claim_records_the_attempts_that_left_their_leases(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    leased(documents).claim({"result": working("Exporting A (1 of 2)", 1, 2)})
    leased(documents, attempt=1).claim({"result": working("Starting attempt 2 of 4")})
    leased(documents, attempt=2).claim({})
    first, second = fields_of(pending)["earlier_attempts"]
    assert (first["execution"], first["attempt"], second["attempt"]) == ("export-1", 0, 1)
    assert 'without reporting a result after "Exporting A (1 of 2)"' in first["ended"]
    assert "out of memory" in second["ended"]


def test_a_repeated_claim_records_no_further_attempt(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    leased(documents).claim({})
    leased(documents, attempt=1).claim({})
    leased(documents, attempt=1).claim({})
    assert len(fields_of(pending)["earlier_attempts"]) == 1


def test_a_repeated_write_after_a_lost_answer_succeeds(
    documents: firestore.Client,
    pending: firestore.DocumentReference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client repeats the write, whose condition its own first try has made false."""
    document = leased(documents)
    document.claim({})
    write = document._set

    def write_twice(fields: dict[str, Any]) -> None:
        update_time = document._update_time
        write(fields)
        document._update_time = update_time
        write(fields)

    monkeypatch.setattr(document, "_set", write_twice)
    document.finish(Status.SUCCESS, {"success": True})
    assert fields_of(pending)["status"] == "SUCCESS"


def test_tables_expire_with_the_document(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    expires_at = datetime(2030, 1, 2, tzinfo=UTC)
    pending.update({"expires_at": expires_at})
    document = leased(documents)
    document.claim({})
    document.write_tables([{"name": "A"}])
    assert fields_of(pending.collection("tables").document("A"))["expires_at"] == expires_at


def test_each_table_has_its_own_document(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    names = ["A", "A_B", "__X__", ".", "..", "A/B", "Ç", "a.b"] + [
        f"T{index}" for index in range(600)
    ]
    leased(documents).write_tables([{"name": name, "rows": 1} for name in names])
    tables = list(pending.collection("tables").stream())
    assert sorted(table.to_dict()["name"] for table in tables) == sorted(names)
    assert {"A", "A_B", "T599"} <= {table.id for table in tables}


def test_tasks_that_write_at_the_same_time_all_succeed(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    """Each write of one task makes the conditions of the others false."""
    leased(documents).claim({})
    writes = 6

    def write(index: int) -> None:
        document = leased(documents)
        for write_index in range(writes):
            document.add_earlier_attempt({"attempt": index * writes + write_index})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    recorded = [entry["attempt"] for entry in fields_of(pending)["earlier_attempts"]]
    assert sorted(recorded) == list(range(8 * writes))


def test_a_contended_document_is_not_a_lost_lease(
    documents: firestore.Client,
    pending: firestore.DocumentReference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = leased(documents)
    document.claim({})
    delays: list[float] = []
    monkeypatch.setattr(contention.time, "sleep", delays.append)

    def refuse(fields: dict[str, Any]) -> None:
        raise FailedPrecondition("changed")

    monkeypatch.setattr(document, "_set", refuse)
    with pytest.raises(DocumentContended, match="faster than it can be written"):
        document.report({})
    with pytest.raises(DocumentContended, match="faster than it can be claimed for the assembly"):
        document.claim_assembly(0)
    unclaimed = leased(documents, attempt=1)
    monkeypatch.setattr(unclaimed, "_set", refuse)
    with pytest.raises(DocumentContended, match="faster than it can be claimed"):
        unclaimed.claim({})
    assert min(delays) > 0
    assert delays[0] < 0.1 < max(delays) < 2
