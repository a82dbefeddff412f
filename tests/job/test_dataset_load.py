"""Attempts that load their export into BigQuery's emulator: states, failures, stops."""

import contextlib
import gzip
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery as bq
from google.cloud import firestore, storage

from gdb_export.contract.job_document import (
    JobDocument,
    SourceObject,
    Status,
    document_id,
    document_path,
)
from gdb_export.contract.options import options_from_metadata
from gdb_export.contract.staging_names import staging_of
from gdb_export.export.export import export
from job.attempt import Attempt, StopReason
from job.dataset_load import DatasetLoader
from job.settings import Settings
from job.single_task import SingleTask
from local.bigquery.emulator import EMULATOR, BigQueryEmulator
from local.bigquery.proxy import bigquery_proxy
from local.faults import Fault, FaultRule, Faults
from local.storage.server import StorageServer

SAMPLE = Path(__file__).parents[1] / "data" / "fb15" / "evolve.fdb.gz"
NAME = "CNES_082025.GDB"
TABLES = {"E1", "E2", "E3", "E4", "E5", "E6", "E7"}
LOAD_JOBS = len(TABLES)  # before the transaction that replaces the rows of them all
CONFLICT = Fault(
    "status",
    400,
    reason="invalidQuery",
    message="Transaction is aborted due to concurrent update against table T",
)


class LoadedUpload:
    """An upload of a small database, with attempts to export and load it."""

    def __init__(
        self,
        documents: firestore.Client,
        objects: storage.Client,
        client: bq.Client,
        faults: Faults,
    ) -> None:
        self.documents = documents
        self.objects = objects
        self.client = client
        self.faults = faults
        self.dataset = f"d{uuid.uuid4().hex}"
        client.create_dataset(self.dataset)
        self.upload(NAME)

    def upload(self, name: str) -> None:
        """Upload the database, which the next documents are for."""
        blob = self.objects.bucket("uploads").blob(name)
        blob.upload_from_string(gzip.decompress(SAMPLE.read_bytes()))
        self.source = SourceObject("uploads", name, str(blob.generation), blob.size)

    def document(self, **metadata: str) -> firestore.DocumentReference:
        task = document_id("uploads", self.source.name, self.source.generation)
        keys = {f"export-{key}": value for key, value in metadata.items()}
        document = JobDocument(
            task,
            Status.PENDING,
            self.source,
            created_at=datetime.now(UTC),
            options=options_from_metadata(keys),
        )
        reference = self.documents.document(document_path(task))
        reference.set(document.to_fields())
        return reference

    def attempt(
        self, reference: firestore.DocumentReference, attempt: int = 0, dataset: str = ""
    ) -> Attempt:
        settings = Settings.from_environment(
            {
                "EXPORT_DOCUMENT": reference.path,
                "GOOGLE_CLOUD_PROJECT": "demo",
                "REPORT_SECONDS": "0.1",
                "LEASE_SECONDS": "5",
                "CLOUD_RUN_EXECUTION": "export-1",
                "CLOUD_RUN_TASK_ATTEMPT": str(attempt),
                "BIGQUERY_DATASET": dataset,
                "BIGQUERY_RETRY_SECONDS": "0.01",
            }
        )
        task = SingleTask(settings, self.documents, self.objects, export)
        return Attempt(settings, task, loader=DatasetLoader(settings, self.objects))

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows = self.client.list_rows(f"demo.{self.dataset}.{table}")
        return [dict(row.items()) for row in rows]

    def tables(self) -> set[str]:
        return {table.table_id for table in self.client.list_tables(self.dataset)}

    def objects_left(self) -> set[str]:
        return {blob.name for blob in self.objects.bucket("uploads").list_blobs()}


