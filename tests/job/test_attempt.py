"""Attempts with a stub export, against Firestore's emulator and a storage server."""

import json
import os
import queue
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud import firestore, storage

from gdb_export.contract.attempts import MAX_WAIT
from gdb_export.contract.job_document import (
    JobDocument,
    SourceObject,
    Status,
    document_id,
    document_path,
)
from gdb_export.export.destination import Destination
from gdb_export.export.export import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.strictness import DamageRefused
from gdb_export.firebird.core.errors import (
    EncryptedDatabase,
    NotADatabase,
    UnreadableDatabase,
    UnsupportedDatabase,
)
from gdb_export.firebird.core.source import Source
from gdb_export.gcs.gcs_source import SourceDenied, SourceGone
from gdb_export.gcs.resumable_upload import UPLOAD_CHUNK
from gdb_export.options import BadOption, ExportOptions
from gdb_export.progress import Progress, TableDone
from job.attempt import Attempt, StopReason
from job.documents import contention
from job.documents.contention import DocumentContended
from job.settings import Settings
from job.single_task import SingleTask
from local.faults import Fault, FaultRule, Faults
from local.firestore_emulator import FirestoreEmulator
from local.firestore_proxy import firestore_proxy
from local.storage.server import StorageServer

# The manifest's fields that a later execution reads
MANIFEST = {
    "resources": [{"rows": 3}],
    "x-warnings": ["odd"],
    "x-source": {"ods": "10.1"},
    "x-damage": {"count": 0},
}
CONTENT = b"a database"


