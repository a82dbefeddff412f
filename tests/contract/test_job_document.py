"""The job document and its fields."""

from datetime import UTC, datetime, timedelta

import pytest

from gdb_export.contract.job_document import (
    JobDocument,
    Lease,
    MalformedDocument,
    SourceObject,
    Status,
    document_id,
    document_path,
)

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
SOURCE = SourceObject("uploads", "shop/BACKUP.GDB", "1714564800123456", 4096)
DOCUMENT = JobDocument(
    task_id=document_id("uploads", "shop/BACKUP.GDB", "1714564800123456"),
    status=Status.PENDING,
    source=SOURCE,
    created_at=NOW,
    options={"tables": ["A"]},
    lease=Lease("export-abc", 1, NOW + timedelta(minutes=1)),
)


def test_a_document_is_restored_from_its_fields() -> None:
    assert JobDocument.from_fields(DOCUMENT.to_fields()) == DOCUMENT


def test_the_source_has_its_uri() -> None:
    assert DOCUMENT.to_fields()["source"]["uri"] == "gs://uploads/shop/BACKUP.GDB"


def test_unknown_fields_are_ignored() -> None:
    stored = DOCUMENT.to_fields() | {"added_later": 1}
    stored["source"] |= {"colour": "red"}
    assert JobDocument.from_fields(stored) == DOCUMENT


@pytest.mark.parametrize("name", ["task_id", "status", "source", "created_at"])
def test_a_missing_field_is_named(name: str) -> None:
    stored = DOCUMENT.to_fields()
    del stored[name]
    with pytest.raises(MalformedDocument, match=name):
        JobDocument.from_fields(stored)


def test_a_missing_field_of_the_source_is_named() -> None:
    stored = DOCUMENT.to_fields()
    del stored["source"]["generation"]
    with pytest.raises(MalformedDocument, match=r"source\.generation"):
        JobDocument.from_fields(stored)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "DONE"),
        ("status", []),
        ("source", "gs://uploads/BACKUP.GDB"),
        ("source", SOURCE.to_fields() | {"size": "4096"}),
        ("created_at", "2024-05-01"),
        ("lease", [1]),
        ("lease", {"holder": "h", "attempt": 1, "expires_at": 5}),
        ("result", "nothing"),
        ("progress", 1),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: object) -> None:
    """The sweep then skips this document, and goes on with the others."""
    with pytest.raises(MalformedDocument, match=name):
        JobDocument.from_fields(DOCUMENT.to_fields() | {name: value})


def test_null_is_like_a_missing_field() -> None:
    stored = DOCUMENT.to_fields() | {"result": None, "earlier_attempts": None}
    assert JobDocument.from_fields(stored) == DOCUMENT


@pytest.mark.parametrize("value", ["true", 1, None, False])
def test_only_true_is_a_cancel_request(value: object) -> None:
    stored = DOCUMENT.to_fields() | {"cancel_requested": value}
    assert not JobDocument.from_fields(stored).cancel_requested
    assert JobDocument.from_fields(stored | {"cancel_requested": True}).cancel_requested


def test_the_id_depends_on_the_object_and_its_generation() -> None:
    first = document_id("b", "n", "1")
    assert first == document_id("b", "n", "1") == "8825f594-915a-5934-9138-bd544c53270c"
    assert len({first, document_id("b", "n", "2"), document_id("b", "m", "1")}) == 3
    assert document_path(first) == f"exports/{first}"


def test_the_final_statuses() -> None:
    final = {status for status in Status if status.is_final}
    assert final == {Status.SUCCESS, Status.FAILURE, Status.CANCELLED}
