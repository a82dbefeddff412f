"""Exports by several tasks, against Firestore's emulator and a storage server."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore, storage

from gdb_export.contract.job_document import (
    JobDocument,
    SourceObject,
    Status,
    document_id,
    document_path,
)
from gdb_export.export.export import export
from gdb_export.gcs import part_objects
from gdb_export.gcs.exports.part_export import PartExport
from job.attempt import Attempt, StopReason
from job.part_task import PartTask
from job.settings import Settings
from job.single_task import SingleTask
from tests.export.golden import DATA

DATABASE = gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes())


EXPIRES_AT = datetime(2030, 1, 1, tzinfo=UTC)


class Stage:
    """A database in a bucket, its document, and tasks to export it."""

    def __init__(self, documents: firestore.Client, objects: storage.Client) -> None:
        self.documents, self.objects = documents, objects
        self.bucket = objects.bucket("uploads")
        self.bucket.blob("BACKUP.GDB").upload_from_string(DATABASE)
        self.blob = self.bucket.get_blob("BACKUP.GDB")
        self.reference = self.document("BACKUP.GDB")

    def document(self, name: str) -> firestore.DocumentReference:
        generation = str(self.blob.generation)
        task = document_id("uploads", name, generation)
        source = SourceObject("uploads", name, generation, len(DATABASE))
        fields = JobDocument(
            task, Status.PENDING, source, datetime.now(UTC), expires_at=EXPIRES_AT
        ).to_fields()
        reference = self.documents.document(document_path(task))
        reference.set(fields)
        return reference

    def settings(self, index: int, count: int, attempt: int, execution: str) -> Settings:
        return Settings.from_environment(
            {
                "EXPORT_DOCUMENT": self.reference.path,
                "GOOGLE_CLOUD_PROJECT": "demo",
                "TASK_MAX_RETRIES": "1",
                "LEASE_SECONDS": "5",
                "REPORT_SECONDS": "0.1",
                "CLOUD_RUN_EXECUTION": execution,
                "CLOUD_RUN_TASK_INDEX": str(index),
                "CLOUD_RUN_TASK_COUNT": str(count),
                "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
            }
        )

    def task(
        self, index: int, count: int, attempt: int = 0, execution: str = "export-1"
    ) -> Attempt:
        settings = self.settings(index, count, attempt, execution)
        return Attempt(settings, PartTask(settings, self.documents, self.objects))

    def single_task_zip(self) -> bytes:
        """Return the ZIP that a single task makes, and undo its export."""
        before = self.reference.get().to_dict()
        settings = self.settings(0, 1, 0, "single")
        task = SingleTask(settings, self.documents, self.objects, export)
        assert Attempt(settings, task).run() == 0
        zipped = self.zipped()
        self.bucket.blob("BACKUP.zip").delete()
        self.reference.set(before)
        return zipped

    def zipped(self) -> bytes:
        return bytes(self.bucket.blob("BACKUP.zip").download_as_bytes())

    def names(self) -> list[str]:
        return list(self.generations())

    def generations(self) -> dict[str, int]:
        """Return all objects' generations by name."""
        return {blob.name: blob.generation for blob in self.bucket.list_blobs()}

    def fields(self) -> dict[str, Any]:
        return self.reference.get().to_dict() or {}


@pytest.fixture
def stage(documents: firestore.Client, objects: storage.Client) -> Stage:
    return Stage(documents, objects)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_concurrent_tasks_make_the_zip_of_a_single_task(stage: Stage, count: int) -> None:
    expected = stage.single_task_zip()
    with ThreadPoolExecutor(count) as pool:
        codes = list(pool.map(lambda index: stage.task(index, count).run(), range(count)))
    assert codes == [0] * count
    assert stage.zipped() == expected
    assert stage.names() == ["BACKUP.GDB", "BACKUP.zip"]
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["result"]["bytes"] == len(expected)
    assert fields["lease"] is None
    tasks = [task.to_dict() or {} for task in stage.reference.collection("tasks").stream()]
    assert [task["expires_at"] for task in tasks] == [EXPIRES_AT] * count