class DestinationFile:
    """A destination as a file for zipfile."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    def write(self, data: bytes) -> int:
        self._destination.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass


class StubExport:
    """An export of one table.

    After the ZIP it writes `padding` zero bytes and calls `before_end`; then it closes the
    destination.
    """

    def __init__(
        self, before_end: Callable[[Progress], None] = lambda progress: None, padding: int = 0
    ) -> None:
        self.before_end = before_end
        self.padding = padding
        self.runs = 0

    def __call__(
        self,
        source: Source,
        source_info: SourceInfo,
        destination: Destination,
        options: ExportOptions,
        progress: Progress,
    ) -> ExportResult:
        self.runs += 1
        assert source.read(0, 100) == CONTENT
        progress.start(1, 10)
        with destination:
            with zipfile.ZipFile(DestinationFile(destination), "w") as archive:
                progress.begin_table("A")
                archive.writestr("A.csv", "X\n1\n2\n3\n")
                progress.advance(pages=10, rows=3)
                progress.end_table(TableDone("A", 3, 8, ("odd",)))
                archive.writestr("datapackage.json", json.dumps(MANIFEST))
            destination.write(bytes(self.padding))
            self.before_end(progress)
        return ExportResult(1, 3, 300, ("odd",), "10.1")


def wait_until_stopped(progress: Progress) -> None:
    for _ in range(1000):
        progress.check()
        time.sleep(0.01)
    raise AssertionError("the export was not stopped")


class Stage:
    """One upload with its document, and attempts to export it."""

    def __init__(
        self,
        documents: firestore.Client,
        objects: storage.Client,
        reference: firestore.DocumentReference | None = None,
    ) -> None:
        """`reference` is that of an upload that exists already."""
        self.documents = documents
        self.objects = objects
        self.bucket = objects.bucket("uploads")
        if reference is None:
            self.generation = self.upload()
        self.reference = reference or self.write_document()

    def upload(self) -> str:
        blob = self.bucket.blob("BACKUP.GDB")
        blob.upload_from_string(CONTENT)
        return str(blob.generation)

    def write_document(self, **options: Any) -> firestore.DocumentReference:
        task = document_id("uploads", "BACKUP.GDB", self.generation)
        source = SourceObject("uploads", "BACKUP.GDB", self.generation, len(CONTENT))
        document = JobDocument(
            task,
            Status.PENDING,
            source,
            created_at=datetime.now(UTC),
            options=options,
            expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        )
        reference = self.documents.document(document_path(task))
        reference.set(document.to_fields())
        return reference

    def attempt(
        self,
        export: StubExport,
        execution: str = "export-1",
        attempt: int = 0,
        leave: Callable[[int], None] = os._exit,
    ) -> Attempt:
        settings = Settings.from_environment(
            {
                "EXPORT_DOCUMENT": self.reference.path,
                "GOOGLE_CLOUD_PROJECT": "demo",
                "JOB_REGION": "europe-west1",
                "TASK_MAX_RETRIES": "3",
                "LEASE_SECONDS": "5",
                "REPORT_SECONDS": "0.1",
                "ACCESS_WAIT_SECONDS": "0.5",
                "CLOUD_RUN_EXECUTION": execution,
                "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
            }
        )
        task = SingleTask(settings, self.documents, self.objects, export)
        return Attempt(settings, task, leave)

    def fields(self) -> dict[str, Any]:
        return self.reference.get().to_dict() or {}

    def zips(self) -> list[str]:
        return [blob.name for blob in self.bucket.list_blobs() if blob.name.endswith(".zip")]


@pytest.fixture
def stage(documents: firestore.Client, objects: storage.Client) -> Iterator[Stage]:
    return Stage(documents, objects)


def test_a_success_writes_every_field(stage: Stage) -> None:
    assert stage.attempt(StubExport()).run() == 0
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["result"] == {
        "success": True,
        "output": "gs://uploads/BACKUP.zip",
        "tables": 1,
        "rows": 3,
        "bytes": 300,
        "warnings": ["odd"],
    }
    assert fields["progress"]["percent"] == 100
    assert fields["source"]["ods"] == "10.1"
    assert fields["execution"]["name"] == "export-1"
    assert "/europe-west1/export-1?" in fields["execution"]["console_url"]
    assert fields["started_at"] <= fields["finished_at"]
    assert fields["lease"] is None
    (table,) = stage.reference.collection("tables").stream()
    assert table.to_dict() == {
        "name": "A",
        "status": "SUCCESS",
        "rows": 3,
        "bytes": 8,
        "warnings": ["odd"],
        "expires_at": fields["expires_at"],
    }


def test_the_zip_records_its_source_and_document(stage: Stage) -> None:
    stage.attempt(StubExport()).run()
    metadata = stage.bucket.get_blob("BACKUP.zip").metadata
    assert metadata["source-generation"] == stage.generation
    assert metadata["job"] == stage.reference.path


@pytest.mark.parametrize(
    ("error", "code", "advice"),
    [
        (NotADatabase("a ZIP file"), "NOT_A_DATABASE", "upload .*database itself, or a backup"),
        (
            UnsupportedDatabase("too new"),
            "UNSUPPORTED_DATABASE",
            "upload .*Firebird 1.0 to 6 or InterBase",
        ),
        (EncryptedDatabase("it has a key"), "ENCRYPTED_DATABASE", "decrypt .* upload it again"),
        (UnreadableDatabase("no page"), "DAMAGED_DATABASE", "upload another copy of the file"),
        (DamageRefused("page 7"), "DAMAGED_DATABASE", "upload .*without export-strict"),
        (BadOption("no such value"), "BAD_OPTION", "upload .*option"),
        (SourceGone("it is not there", None), "SOURCE_GONE", "removed.* upload it again"),
    ],
)
def test_a_permanent_error_fails_at_once_with_advice(
    error: Exception, code: str, advice: str, stage: Stage
) -> None:
    def fail(progress: Progress) -> None:
        raise error

    assert stage.attempt(StubExport(fail)).run() == 0
    fields = stage.fields()
    assert fields["status"] == "FAILURE"
    assert fields["result"]["error"]["code"] == code
    message = fields["result"]["error"]["message"]
    assert message.startswith(str(error))
    assert re.search(advice, message.removeprefix(str(error)), re.IGNORECASE)
    assert not stage.zips()


def test_a_bad_option_is_named_by_its_metadata_key(stage: Stage) -> None:
    def refuse(progress: Progress) -> None:
        raise BadOption("there is no table 'B'", "tables")

    assert stage.attempt(StubExport(refuse)).run() == 0
    message = stage.fields()["result"]["error"]["message"]
    assert message.startswith("export-tables: there is no table 'B'")


def test_an_option_unknown_to_this_version_is_a_failure(stage: Stage) -> None:
    stage.write_document(colour="red")
    assert stage.attempt(StubExport()).run() == 0
    assert stage.fields()["result"]["error"]["code"] == "BAD_OPTION"


def test_options_reach_the_export(stage: Stage) -> None:
    stage.write_document(tables=["A"], strict=True)
    passed_options: list[ExportOptions] = []

    class RecordingExport(StubExport):
        def __call__(self, *arguments: Any) -> ExportResult:
            passed_options.append(arguments[3])
            return super().__call__(*arguments)

    stage.attempt(RecordingExport()).run()
    assert passed_options == [ExportOptions(tables=("A",), strict=True)]


def test_a_transient_error_leaves_the_document_to_the_next_attempt(stage: Stage) -> None:
    def fail(progress: Progress) -> None:
        raise OSError("the net is down")

    assert stage.attempt(StubExport(fail)).run() == 1
    fields = stage.fields()
    assert (fields["status"], fields["lease"]) == ("PENDING", None)
    assert "attempt 1 of 4" in fields["result"]["status"]
    assert stage.attempt(StubExport(), attempt=1).run() == 0
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["earlier_attempts"] == [
        {"execution": "export-1", "attempt": 0, "ended": "OSError"}
    ]


def test_the_last_attempt_reports_that_it_gives_up(stage: Stage) -> None:
    def fail(progress: Progress) -> None:
        raise OSError("the net is down")

    assert stage.attempt(StubExport(fail), attempt=3).run() == 1
    error = stage.fields()["result"]["error"]
    assert error["code"] == "GAVE_UP"
    assert "attempt 4 of 4" in error["message"]


def test_a_cancel_request_stops_the_export(stage: Stage) -> None:
    attempt = stage.attempt(StubExport(wait_until_stopped))
    threading.Timer(0.5, stage.reference.update, [{"cancel_requested": True}]).start()
    assert attempt.run() == 0
    fields = stage.fields()
    assert fields["status"] == "CANCELLED"
    assert fields["result"]["error"]["code"] == "CANCELLED"
    assert not stage.zips()


def test_a_cancel_request_just_before_the_commit_stops_the_export(stage: Stage) -> None:
    def request(progress: Progress) -> None:
        stage.reference.update({"cancel_requested": True})

    assert stage.attempt(StubExport(request)).run() == 0
    assert stage.fields()["status"] == "CANCELLED"
    assert not stage.zips()


def test_a_terminated_attempt_leaves_the_document_to_the_next(stage: Stage) -> None:
    attempt = stage.attempt(StubExport(wait_until_stopped))
    threading.Timer(0.3, attempt.stop, [StopReason.TERMINATED]).start()
    assert attempt.run() == 1
    fields = stage.fields()
    assert (fields["status"], fields["lease"]) == ("PENDING", None)
    assert "SIGTERM" in fields["result"]["status"]
    assert not stage.zips()
    assert stage.attempt(StubExport(), attempt=1).run() == 0


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [(StopReason.REQUESTED, 0, "CANCELLED"), (StopReason.TERMINATED, 1, "PENDING")],
)
def test_the_watchdog_ends_an_export_that_does_not_stop(
    reason: StopReason, code: int, status: str, stage: Stage, server: StorageServer
) -> None:
    """Such an export waits for a request that is retried for minutes."""
    exit_codes = queue.SimpleQueue[int]()
    is_busy, is_over = threading.Event(), threading.Event()

    def block(progress: Progress) -> None:
        is_busy.set()
        is_over.wait()

    attempt = stage.attempt(StubExport(block, UPLOAD_CHUNK), leave=exit_codes.put)
    threading.Thread(target=attempt.run, daemon=True).start()
    assert is_busy.wait(10)
    assert server.sessions.open_names() == ["BACKUP.zip"]
    attempt.stop(reason)
    assert exit_codes.get(timeout=5) == code
    assert stage.fields()["status"] == status
    assert not stage.zips()
    assert server.sessions.open_names() == []


def test_a_second_execution_changes_nothing(stage: Stage) -> None:
    second = StubExport()

    def try_a_second(progress: Progress) -> None:
        assert stage.attempt(second, execution="export-2").run() == 0

    assert stage.attempt(StubExport(try_a_second)).run() == 0
    assert second.runs == 0
    assert stage.fields()["execution"]["name"] == "export-1"
    assert stage.zips() == ["BACKUP.zip"]


def test_a_zip_from_before_a_crash_is_adopted(stage: Stage) -> None:
    """The attempt was killed between the ZIP's last byte and the document's last write."""
    stage.attempt(StubExport()).run()
    success = stage.fields()
    stage.write_document()
    again = StubExport()
    assert stage.attempt(again, attempt=1).run() == 0
    assert again.runs == 0
    assert stage.zips() == ["BACKUP.zip"]
    result = stage.fields()["result"]
    size = stage.bucket.get_blob("BACKUP.zip").size
    assert result == success["result"] | {"bytes": size}


def test_an_attempt_that_loses_its_lease_makes_no_zip(stage: Stage) -> None:
    def lose(progress: Progress) -> None:
        lease = {"holder": "export-2", "attempt": 0, "expires_at": datetime.now(UTC)}
        stage.reference.update({"lease": lease})
        wait_until_stopped(progress)

    assert stage.attempt(StubExport(lose)).run() == 0
    assert stage.fields()["lease"]["holder"] == "export-2"
    assert not stage.zips()


def test_a_lost_lease_is_noticed_before_the_commit(stage: Stage) -> None:
    def lose(progress: Progress) -> None:
        lease = {"holder": "export-2", "attempt": 0, "expires_at": datetime.now(UTC)}
        stage.reference.update({"lease": lease})

    assert stage.attempt(StubExport(lose)).run() == 0
    assert not stage.zips()


def test_an_attempt_that_cannot_write_its_document_is_repeated(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other tasks of the execution change the document before each of its writes."""
    monkeypatch.setattr(contention.time, "sleep", lambda seconds: None)
    attempt = stage.attempt(StubExport())

    def refuse(fields: dict[str, Any]) -> None:
        raise FailedPrecondition("changed")

    def contend(*arguments: Any) -> None:
        monkeypatch.setattr(attempt._document, "_set", refuse)

    attempt._reporter._write_progress = contend
    assert attempt.run() == 1
    assert stage.attempt(StubExport(), attempt=1).run() == 0
    assert stage.fields()["status"] == "SUCCESS"


