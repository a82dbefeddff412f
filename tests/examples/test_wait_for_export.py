"""The examples wait_for_export.py and load_tables.py, with Google's Firestore emulator."""

import io
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import firestore
from load_tables import tables
from wait_for_export import ExportFailed, upload, wait_for_export

from gdb_export.contract.job_document import document_id
from gdb_export.contract.results import ErrorCode, failed, succeeded, waiting, working
from local.firestore_emulator import FirestoreEmulator


@pytest.fixture
def documents(emulator: FirestoreEmulator) -> Iterator[firestore.Client]:
    client = firestore.Client(project="demo")
    yield client
    client.close()


def write(documents: firestore.Client, status: str, result: dict[str, Any]) -> None:
    """Write the job document as the job does."""
    documents.document("exports/x").set({"status": status, "result": result})


def wait(documents: firestore.Client, shown: list[str], timeout: float = 20) -> str:
    """Wait for the export; `shown` gets the lines that the example shows."""
    return wait_for_export(documents, "x", timeout, shown.append, interval=0.05)


def test_it_waits_for_the_zip_and_reports_all_states(documents: firestore.Client) -> None:
    shown: list[str] = []
    output: list[str] = []
    waiter = threading.Thread(target=lambda: output.append(wait(documents, shown)))
    waiter.start()
    states = [
        ("PENDING", waiting("Waiting for an execution to start")),
        ("PROGRESS", working("Exporting A (1 of 2)", 1, 2)),
    ]
    for status, result in states:
        write(documents, status, result)
        line = f"{status}  {result['status']}"
        while line not in shown:
            assert waiter.is_alive()
    write(documents, "SUCCESS", succeeded("gs://bucket/BACKUP.zip", 2, 3, 4, []))
    waiter.join(20)
    assert output == ["gs://bucket/BACKUP.zip"]


@pytest.mark.parametrize(
    ("status", "code"), [("FAILURE", ErrorCode.GAVE_UP), ("CANCELLED", ErrorCode.CANCELLED)]
)
def test_a_failure_raises_its_message(
    documents: firestore.Client, status: str, code: ErrorCode
) -> None:
    write(documents, status, failed(code, "because of this"))
    with pytest.raises(ExportFailed, match="because of this"):
        wait(documents, [])


def test_it_stops_waiting_after_the_timeout(documents: firestore.Client) -> None:
    with pytest.raises(TimeoutError):
        wait(documents, [], timeout=0.2)


def test_upload_returns_the_id_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    class UploadedBlob:
        generation = 17
        metadata: dict[str, str]

        def upload_from_filename(self, path: str) -> None:
            assert (path, self.metadata) == ("B.GDB", {"export-tables": "A,B"})

    monkeypatch.setattr("google.cloud.storage.Blob.from_uri", lambda uri, client: UploadedBlob())
    task = upload(None, "B.GDB", "gs://bucket/folder/B.GDB", export_tables="A,B")
    assert task == document_id("bucket", "folder/B.GDB", "17")


def test_tables_are_read_in_chunks_of_text_values() -> None:
    archive_file = io.BytesIO()
    with zipfile.ZipFile(archive_file, "w") as archive:
        archive.writestr("A.csv", 'ID,CODE\n1,05\n2,\n3,""\n')
        archive.writestr("datapackage.json", "{}")
    chunks = [(name, chunk.to_dict("records")) for name, chunk in tables(archive_file, rows=2)]
    first, second = [{"ID": "1", "CODE": "05"}, {"ID": "2", "CODE": ""}], [{"ID": "3", "CODE": ""}]
    assert chunks == [("A", first), ("A", second)]
