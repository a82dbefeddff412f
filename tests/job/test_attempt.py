"""An attempt against Firestore's emulator and a storage server; what is exported is made up."""

import json
import queue
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
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
from gdb_export.export.destination import Destination
from gdb_export.export.export import ExportResult
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.table_members import DamageRefused
from gdb_export.firebird.core.errors import (
    EncryptedDatabase,
    NotADatabase,
    UnreadableDatabase,
    UnsupportedDatabase,
)
from gdb_export.firebird.core.source import Source
from gdb_export.gcs.gcs_destination import CHUNK
from gdb_export.gcs.gcs_source import SourceDenied, SourceGone
from gdb_export.options import BadOption, ExportOptions
from gdb_export.progress import Progress, TableDone
from job.attempt import Attempt, Stop
from job.settings import Settings
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer

PACKAGE = {"resources": [{"rows": 3}], "x-warnings": ["odd"], "x-source": {"ods": "10.1"}}
CONTENT = b"a database"


class Sink:
    """What zipfile writes, passed on."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    def write(self, data: bytes) -> int:
        self._destination.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass


class Work:
    """An export of one table; `meanwhile` is called when all but the end is written, and so many
    bytes `more`."""

    def __init__(
        self, meanwhile: Callable[[Progress], None] = lambda progress: None, more: int = 0
    ) -> None:
        self.meanwhile = meanwhile
        self.more = more
        self.runs = 0

    def __call__(
        self,
        source: Source,
        origin: SourceInfo,
        destination: Destination,
        options: ExportOptions,
        progress: Progress,
    ) -> ExportResult:
        self.runs += 1
        assert source.read(0, 100) == CONTENT
        progress.start(1, 10)
        with destination:
            with zipfile.ZipFile(Sink(destination), "w") as archive:
                progress.begin_table("A")
                archive.writestr("A.csv", "X\n1\n2\n3\n")
                progress.advance(pages=10, rows=3)
                progress.end_table(TableDone("A", 3, 8, ("odd",)))
                archive.writestr("datapackage.json", json.dumps(PACKAGE))
            destination.write(bytes(self.more))
            self.meanwhile(progress)
        return ExportResult(1, 3, 300, ("odd",), "10.1")


def wait_for_the_stop(progress: Progress) -> None:
    for _ in range(1000):
        progress.check()
        time.sleep(0.01)
    raise AssertionError("nobody stopped the export")


class Stage:
    """One upload with its document, and attempts on it."""

    def __init__(self, documents: firestore.Client, objects: storage.Client) -> None:
        self.documents = documents
        self.objects = objects
        self.bucket = objects.bucket("uploads")
        self.generation = self.upload()
        self.reference = self.write_document()

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
        self, work: Work, execution: str = "one", attempt: int = 0, **hooks: Any
    ) -> Attempt:
        settings = Settings.from_environment(
            {
                "EXPORT_DOCUMENT": self.reference.path,
                "GOOGLE_CLOUD_PROJECT": "demo",
                "JOB_REGION": "europe-west1",
                "TASK_MAX_RETRIES": "3",
                "LEASE_SECONDS": "5",
                "REPORT_SECONDS": "0.1",
                "CLOUD_RUN_JOB": "export",
                "CLOUD_RUN_EXECUTION": execution,
                "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
            }
        )
        return Attempt(settings, self.documents, self.objects, work, **hooks)

    def fields(self) -> dict[str, Any]:
        return self.reference.get().to_dict() or {}

    def zips(self) -> list[str]:
        return [blob.name for blob in self.bucket.list_blobs() if blob.name.endswith(".zip")]


@pytest.fixture
def stage(documents: firestore.Client, objects: storage.Client) -> Iterator[Stage]:
    return Stage(documents, objects)


def test_a_success_is_told_in_full(stage: Stage) -> None:
    assert stage.attempt(Work()).run() == 0
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
    assert fields["execution"]["name"] == "one"
    assert "/europe-west1/one?" in fields["execution"]["console_url"]
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


def test_the_zip_says_what_it_was_made_of(stage: Stage) -> None:
    stage.attempt(Work()).run()
    metadata = stage.bucket.get_blob("BACKUP.zip").metadata
    assert metadata["source-generation"] == stage.generation
    assert metadata["job"] == stage.reference.path


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotADatabase("this is a ZIP file"), "NOT_A_DATABASE"),
        (UnsupportedDatabase("of another kind"), "UNSUPPORTED_DATABASE"),
        (EncryptedDatabase("it has a key"), "ENCRYPTED_DATABASE"),
        (UnreadableDatabase("nothing is left"), "DAMAGED_DATABASE"),
        (DamageRefused("strict: page 7"), "DAMAGED_DATABASE"),
        (BadOption("no"), "BAD_OPTION"),
        (SourceDenied("not to be read"), "ACCESS_DENIED"),
        (SourceGone("it is not there", None), "SOURCE_GONE"),
    ],
)
def test_what_no_attempt_would_mend_fails_at_once_and_says_what_to_do(
    error: Exception, code: str, stage: Stage
) -> None:
    def fail(progress: Progress) -> None:
        raise error

    assert stage.attempt(Work(fail)).run() == 0
    fields = stage.fields()
    assert fields["status"] == "FAILURE"
    told = fields["result"]["error"]
    assert told["code"] == code
    assert told["message"].startswith(str(error))
    assert "pload" in told["message"].removeprefix(str(error))
    assert not stage.zips()


def test_a_bad_option_is_named_by_its_metadata_key(stage: Stage) -> None:
    def refuse(progress: Progress) -> None:
        raise BadOption("there is no table 'B'", "tables")

    assert stage.attempt(Work(refuse)).run() == 0
    message = stage.fields()["result"]["error"]["message"]
    assert message.startswith("export-tables: there is no table 'B'")


def test_an_option_that_only_a_newer_job_knows_is_a_failure(stage: Stage) -> None:
    stage.write_document(colour="red")
    assert stage.attempt(Work()).run() == 0
    assert stage.fields()["result"]["error"]["code"] == "BAD_OPTION"


def test_options_reach_the_export(stage: Stage) -> None:
    stage.write_document(tables=["A"], strict=True)
    seen: list[ExportOptions] = []

    class Listening(Work):
        def __call__(self, *arguments: Any) -> ExportResult:
            seen.append(arguments[3])
            return super().__call__(*arguments)

    stage.attempt(Listening()).run()
    assert seen == [ExportOptions(tables=("A",), strict=True)]


def test_what_may_pass_is_left_to_the_next_attempt(stage: Stage) -> None:
    def fail(progress: Progress) -> None:
        raise OSError("the net is down")

    assert stage.attempt(Work(fail)).run() == 1
    fields = stage.fields()
    assert (fields["status"], fields["lease"]) == ("PENDING", None)
    assert "attempt 1 of 4" in fields["result"]["status"]
    assert stage.attempt(Work(), attempt=1).run() == 0
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    assert fields["earlier_attempts"] == [{"execution": "one", "attempt": 0, "ended": "OSError"}]


def test_the_last_attempt_says_that_it_was(stage: Stage) -> None:
    def fail(progress: Progress) -> None:
        raise OSError("the net is down")

    assert stage.attempt(Work(fail), attempt=3).run() == 1
    error = stage.fields()["result"]["error"]
    assert error["code"] == "GAVE_UP"
    assert "attempt 4 of 4" in error["message"]


def test_a_cancel_request_ends_the_run_soon(stage: Stage) -> None:
    attempt = stage.attempt(Work(wait_for_the_stop))
    threading.Timer(0.5, stage.reference.update, [{"cancel_requested": True}]).start()
    assert attempt.run() == 0
    fields = stage.fields()
    assert fields["status"] == "CANCELLED"
    assert fields["result"]["error"]["code"] == "CANCELLED"
    assert not stage.zips()


def test_a_request_to_cancel_at_the_last_moment_still_counts(stage: Stage) -> None:
    def request(progress: Progress) -> None:
        stage.reference.update({"cancel_requested": True})

    assert stage.attempt(Work(request)).run() == 0
    assert stage.fields()["status"] == "CANCELLED"
    assert not stage.zips()


def test_a_terminated_attempt_leaves_the_document_to_the_next(stage: Stage) -> None:
    attempt = stage.attempt(Work(wait_for_the_stop))
    threading.Timer(0.3, attempt.stop, [Stop.TERMINATED]).start()
    assert attempt.run() == 1
    fields = stage.fields()
    assert (fields["status"], fields["lease"]) == ("PENDING", None)
    assert "SIGTERM" in fields["result"]["status"]
    assert not stage.zips()
    assert stage.attempt(Work(), attempt=1).run() == 0


@pytest.mark.parametrize(
    ("reason", "code", "status"),
    [(Stop.REQUESTED, 0, "CANCELLED"), (Stop.TERMINATED, 1, "PENDING")],
)
def test_an_export_that_does_not_hear_is_ended_all_the_same(
    reason: Stop, code: int, status: str, stage: Stage, server: StorageServer
) -> None:
    """As when a request is repeated for minutes against a service that does not answer."""
    left = queue.SimpleQueue[int]()
    is_busy, is_over = threading.Event(), threading.Event()

    def hear_nothing(progress: Progress) -> None:
        is_busy.set()
        is_over.wait()

    attempt = stage.attempt(Work(hear_nothing, CHUNK), leave=left.put)
    threading.Thread(target=attempt.run, daemon=True).start()
    assert is_busy.wait(10)
    assert server.sessions.open_names() == ["BACKUP.zip"]
    attempt.stop(reason)
    assert left.get(timeout=5) == code
    assert stage.fields()["status"] == status
    assert not stage.zips()
    assert server.sessions.open_names() == []


def test_a_second_execution_touches_nothing(stage: Stage) -> None:
    second = Work()

    def try_a_second(progress: Progress) -> None:
        assert stage.attempt(second, execution="two").run() == 0

    assert stage.attempt(Work(try_a_second)).run() == 0
    assert second.runs == 0
    assert stage.fields()["execution"]["name"] == "one"
    assert stage.zips() == ["BACKUP.zip"]


def test_work_that_was_done_before_a_crash_is_found(stage: Stage) -> None:
    """Killed between the last byte of the ZIP and the document: the next attempt reads the ZIP."""
    stage.attempt(Work()).run()
    success = stage.fields()
    stage.write_document()
    again = Work()
    assert stage.attempt(again, attempt=1).run() == 0
    assert again.runs == 0
    assert stage.zips() == ["BACKUP.zip"]
    result = stage.fields()["result"]
    size = stage.bucket.get_blob("BACKUP.zip").size
    assert result == success["result"] | {"bytes": size}


def test_who_loses_the_lease_makes_no_zip(stage: Stage) -> None:
    def lose(progress: Progress) -> None:
        lease = {"holder": "two", "attempt": 0, "expires_at": datetime.now(UTC)}
        stage.reference.update({"lease": lease})
        wait_for_the_stop(progress)

    assert stage.attempt(Work(lose)).run() == 0
    assert stage.fields()["lease"]["holder"] == "two"
    assert not stage.zips()


def test_who_lost_the_lease_unawares_makes_no_zip_either(stage: Stage) -> None:
    def lose(progress: Progress) -> None:
        lease = {"holder": "two", "attempt": 0, "expires_at": datetime.now(UTC)}
        stage.reference.update({"lease": lease})

    assert stage.attempt(Work(lose)).run() == 0
    assert not stage.zips()


def test_a_dead_execution_is_followed_when_its_lease_ran_out(stage: Stage) -> None:
    long_ago = datetime.now(UTC) - timedelta(seconds=1)
    lease = {"holder": "dead", "attempt": 0, "expires_at": long_ago}
    stage.reference.update({"status": "PROGRESS", "lease": lease})
    assert stage.attempt(Work()).run() == 0
    fields = stage.fields()
    assert fields["status"] == "SUCCESS"
    (earlier,) = fields["earlier_attempts"]
    assert (earlier["execution"], earlier["attempt"]) == ("dead", 0)
    assert "most likely it was killed because it ran out of memory" in earlier["ended"]


def test_who_loses_the_race_for_a_name_takes_the_next(stage: Stage) -> None:
    def be_slower(progress: Progress) -> None:
        if not stage.zips():
            stage.bucket.blob("BACKUP.zip").upload_from_string(b"of another upload")

    work = Work(be_slower)
    assert stage.attempt(work).run() == 0
    assert work.runs == 2
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP-export1.zip"
    assert stage.bucket.blob("BACKUP.zip").download_as_bytes() == b"of another upload"


def test_an_overwrite_replaces_the_zip_that_was_there(stage: Stage) -> None:
    stage.bucket.blob("BACKUP.zip").upload_from_string(b"older")
    stage.write_document(overwrite=True)
    assert stage.attempt(Work()).run() == 0
    assert stage.zips() == ["BACKUP.zip"]
    assert stage.bucket.get_blob("BACKUP.zip").metadata["job"] == stage.reference.path


def test_a_replaced_source_points_to_the_newer_upload(stage: Stage) -> None:
    newer = stage.upload()
    assert stage.attempt(Work()).run() == 0
    error = stage.fields()["result"]["error"]
    assert error["code"] == "SOURCE_REPLACED"
    assert "replaced by a newer upload" in error["message"]
    assert error["document"] == document_path(document_id("uploads", "BACKUP.GDB", newer))


def test_a_missing_permission_to_write_is_named(stage: Stage, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.start", Fault("status", status=403), times=None))
    assert stage.attempt(Work()).run() == 0
    error = stage.fields()["result"]["error"]
    assert error["code"] == "ACCESS_DENIED"
    assert "roles/storage.objectUser on gs://uploads" in error["message"]


def test_a_removed_source_is_a_failure(stage: Stage) -> None:
    stage.bucket.blob("BACKUP.GDB").delete()
    assert stage.attempt(Work()).run() == 0
    assert stage.fields()["result"]["error"]["code"] == "SOURCE_GONE"


def test_no_address_that_allows_to_write_is_told(stage: Stage, server: StorageServer) -> None:
    """Whoever knows the address of an upload's session may write to it."""
    server.faults.add(FaultRule("uploads.put", Fault("status", status=403), times=None))
    stage.attempt(Work()).run()
    message = stage.fields()["result"]["error"]["message"]
    assert "/upload/storage/v1/b/uploads/o: a fault on demand" in message
    assert "upload_id" not in message