def test_an_attempt_without_a_report_for_its_lease_is_repeated(stage: Stage) -> None:
    attempt = stage.attempt(StubExport(wait_until_stopped))
    attempt._reporter._patience = 0.5

    def fail(*arguments: Any) -> None:
        raise DocumentContended("the document changes faster than it can be written")

    attempt._reporter._write_progress = fail
    assert attempt.run() == 1
    fields = stage.fields()
    assert fields["status"] == "PENDING"
    assert "could not be written within the duration of a lease" in fields["result"]["status"]
    assert not stage.zips()
    assert stage.attempt(StubExport(), attempt=1).run() == 0


def test_an_expired_lease_is_taken_over_and_its_attempt_recorded(stage: Stage) -> None:
    long_ago = datetime.now(UTC) - timedelta(seconds=1)
    lease = {"holder": "dead", "attempt": 0, "expires_at": long_ago}
    stage.reference.update({"status": "PROGRESS", "lease": lease})
    assert stage.attempt(StubExport()).run() == 0
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    (earlier,) = fields["earlier_attempts"]
    assert (earlier["execution"], earlier["attempt"]) == ("dead", 0)
    assert "most likely it was killed because it ran out of memory" in earlier["ended"]


def test_an_export_whose_name_is_taken_meanwhile_takes_the_next_name(stage: Stage) -> None:
    def take_the_name(progress: Progress) -> None:
        if not stage.zips():
            stage.bucket.blob("BACKUP.zip").upload_from_string(b"of another upload")

    export = StubExport(take_the_name)
    assert stage.attempt(export).run() == 0
    assert export.runs == 2
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP-export1.zip"
    assert stage.bucket.blob("BACKUP.zip").download_as_bytes() == b"of another upload"


