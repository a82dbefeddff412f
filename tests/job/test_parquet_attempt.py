"""Attempts with the option `format` parquet: a folder of real tables beside the upload."""

import gzip
import io
import json
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from google.cloud import firestore, storage

import gdb_export
from gdb_export.contract.job_document import Status
from gdb_export.export.export import export
from gdb_export.parquet import table_writer
from job.attempt import StopReason
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer
from tests.job.test_attempt import Stage, StubExport

DATABASE = gzip.decompress(
    (Path(__file__).parents[1] / "data" / "fb15" / "types.fdb.gz").read_bytes()
)


class ParquetStage(Stage):
    """An upload of a real database with the option `format`."""

    def upload(self) -> str:
        blob = self.bucket.blob("BACKUP.GDB")
        blob.upload_from_string(DATABASE)
        return str(blob.generation)

    def run(self, execution: str = "export-1", attempt: int = 0) -> int:
        return self.attempt(StubExport(), execution, attempt).run()

    def names(self) -> set[str]:
        return {blob.name for blob in self.bucket.list_blobs()}


@pytest.fixture
def stage(documents: firestore.Client, objects: storage.Client) -> ParquetStage:
    stage = ParquetStage(documents, objects)
    stage.write_document(format="parquet", tables=["T_DOM", "T_INT"])
    return stage


def test_the_folder_holds_the_tables_and_the_document_names_it(stage: ParquetStage) -> None:
    assert stage.run() == 0
    fields = stage.fields()
    assert fields["status"] == Status.SUCCESS
    result = fields["result"]
    assert result["output"] == "gs://uploads/BACKUP/"
    assert (result["tables"], result["warnings"]) == (2, [])
    assert fields["progress"]["percent"] == 100
    paths = {"T_DOM.parquet", "T_INT.parquet", "datapackage.json"}
    assert stage.names() == {"BACKUP.GDB", *(f"BACKUP/{path}" for path in paths)}
    assert result["bytes"] == sum(blob.size for blob in stage.bucket.list_blobs(prefix="BACKUP/"))
    package = json.loads(stage.bucket.blob("BACKUP/datapackage.json").download_as_bytes())
    assert result["rows"] == sum(table["rows"] for table in package["resources"])
    with gdb_export.open(DATABASE) as db:
        for name in ("T_DOM", "T_INT"):
            data = stage.bucket.blob(f"BACKUP/{name}.parquet").download_as_bytes()
            expected = db.tables[name].arrow().read_all()
            assert pq.read_table(io.BytesIO(data)).equals(expected)
    tables = {table.to_dict()["name"] for table in stage.reference.collection("tables").stream()}
    assert tables == {"T_DOM", "T_INT"}


def test_another_execution_adopts_the_folder(stage: ParquetStage) -> None:
    assert stage.run() == 0
    first = stage.fields()["result"]
    before = {blob.name: blob.generation for blob in stage.bucket.list_blobs()}
    stage.write_document(format="parquet", tables=["T_DOM", "T_INT"])
    assert stage.run("export-2") == 0
    assert stage.fields()["result"] == first
    assert {blob.name: blob.generation for blob in stage.bucket.list_blobs()} == before


def test_other_options_get_a_folder_of_their_own_unless_they_overwrite(
    stage: ParquetStage,
) -> None:
    assert stage.run() == 0
    stage.write_document(format="parquet", tables=["T_DOM"])
    assert stage.run("export-2") == 0
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP-export1/"
    stage.write_document(format="parquet", tables=["T_STR"], overwrite=True)
    assert stage.run("export-3") == 0
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP/"
    files = {name for name in stage.names() if name.startswith("BACKUP/")}
    assert files == {"BACKUP/T_STR.parquet", "BACKUP/datapackage.json"}


def test_a_failed_copy_leaves_nothing_and_the_next_attempt_completes_the_folder(
    stage: ParquetStage, server: StorageServer
) -> None:
    server.faults.add(FaultRule("objects.rewrite", Fault("status", status=400), skip=1))
    assert stage.run() == 1
    assert stage.names() == {"BACKUP.GDB"}
    assert stage.run(attempt=1) == 0
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP/"


