"""The functions of examples/export_ended.py, with events as Eventarc delivers them."""

from typing import Any

import export_ended
import pytest
from cloudevents.http import CloudEvent
from google.cloud import firestore

from local.firestore_emulator import FirestoreEmulator

SOURCE = {"source": "gs://uploads/BACKUP.GDB", "source-generation": "17"}


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The calls of `ended`."""
    calls: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(export_ended, "ended", lambda *call: calls.append(call))
    return calls


def finalized(name: str, metadata: dict[str, str] | None) -> CloudEvent:
    attributes = {
        "type": "google.cloud.storage.object.v1.finalized",
        "source": "//storage.googleapis.com/projects/_/buckets/uploads",
    }
    return CloudEvent(attributes, {"bucket": "uploads", "name": name, "metadata": metadata})


def test_a_complete_zip_or_folder_is_an_end(ends: list[tuple[str, dict[str, Any]]]) -> None:
    for name in ("BACKUP.GDB", "BACKUP/T.parquet", "other.zip"):
        export_ended.on_zip(finalized(name, None))
    export_ended.on_zip(finalized("BACKUP/T.parquet", SOURCE))
    assert ends == []
    export_ended.on_zip(finalized("BACKUP.zip", SOURCE))
    export_ended.on_zip(finalized("BACKUP/datapackage.json", SOURCE))
    assert [result["output"] for _, result in ends] == [
        "gs://uploads/BACKUP.zip",
        "gs://uploads/BACKUP/",
    ]


def test_a_final_document_is_an_end(
    ends: list[tuple[str, dict[str, Any]]],
    emulator: FirestoreEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo")
    reference = firestore.Client(project="demo").document("exports/x")
    attributes = {
        "type": "google.cloud.firestore.document.v1.updated",
        "source": "//firestore.googleapis.com/projects/demo/databases/(default)",
        "document": "exports/x",
    }
    event = CloudEvent(attributes, b"")
    result = {"success": False, "error": {"code": "LOAD_FAILED", "message": "no"}}
    for status in ("PROGRESS", "FAILURE"):
        reference.set({"status": status, "result": result})
        export_ended.on_document(event)
    assert ends == [("FAILURE", result)]