def test_an_overwrite_replaces_an_existing_zip(stage: Stage) -> None:
    stage.bucket.blob("BACKUP.zip").upload_from_string(b"older")
    stage.write_document(overwrite=True)
    assert stage.attempt(StubExport()).run() == 0
    assert stage.zips() == ["BACKUP.zip"]
    assert stage.bucket.get_blob("BACKUP.zip").metadata["job"] == stage.reference.path


def test_a_replaced_source_is_a_failure_that_names_the_newer_document(stage: Stage) -> None:
    newer = stage.upload()
    assert stage.attempt(StubExport()).run() == 0
    error = stage.fields()["result"]["error"]
    assert error["code"] == "SOURCE_REPLACED"
    assert "replaced by a newer upload" in error["message"]
    assert error["document"] == document_path(document_id("uploads", "BACKUP.GDB", newer))


def test_an_attempt_without_a_permission_reports_it_and_waits_for_the_grant(
    stage: Stage, server: StorageServer
) -> None:
    """Grants take minutes to take effect: the next attempt finds it."""
    server.faults.add(FaultRule("uploads.start", Fault("status", status=403), times=1))
    codes: list[int] = []
    attempt = threading.Thread(target=lambda: codes.append(stage.attempt(StubExport()).run()))
    started = time.monotonic()
    attempt.start()
    states = []
    while attempt.is_alive():
        states.append(str(stage.fields()["result"].get("status")))
        time.sleep(0.02)
    assert codes == [1]
    assert time.monotonic() - started >= 0.5
    waiting = "Waiting: the job may not write to the bucket: its service account needs roles/"
    assert any(state.startswith(waiting) for state in states)
    assert stage.fields()["status"] == "PENDING"
    assert stage.attempt(StubExport(), attempt=1).run() == 0
    assert stage.fields()["status"] == "SUCCESS"