@pytest.mark.parametrize("reason", [StopReason.REQUESTED, StopReason.TERMINATED])
def test_a_stopped_attempt_leaves_nothing(
    reason: StopReason, stage: ParquetStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = stage.attempt(StubExport())
    begun = threading.Event()
    add = table_writer.TableFile.add

    def slow_add(*arguments: object) -> None:
        begun.set()
        time.sleep(0.5)
        add(*arguments)

    def stop() -> None:
        begun.wait(30)
        if reason is StopReason.REQUESTED:
            stage.reference.update({"cancel_requested": True})
        else:
            attempt.stop(reason)

    monkeypatch.setattr(table_writer.TableFile, "add", slow_add)
    thread = threading.Thread(target=stop)
    thread.start()
    code = attempt.run()
    thread.join()
    status = stage.fields()["status"]
    assert stage.names() == {"BACKUP.GDB"}
    if reason is StopReason.REQUESTED:
        assert (code, status) == (0, Status.CANCELLED)
    else:
        assert (code, status) == (1, Status.PENDING)
        monkeypatch.undo()
        assert stage.run(attempt=1) == 0
        assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP/"


def test_files_that_a_killed_attempt_left_are_replaced(stage: ParquetStage) -> None:
    """It was killed while it gave the files their names, and before that."""
    assert stage.run() == 0
    stage.bucket.blob("BACKUP/datapackage.json").delete()
    torn = stage.bucket.blob("BACKUP/T_INT.parquet")
    metadata = stage.bucket.get_blob("BACKUP/T_DOM.parquet").metadata
    torn.metadata = metadata
    torn.upload_from_string(b"of another attempt")
    task = stage.write_document(format="parquet", tables=["T_DOM", "T_INT"]).id
    stage.bucket.blob(f".parts/{task}/export-1/files/0/T_DOM.parquet").upload_from_string(b"x")
    assert stage.run(attempt=1) == 0
    assert stage.fields()["result"]["output"] == "gs://uploads/BACKUP/"
    paths = {"T_DOM.parquet", "T_INT.parquet", "datapackage.json"}
    assert stage.names() == {"BACKUP.GDB", *(f"BACKUP/{path}" for path in paths)}
    package = json.loads(stage.bucket.blob("BACKUP/datapackage.json").download_as_bytes())
    for resource in package["resources"]:
        data = stage.bucket.blob(f"BACKUP/{resource['path']}").download_as_bytes()
        assert resource["hash"] == f"crc32:{zlib.crc32(data):08x}"


def test_an_unusable_table_option_is_a_failure(stage: ParquetStage) -> None:
    stage.write_document(format="parquet", tables=["NONE"])
    assert stage.run() == 0
    fields = stage.fields()
    assert fields["result"]["error"]["code"] == "BAD_OPTION"
    assert stage.names() == {"BACKUP.GDB"}


def test_both_formats_are_one_result(stage: ParquetStage) -> None:
    stage.write_document(format="csv,parquet", tables=["T_DOM", "T_INT"])
    assert stage.run() == 0
    result = stage.fields()["result"]
    assert (result["output"], result["folder"]) == (
        "gs://uploads/BACKUP.zip",
        "gs://uploads/BACKUP/",
    )
    assert result["bytes"] == sum(
        blob.size for blob in stage.bucket.list_blobs() if blob.name != "BACKUP.GDB"
    )
    data = stage.bucket.blob("BACKUP.zip").download_as_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["T_DOM.csv", "T_INT.csv", "datapackage.json"]
    parquet = {f"BACKUP/{name}" for name in ("T_DOM.parquet", "T_INT.parquet", "datapackage.json")}
    assert stage.names() == {"BACKUP.GDB", "BACKUP.zip", *parquet}


@pytest.mark.parametrize("missing", ["BACKUP.zip", "BACKUP/datapackage.json"])
def test_a_later_execution_writes_what_is_missing_of_both(
    missing: str, stage: ParquetStage
) -> None:
    stage.write_document(format="csv,parquet", tables=["T_DOM", "T_INT"])
    assert stage.attempt(export).run() == 0
    first = stage.fields()["result"]
    before = {blob.name: blob.generation for blob in stage.bucket.list_blobs()}
    stage.bucket.blob(missing).delete()
    stage.write_document(format="csv,parquet", tables=["T_DOM", "T_INT"])
    assert stage.attempt(export, "export-2").run() == 0
    assert stage.fields()["result"] == first
    after = {blob.name: blob.generation for blob in stage.bucket.list_blobs()}
    assert after.keys() == before.keys()
    kept = "BACKUP.zip" if missing != "BACKUP.zip" else "BACKUP/datapackage.json"
    assert after[kept] == before[kept]


def test_a_failure_of_the_folder_takes_the_zip_with_it(
    stage: ParquetStage, server: StorageServer
) -> None:
    stage.write_document(format="csv,parquet", tables=["T_DOM", "T_INT"])
    server.faults.add(FaultRule("objects.rewrite", Fault("status", status=400)))
    assert stage.run() == 1
    assert stage.names() == {"BACKUP.GDB"}
    assert stage.run(attempt=1) == 0
    assert stage.fields()["result"]["folder"] == "gs://uploads/BACKUP/"
