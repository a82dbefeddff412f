"""One export by several tasks, against Firestore's emulator and a storage server."""

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
from job.attempt import Attempt, Stop
from job.part_attempt import PartAttempt
from job.settings import Settings
from tests.export.golden import DATA

DATABASE = gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes())


class Stage:
    """A database in a bucket, its document, and tasks that export it."""

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
        fields = JobDocument(task, Status.PENDING, source, datetime.now(UTC)).to_fields()
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
                "CLOUD_RUN_JOB": "export",
                "CLOUD_RUN_EXECUTION": execution,
                "CLOUD_RUN_TASK_INDEX": str(index),
                "CLOUD_RUN_TASK_COUNT": str(count),
                "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
            }
        )

    def task(self, index: int, count: int, attempt: int = 0, execution: str = "one") -> PartAttempt:
        settings = self.settings(index, count, attempt, execution)
        return PartAttempt(settings, self.documents, self.objects)

    def single(self) -> bytes:
        """What one task makes of it; the ZIP is taken away again."""
        before = self.reference.get().to_dict()
        settings = self.settings(0, 1, 0, "single")
        assert Attempt(settings, self.documents, self.objects, export).run() == 0
        zipped = self.zipped()
        self.bucket.blob("BACKUP.zip").delete()
        self.reference.set(before)
        return zipped

    def zipped(self) -> bytes:
        return bytes(self.bucket.blob("BACKUP.zip").download_as_bytes())

    def names(self) -> list[str]:
        return [blob.name for blob in self.bucket.list_blobs()]

    def fields(self) -> dict[str, Any]:
        return self.reference.get().to_dict() or {}


@pytest.fixture
def stage(documents: firestore.Client, objects: storage.Client) -> Stage:
    return Stage(documents, objects)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_tasks_at_once_make_what_one_task_makes(stage: Stage, count: int) -> None:
    expected = stage.single()
    with ThreadPoolExecutor(count) as pool:
        codes = list(pool.map(lambda index: stage.task(index, count).run(), range(count)))
    assert codes == [0] * count
    assert stage.zipped() == expected
    assert stage.names() == ["BACKUP.GDB", "BACKUP.zip"]
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["result"]["bytes"] == len(expected)
    assert fields["lease"] is None


def test_parts_are_composed_beyond_the_limit_of_one_call(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_objects, "_MAX_COMPOSED", 3)
    expected = stage.single()
    for index in range(11):
        assert stage.task(index, 11).run() == 0
    assert stage.zipped() == expected
    assert stage.names() == ["BACKUP.GDB", "BACKUP.zip"]


def test_a_task_that_fails_is_repeated_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = stage.single()
    assert stage.task(0, 3).run() == 0
    assert stage.task(2, 3).run() == 0
    done = {name: stage.bucket.get_blob(name).generation for name in stage.names()}
    killed = stage.task(1, 3)
    killed.stop(Stop.TERMINATED)
    assert killed.run() == 1
    assert stage.fields()["status"] == "PROGRESS"
    assert stage.task(1, 3, attempt=1).run() == 0
    assert stage.zipped() == expected
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["earlier_attempts"] == [
        {"execution": "one", "attempt": 0, "task": 1, "ended": Stop.TERMINATED.value}
    ]
    assert len(done) > 3


def test_an_attempt_of_a_task_that_was_killed_is_told_by_the_next(stage: Stage) -> None:
    assert stage.task(0, 2).run() == 0
    assert stage.task(1, 2, attempt=1).run() == 0
    (earlier,) = stage.fields()["earlier_attempts"]
    assert (earlier["task"], earlier["attempt"]) == (1, 0)
    assert "out of memory" in earlier["ended"]


def test_the_last_attempt_of_a_task_ends_the_export(stage: Stage) -> None:
    assert stage.task(0, 2).run() == 0
    killed = stage.task(1, 2, attempt=1)
    killed.stop(Stop.TERMINATED)
    killed.run()
    assert stage.fields()["status"] == "FAILURE"
    assert stage.task(0, 2, attempt=1).run() == 0
    assert stage.names() == ["BACKUP.GDB"]


def test_a_cancel_request_stops_all_tasks_and_leaves_nothing(stage: Stage) -> None:
    assert stage.task(0, 3).run() == 0
    stage.reference.update({"cancel_requested": True})
    assert stage.task(1, 3).run() == 0
    assert stage.fields()["status"] == "CANCELLED"
    assert stage.task(2, 3).run() == 0
    assert stage.names() == ["BACKUP.GDB"]


def test_a_task_of_another_execution_leaves_everything_alone(stage: Stage) -> None:
    assert stage.task(0, 2).run() == 0
    before = stage.names()
    assert stage.task(1, 2, execution="two").run() == 0
    assert stage.names() == before
    assert stage.fields()["lease"]["holder"] == "one"


def test_who_assembles_may_be_killed_and_come_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = stage.single()
    assert stage.task(0, 2).run() == 0
    killed = stage.task(1, 2)
    with monkeypatch.context() as patch:
        patch.setattr("gdb_export.gcs.part_export.PartExport.assemble", lambda *_: 1 / 0)
        assert killed.run() == 1
    assert stage.task(1, 2, attempt=1).run() == 0
    assert stage.zipped() == expected