def test_an_attempt_without_access_to_the_document_is_repeated(
    emulator: FirestoreEmulator, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    faults = Faults()
    faults.add(FaultRule("firestore.*", Fault("status", status=403)))
    with firestore_proxy(emulator.host, faults) as host, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", host)
        denied = Stage(firestore.Client(project="demo"), stage.objects, stage.reference)
        assert denied.attempt(StubExport()).run() == 1
        assert "roles/datastore.user" in caplog.text
        assert denied.attempt(StubExport(), attempt=1).run() == 0
        denied.documents.close()
    assert stage.fields()["status"] == "SUCCESS"


def test_a_waiting_attempt_can_be_cancelled(stage: Stage, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.start", Fault("status", status=403), times=None))
    attempt = stage.attempt(StubExport(), attempt=2)
    threading.Timer(1.0, lambda: stage.reference.update({"cancel_requested": True})).start()
    assert attempt.run() == 0
    assert stage.fields()["status"] == "CANCELLED"


def deny(progress: Progress) -> None:
    raise SourceDenied("unreadable")


def test_the_last_attempt_leaves_the_export_to_another_execution_if_access_is_denied(
    stage: Stage,
) -> None:
    assert stage.attempt(StubExport(deny), attempt=3).run() == 0
    fields = stage.fields()
    assert fields["status"] == "PENDING"
    assert re.fullmatch(
        r"Waiting: unreadable\. Retried until 20..-..-.. ..:.. UTC", fields["result"]["status"]
    )
    assert (fields["restart_of"], fields["execution"], fields["lease"]) == ("export-1", None, None)
    assert fields["earlier_attempts"][-1]["ended"] == "unreadable"
    # Another task of the same execution must not take it back.
    assert stage.attempt(StubExport(), attempt=3).run() == 0
    assert stage.fields() == fields
    assert stage.attempt(StubExport(), execution="export-2").run() == 0
    fields = stage.fields()
    assert (fields["status"], fields["restart_of"]) == ("SUCCESS", None)
    assert fields["execution"]["name"] == "export-2"


def test_access_that_is_denied_for_a_day_is_a_failure(stage: Stage) -> None:
    stage.reference.update({"created_at": datetime.now(UTC) - MAX_WAIT})
    assert stage.attempt(StubExport(deny), attempt=3).run() == 0
    error = stage.fields()["result"]["error"]
    assert error["code"] == "ACCESS_DENIED"
    assert "granted, upload the file again" in error["message"]


def test_a_missing_write_permission_names_the_role(stage: Stage, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.start", Fault("status", status=403), times=None))
    assert stage.attempt(StubExport(), attempt=3).run() == 0
    assert "roles/storage.objectUser on gs://uploads" in stage.fields()["result"]["status"]


@pytest.mark.usefixtures("short_replacement_waits")
def test_a_removed_source_is_a_failure(stage: Stage) -> None:
    stage.bucket.blob("BACKUP.GDB").delete()
    assert stage.attempt(StubExport()).run() == 0
    assert stage.fields()["result"]["error"]["code"] == "SOURCE_GONE"


def test_the_address_of_an_upload_session_is_never_written(
    stage: Stage, server: StorageServer
) -> None:
    """The address is a secret: it allows writing to the session."""
    server.faults.add(FaultRule("uploads.put", Fault("status", status=403), times=None))
    stage.attempt(StubExport(), attempt=3).run()
    fields = stage.fields()
    assert "roles/storage.objectUser on gs://uploads" in fields["result"]["status"]
    assert "upload_id" not in str(fields)