def test_more_parts_than_one_compose_call_takes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_objects, "_MAX_COMPOSED", 3)
    expected = stage.single_task_zip()
    for index in range(11):
        assert stage.task(index, 11).run() == 0
    assert stage.zipped() == expected
    assert stage.names() == ["BACKUP.GDB", "BACKUP.zip"]


def test_only_the_failed_task_is_repeated(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    write = PartExport.write

    def record_and_write(part: PartExport, index: int, *arguments: Any) -> None:
        written.append(index)
        write(part, index, *arguments)

    monkeypatch.setattr(PartExport, "write", record_and_write)
    expected = stage.single_task_zip()
    assert stage.task(0, 3).run() == 0
    assert stage.task(2, 3).run() == 0
    before = stage.generations()
    terminated = stage.task(1, 3)
    terminated.stop(StopReason.TERMINATED)
    assert terminated.run() == 1
    assert stage.fields()["status"] == "PROGRESS"
    assert before.items() <= stage.generations().items()
    assert stage.task(1, 3, attempt=1).run() == 0
    assert stage.zipped() == expected
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["earlier_attempts"] == [
        {"execution": "export-1", "attempt": 0, "task": 1, "ended": StopReason.TERMINATED.value}
    ]
    assert written == [0, 2, 1, 1]


def test_the_next_attempt_of_a_task_records_the_killed_one(stage: Stage) -> None:
    assert stage.task(0, 2).run() == 0
    assert stage.task(1, 2, attempt=1).run() == 0
    (earlier,) = stage.fields()["earlier_attempts"]
    assert (earlier["task"], earlier["attempt"]) == (1, 0)
    assert "out of memory" in earlier["ended"]


def test_earlier_attempts_beyond_a_hundred_are_counted(stage: Stage) -> None:
    stage.task(0, 2).run()
    entries = [{"execution": "export-1", "attempt": 0, "task": task} for task in range(2, 102)]
    stage.reference.update({"earlier_attempts": entries})
    stage.task(1, 2, attempt=1).run()
    fields = stage.fields()
    assert len(fields["earlier_attempts"]) == 100
    assert fields["earlier_attempts_omitted"] == 1


def test_the_last_attempt_of_a_task_finalises_the_export(stage: Stage) -> None:
    assert stage.task(0, 2).run() == 0
    last = stage.task(1, 2, attempt=1)
    last.stop(StopReason.TERMINATED)
    assert last.run() == 1
    assert stage.fields()["status"] == "FAILURE"
    assert stage.task(0, 2, attempt=1).run() == 0
    assert stage.names() == ["BACKUP.GDB"]


def test_a_cancel_request_stops_all_tasks_and_leaves_no_part(stage: Stage) -> None:
    assert stage.task(0, 3).run() == 0
    stage.reference.update({"cancel_requested": True})
    assert stage.task(1, 3).run() == 0
    assert stage.fields()["status"] == "CANCELLED"
    assert stage.task(2, 3).run() == 0
    assert stage.names() == ["BACKUP.GDB"]


def test_a_task_of_another_execution_changes_nothing(stage: Stage) -> None:
    assert stage.task(0, 2).run() == 0
    before = stage.generations()
    assert stage.task(1, 2, execution="export-2").run() == 0
    assert stage.generations() == before
    assert stage.fields()["lease"]["holder"] == "export-1"


def test_a_failed_assembly_is_repeated_by_the_next_attempt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = stage.single_task_zip()
    assert stage.task(0, 2).run() == 0
    failing = stage.task(1, 2)
    with monkeypatch.context() as patch:
        patch.setattr(PartExport, "assemble", lambda *_: 1 / 0)
        assert failing.run() == 1
    assert stage.task(1, 2, attempt=1).run() == 0
    assert stage.zipped() == expected
