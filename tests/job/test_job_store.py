from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.cloud import firestore

from gdb_export.contract.job_document import JobDocument, SourceObject, Status
from gdb_export.contract.results import working
from job.documents.job_store import LeasedDocument, LeaseHolder, LeaseLost, NotClaimable

PATH = "exports/x"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pending(documents: firestore.Client) -> firestore.DocumentReference:
    source = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
    document = JobDocument("x", Status.PENDING, source, created_at=datetime.now(UTC))
    reference = documents.document(PATH)
    reference.create(document.to_fields())
    return reference


def held(
    documents: firestore.Client,
    execution: str = "one",
    attempt: int = 0,
    lease: timedelta = MINUTE,
) -> LeasedDocument:
    return LeasedDocument(documents, PATH, LeaseHolder(execution, attempt, lease))


def stored(reference: firestore.DocumentReference) -> dict[str, Any]:
    return reference.get().to_dict() or {}


def test_a_claim_takes_the_lease(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    before = held(documents).claim({"result": working("Starting")})
    assert before.status is Status.PENDING
    after = JobDocument.from_fields(stored(pending))
    assert after.status is Status.PROGRESS
    assert after.lease
    assert (after.lease.holder, after.lease.attempt) == ("one", 0)
    assert after.result == {"status": "Starting", "current": 0, "total": 0}


def test_a_live_lease_keeps_others_out(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    held(documents).claim({})
    before = stored(pending)
    with pytest.raises(NotClaimable, match="execution one works on it"):
        held(documents, "two").claim({})
    assert stored(pending) == before


def test_of_many_executions_one_gets_the_lease(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    def claim(number: int) -> bool:
        try:
            held(documents, str(number)).claim({})
        except NotClaimable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(8))) == 1


def test_a_lease_that_ran_out_is_taken_over(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    dead = held(documents, "dead", lease=timedelta(seconds=-1))
    dead.claim({})
    before = held(documents, "heir").claim({})
    assert before.lease
    assert before.lease.holder == "dead"
    with pytest.raises(LeaseLost, match="held by heir"):
        dead.report({})
    assert stored(pending)["lease"]["holder"] == "heir"


def test_the_next_attempt_of_an_execution_takes_over_at_once(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    first = held(documents, attempt=0)
    first.claim({})
    held(documents, attempt=1).claim({})
    with pytest.raises(LeaseLost):
        first.report({})
    with pytest.raises(NotClaimable, match="attempt 1"):
        held(documents, attempt=0).claim({})


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILURE, Status.CANCELLED])
def test_what_is_over_stays_over(
    status: Status, documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    pending.update({"status": status.value})
    before = stored(pending)
    with pytest.raises(NotClaimable, match=f"already {status.value}"):
        held(documents).claim({})
    assert stored(pending) == before


def test_a_cancel_before_the_start_ends_the_document(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    pending.update({"cancel_requested": True})
    with pytest.raises(NotClaimable, match="cancelled"):
        held(documents).claim({})
    after = stored(pending)
    assert after["status"] == "CANCELLED"
    assert after["lease"] is None
    assert after["finished_at"]


def test_a_report_prolongs_the_lease_and_sees_the_cancel_request(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = held(documents)
    document.claim({})
    before = stored(pending)["lease"]["expires_at"]
    document.report({"progress": {"percent": 1}})
    assert stored(pending)["lease"]["expires_at"] > before
    assert not document.cancel_requested
    pending.update({"cancel_requested": True})
    document.report({"progress": {"percent": 2}})
    assert document.cancel_requested
    after = stored(pending)
    assert after["progress"] == {"percent": 2}
    assert after["cancel_requested"] is True


def test_a_document_that_was_removed_ends_the_work(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = held(documents)
    document.claim({})
    pending.delete()
    with pytest.raises(LeaseLost, match="gone"):
        document.report({})
    with pytest.raises(NotClaimable, match="gone"):
        held(documents).claim({})


def test_finishing_gives_the_lease_back(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = held(documents)
    document.claim({})
    document.finish(Status.SUCCESS, {"success": True})
    after = stored(pending)
    assert (after["status"], after["lease"]) == ("SUCCESS", None)
    assert after["finished_at"]
    pending.update({"cancel_requested": True})
    with pytest.raises(LeaseLost):
        document.report({})


def test_a_released_document_waits_for_the_next_attempt(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    document = held(documents)
    document.claim({})
    document.release({"status": "Waiting"}, "no luck")
    after = stored(pending)
    assert (after["status"], after["lease"]) == ("PENDING", None)
    held(documents, attempt=1).claim({})
    told = {"execution": "one", "attempt": 0, "ended": "no luck"}
    assert stored(pending)["earlier_attempts"] == [told]


def test_who_takes_over_says_what_became_of_the_attempts_before(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    held(documents).claim({"result": working("Exporting A (1 of 2)", 1, 2)})
    held(documents, attempt=1).claim({"result": working("Starting attempt 2 of 4")})
    held(documents, attempt=2).claim({})
    first, second = stored(pending)["earlier_attempts"]
    assert (first["execution"], first["attempt"], second["attempt"]) == ("one", 0, 1)
    assert 'without a word after "Exporting A (1 of 2)"' in first["ended"]
    assert "out of memory" in second["ended"]


def test_a_claim_whose_answer_was_lost_tells_of_nobody_else(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    held(documents).claim({})
    held(documents, attempt=1).claim({})
    held(documents, attempt=1).claim({})
    assert len(stored(pending)["earlier_attempts"]) == 1


def test_a_write_whose_answer_was_lost_is_recognised(
    documents: firestore.Client,
    pending: firestore.DocumentReference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client repeats such a write, and its own first one then stands in its way."""
    document = held(documents)
    document.claim({})
    write = document._set

    def write_twice(fields: dict[str, Any]) -> None:
        seen = document._seen
        write(fields)
        document._seen = seen
        write(fields)

    monkeypatch.setattr(document, "_set", write_twice)
    document.finish(Status.SUCCESS, {"success": True})
    assert stored(pending)["status"] == "SUCCESS"


def test_tables_expire_with_the_document(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    expires_at = datetime(2030, 1, 2, tzinfo=UTC)
    pending.update({"expires_at": expires_at})
    document = held(documents)
    document.claim({})
    document.write_tables([{"name": "A"}])
    assert stored(pending.collection("tables").document("A"))["expires_at"] == expires_at


def test_tables_go_to_documents_of_their_own(
    documents: firestore.Client, pending: firestore.DocumentReference
) -> None:
    names = ["A", "A_B", "__X__", ".", "..", "A/B", "Ç", "a.b"] + [f"T{n}" for n in range(600)]
    held(documents).write_tables([{"name": name, "rows": 1} for name in names])
    found = list(pending.collection("tables").stream())
    assert sorted(table.to_dict()["name"] for table in found) == sorted(names)
    assert {"A", "A_B", "T599"} <= {table.id for table in found}