@pytest.fixture
def upload(
    bigquery: BigQueryEmulator,
    documents: firestore.Client,
    objects: storage.Client,
    server: StorageServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[LoadedUpload]:
    faults = Faults()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    with (
        bigquery_proxy(bigquery, faults, server.url) as url,
        contextlib.closing(bigquery.client("demo")) as client,
    ):
        monkeypatch.setenv(EMULATOR, url)
        yield LoadedUpload(documents, objects, client, faults)


def test_every_table_is_in_the_dataset_and_the_document_says_so(upload: LoadedUpload) -> None:
    reference = upload.document(dataset=upload.dataset)
    left_by_killed_attempt = f"{staging_of(reference.id)}export_0_0_E1"
    upload.client.create_table(f"{upload.dataset}.{left_by_killed_attempt}")
    assert upload.attempt(reference).run() == 0
    fields = reference.get().to_dict() or {}
    assert fields["status"] == "SUCCESS", fields["result"]
    result = fields["result"]
    assert result["output"] == "gs://uploads/CNES_082025.zip"
    assert result["dataset"] == {
        "name": f"demo.{upload.dataset}",
        "reference": "2025-08-01",
        "reference_from": "name",
        "tables": 7,
        "rows": result["rows"],
        "failed_tables": 0,
        "failed": [],
    }
    states = {table.get("name"): table for table in reference.collection("tables").stream()}
    assert states.keys() == TABLES == upload.tables()
    for name, state in states.items():
        loaded = state.get("load")
        assert (loaded["status"], loaded["table"]) == ("SUCCESS", name)
        assert loaded["rows"] == state.get("rows") == len(upload.rows(name))
    row = upload.rows("E1")[0]
    assert (row["data_particao"], row["_source_file"]) == (date(2025, 8, 1), f"gs://uploads/{NAME}")
    assert upload.objects_left() == {NAME, "CNES_082025.zip"}


def test_the_deployment_s_dataset_gets_the_parquet_of_an_upload_with_that_format(
    upload: LoadedUpload,
) -> None:
    reference = upload.document(format="parquet", reference="2024-02-29")
    assert upload.attempt(reference, dataset=f"demo.{upload.dataset}").run() == 0
    result = (reference.get().to_dict() or {})["result"]
    assert result["output"] == "gs://uploads/CNES_082025/"
    assert result["dataset"]["reference"] == "2024-02-01"
    assert result["dataset"]["reference_from"] == "option"
    assert upload.tables() == TABLES
    assert {row["data_particao"] for row in upload.rows("E1")} == {date(2024, 2, 1)}


def test_a_conflict_of_transactions_is_retried_and_the_document_says_so(
    upload: LoadedUpload,
) -> None:
    """The file's name has no month, so it is that of the upload."""
    upload.upload("CNES_99.GDB")
    upload.faults.add(FaultRule("bigquery.jobs.insert", CONFLICT, skip=LOAD_JOBS, times=2))
    reference = upload.document(dataset=upload.dataset)
    assert upload.attempt(reference).run() == 0
    fields = reference.get().to_dict() or {}
    assert fields["status"] == "SUCCESS", fields["result"]
    dataset = fields["result"]["dataset"]
    blob = upload.objects.bucket("uploads").get_blob("CNES_99.GDB")
    assert dataset["reference"] == blob.time_created.date().replace(day=1).isoformat()
    assert dataset["reference_from"] == "upload"
    assert dataset["rows"] == sum(len(upload.rows(table)) for table in TABLES)
    retried = [table.get("load")["retried"] for table in reference.collection("tables").stream()]
    assert [len(reasons) for reasons in retried] == [2] * len(TABLES)
    for text in (text for reasons in retried for text in reasons):
        assert text.startswith("replacement of the rows: ")
        assert CONFLICT.message in text


def test_a_table_that_fails_is_named_and_the_zip_and_the_other_tables_stay(
    upload: LoadedUpload,
) -> None:
    other = [bq.SchemaField(field, "GEOGRAPHY") for field in ("ID", "A", "K", "N")]
    first = upload.document(dataset=upload.dataset)
    upload.client.create_table(bq.Table(f"demo.{upload.dataset}.E4", schema=other))
    assert upload.attempt(first).run() == 0
    fields = first.get().to_dict() or {}
    assert fields["status"] == "FAILURE"
    result = fields["result"]
    assert result["error"]["code"] == "LOAD_FAILED"
    assert result["error"]["message"].startswith("1 of 7 tables were not loaded into")
    assert result["output"] == "gs://uploads/CNES_082025.zip"
    assert (result["dataset"]["tables"], result["dataset"]["failed_tables"]) == (6, 1)
    assert [failed["table"] for failed in result["dataset"]["failed"]] == ["E4"]
    state = next(t for t in first.collection("tables").stream() if t.get("name") == "E4")
    assert state.get("load")["status"] == "FAILURE"
    assert "GEOGRAPHY in the dataset" in state.get("load")["message"]
    assert upload.rows("E1")
    assert "CNES_082025.zip" in upload.objects_left()


@pytest.mark.parametrize(
    ("dataset", "message"),
    [("missing", "the dataset demo:missing does not exist"), ("forbidden", "dataEditor")],
)
def test_a_dataset_that_cannot_be_used_is_a_failure_in_words(
    dataset: str, message: str, upload: LoadedUpload
) -> None:
    if dataset == "forbidden":
        upload.faults.add(FaultRule("bigquery.other", Fault("status", 403), times=None))
    reference = upload.document(dataset=dataset)
    assert upload.attempt(reference).run() == 0
    fields = reference.get().to_dict() or {}
    assert (fields["status"], fields["result"]["error"]["code"]) == ("FAILURE", "LOAD_FAILED")
    assert message in fields["result"]["error"]["message"]


def test_a_stopped_load_is_repeated_by_the_next_attempt(upload: LoadedUpload) -> None:
    upload.faults.add(FaultRule("bigquery.jobs.insert", Fault("slow", seconds=1), times=None))
    reference = upload.document(dataset=upload.dataset)
    attempt = upload.attempt(reference)
    stop_during_load(upload, lambda: attempt.stop(StopReason.TERMINATED))
    assert attempt.run() == 1
    assert (reference.get().to_dict() or {})["status"] == "PENDING"
    upload.faults.clear()
    assert upload.attempt(reference, attempt=1).run() == 0
    fields = reference.get().to_dict() or {}
    assert fields["status"] == "SUCCESS"
    assert sum(len(upload.rows(table)) for table in TABLES) == fields["result"]["rows"]
    assert upload.objects_left() == {NAME, "CNES_082025.zip"}
    assert upload.tables() == TABLES


def test_a_load_is_cancelled_between_tables_and_the_zip_stays(upload: LoadedUpload) -> None:
    upload.faults.add(FaultRule("bigquery.jobs.insert", Fault("slow", seconds=1), times=None))
    reference = upload.document(dataset=upload.dataset)
    stop_during_load(upload, lambda: reference.update({"cancel_requested": True}))
    began = time.monotonic()
    assert upload.attempt(reference).run() == 0
    fields = reference.get().to_dict() or {}
    assert fields["status"] == "CANCELLED"
    assert fields["result"]["error"]["message"] == (
        "Cancelled in the document during the load into BigQuery;"
        " gs://uploads/CNES_082025.zip is complete"
    )
    assert time.monotonic() - began < 30


def stop_during_load(upload: LoadedUpload, stop: Any) -> None:
    """Call `stop` in another thread when the first job of the load has begun."""

    def watch() -> None:
        for _ in range(1000):
            if any(operation == "bigquery.jobs.insert" for operation, _ in upload.faults.injected):
                stop()
                return
            time.sleep(0.02)

    threading.Thread(target=watch, daemon=True).start()
