"""on_upload over HTTP, with Firestore's emulator and a stand-in for Cloud Run."""

import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask.testing import FlaskClient
from google.cloud import firestore

from gdb_export.contract.job_document import document_id, document_path
from local.faults import Fault, FaultRule, Faults
from local.firestore_emulator import FirestoreEmulator
from local.firestore_proxy import firestore_proxy
from tests.functions.conftest import JOB, CloudRun

MAIN = Path(__file__).parents[2] / "functions" / "main.py"
HEADERS = {
    "ce-specversion": "1.0",
    "ce-id": "event-1",
    "ce-type": "google.cloud.storage.object.v1.finalized",
    "ce-source": "//storage.googleapis.com/projects/_/buckets/uploads",
    "Content-Type": "application/json",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
TASK = document_id("uploads", "BACKUP.GDB", "17")


@pytest.fixture
def function(
    cloud_run: CloudRun, documents: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo")
    monkeypatch.setenv("JOB_NAME", JOB)
    monkeypatch.setenv("CLOUD_RUN_ENDPOINT", cloud_run.endpoint)
    app = functions_framework.create_app("on_upload", str(MAIN), "cloudevent")
    yield app.test_client()
    sys.modules.pop("main", None)


def upload(age: timedelta = timedelta(0), **changes: Any) -> dict[str, Any]:
    """The data of an upload event: the fields of the object."""
    uploaded_at = (datetime.now(UTC) - age).isoformat()
    fields = {"bucket": "uploads", "name": "BACKUP.GDB", "generation": "17", "size": "4096"}
    return {**fields, "timeCreated": uploaded_at, **changes}


def deliver(function: FlaskClient, data: Any) -> int:
    """Deliver an event; returns the HTTP status of the answer."""
    return function.post("/", headers=HEADERS, data=json.dumps(data)).status_code


def document_fields(documents: firestore.Client, task: str = TASK) -> dict[str, Any]:
    return documents.document(document_path(task)).get().to_dict() or {}


def test_an_upload_becomes_a_document_and_an_execution(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    metadata = {"export-tables": "A,B", "colour": "red"}
    assert deliver(function, upload(metadata=metadata)) == 200
    document = document_fields(documents)
    assert document["task_id"] == TASK
    assert document["status"] == "PENDING"
    assert document["options"] == {"tables": ["A", "B"]}
    assert document["source"]["uri"] == "gs://uploads/BACKUP.GDB"
    assert document["execution"]["name"] == "export-1"
    assert "/europe-west1/export-1?" in document["execution"]["console_url"]
    assert document["expires_at"] - document["created_at"] == timedelta(days=90)
    assert cloud_run.started == [
        {
            "EXPORT_DOCUMENT": f"exports/{TASK}",
            "EXPORT_TRACE": "projects/demo/traces/0af7651916cd43dd8448eb211c80319c",
            "JOB_REGION": "europe-west1",
        }
    ]


def test_the_zip_is_ignored(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    assert deliver(function, upload(name="BACKUP.zip")) == 200
    assert not cloud_run.started
    assert not list(documents.collection("exports").stream())


def test_a_malformed_event_is_acknowledged(function: FlaskClient, cloud_run: CloudRun) -> None:
    assert [deliver(function, data) for data in (None, [], {}, upload(generation="x"))] == [200] * 4
    assert not cloud_run.started


def test_twenty_deliveries_start_one_execution(function: FlaskClient, cloud_run: CloudRun) -> None:
    data = upload()
    assert [deliver(function, data) for _ in range(20)] == [200] * 20
    assert len(cloud_run.started) == 1


def test_ten_deliveries_at_once_start_one_execution(
    function: FlaskClient, cloud_run: CloudRun
) -> None:
    """A delivery during the start is answered with 503; its repetition has nothing to do."""
    data = upload()
    client = function.application.test_client
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: deliver(client(), data), range(10)))
    assert 200 in answers
    assert set(answers) <= {200, 503}
    assert deliver(function, data) == 200
    assert len(cloud_run.started) == 1


@pytest.mark.parametrize("generations", [("17", "18"), ("18", "17")])
def test_an_overwrite_is_another_export_in_any_order_of_the_events(
    generations: tuple[str, str],
    function: FlaskClient,
    documents: firestore.Client,
    cloud_run: CloudRun,
) -> None:
    for generation in generations:
        assert deliver(function, upload(generation=generation)) == 200
    assert len(cloud_run.started) == 2
    assert len(list(documents.collection("exports").stream())) == 2


def test_a_bad_option_is_a_failure_that_names_the_option(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    data = upload(metadata={"export-strict": "perhaps"})
    assert [deliver(function, data), deliver(function, data)] == [200, 200]
    document = document_fields(documents)
    assert document["status"] == "FAILURE"
    assert document["result"]["error"]["code"] == "BAD_OPTION"
    assert "export-strict must be true or false" in document["result"]["error"]["message"]
    assert document["finished_at"]
    assert not cloud_run.started


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (429, "as its quota allows"),
        (503, "unexpected error (503)"),
        (500, "unexpected error (500)"),
    ],
)
def test_a_temporary_refusal_of_cloud_run_is_retried(
    refusal: int,
    message: str,
    function: FlaskClient,
    documents: firestore.Client,
    cloud_run: CloudRun,
) -> None:
    cloud_run.refusals = [refusal]
    data = upload()
    assert deliver(function, data) == 503
    waiting = document_fields(documents)
    assert waiting["status"] == "PENDING"
    assert message in waiting["result"]["status"]
    assert deliver(function, data) == 200
    assert len(cloud_run.started) == 1
    assert document_fields(documents)["execution"]["name"] == "export-1"


REFUSALS = pytest.mark.parametrize(
    ("refusal", "message"),
    [(403, "run.jobs.runWithOverrides"), (404, f"no Cloud Run Job {JOB}"), (400, "refused by")],
)


@REFUSALS
def test_a_refusal_while_access_changes_take_effect_is_retried(
    refusal: int,
    message: str,
    function: FlaskClient,
    documents: firestore.Client,
    cloud_run: CloudRun,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cloud_run.refusals = [refusal, refusal]
    data = upload(age=timedelta(hours=22))
    assert [deliver(function, data), deliver(function, data)] == [503, 503]
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert all(message in error.getMessage() for error in errors)
    assert len(errors) == 2
    waiting = document_fields(documents)
    assert waiting["status"] == "PENDING"
    assert message in waiting["result"]["status"]
    assert "Retried until" in waiting["result"]["status"]
    assert deliver(function, data) == 200
    assert document_fields(documents)["execution"]["name"] == "export-1"


@REFUSALS
def test_a_refusal_for_a_day_is_a_failure_that_names_the_cause(
    refusal: int,
    message: str,
    function: FlaskClient,
    documents: firestore.Client,
    cloud_run: CloudRun,
) -> None:
    cloud_run.refusals = [refusal]
    assert deliver(function, upload(age=timedelta(hours=23, minutes=1))) == 200
    error = document_fields(documents)["result"]["error"]
    assert error["code"] == "START_REFUSED"
    assert message in error["message"]


def test_overwriting_can_be_switched_off(
    function: FlaskClient,
    documents: firestore.Client,
    cloud_run: CloudRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLOW_OVERWRITE", "false")
    assert deliver(function, upload(metadata={"export-overwrite": "true"})) == 200
    error = document_fields(documents)["result"]["error"]
    assert error["code"] == "BAD_OPTION"
    assert "export-overwrite is switched off" in error["message"]
    assert not cloud_run.started


def test_a_deployment_has_its_own_collections_and_names_its_job(
    function: FlaskClient,
    documents: firestore.Client,
    cloud_run: CloudRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLLECTION_PREFIX", "second-")
    assert deliver(function, upload()) == 200
    assert not document_fields(documents)
    document = documents.document(f"second-exports/{TASK}").get().to_dict() or {}
    assert document["job"] == JOB
    assert cloud_run.started[0]["EXPORT_DOCUMENT"] == f"second-exports/{TASK}"


def test_a_start_that_waited_for_a_day_is_a_failure(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    cloud_run.refusals = [429]
    assert deliver(function, upload(age=timedelta(hours=23, minutes=1))) == 200
    error = document_fields(documents)["result"]["error"]
    assert error["code"] == "START_EXPIRED"
    assert "as its quota allows" in error["message"]


def test_an_unreachable_cloud_run_is_retried(
    function: FlaskClient, documents: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_RUN_ENDPOINT", "http://127.0.0.1:9")
    assert deliver(function, upload()) == 503
    assert "cannot be reached" in document_fields(documents)["result"]["status"]


def test_the_start_of_a_crashed_delivery_is_taken_over(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    data = upload()
    deliver(function, data)
    reference = documents.document(document_path(TASK))
    just_now = datetime.now(UTC)
    reference.update({"execution": None, "starting": {"by": "another", "at": just_now}})
    assert deliver(function, data) == 503
    assert len(cloud_run.started) == 1
    long_ago = just_now - timedelta(minutes=2)
    reference.update({"starting": {"by": "another", "at": long_ago}})
    assert deliver(function, data) == 200
    assert len(cloud_run.started) == 2
    assert document_fields(documents)["execution"]["name"] == "export-2"


@pytest.mark.parametrize(
    ("status", "message"),
    [(500, "Firestore answered with an unexpected error"), (403, "Firestore denies access")],
)
def test_an_event_is_retried_while_firestore_fails(
    status: int,
    message: str,
    emulator: FirestoreEmulator,
    function: FlaskClient,
    cloud_run: CloudRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults = Faults()
    faults.add(FaultRule("firestore.Commit", Fault("status", status=status)))
    with firestore_proxy(emulator.host, faults) as host:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
        assert deliver(function, upload()) == 503
        assert message in caplog.text
        errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert [error.getMessage() for error in errors] == (
            ["the function may not write to Firestore: it needs roles/datastore.user"]
            if status == 403
            else []
        )
        assert not cloud_run.started
        assert deliver(function, upload()) == 200
    assert len(cloud_run.started) == 1


def test_a_repeated_event_reports_an_expired_lease(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    data = upload()
    deliver(function, data)
    reference = documents.document(document_path(TASK))
    lease = {"holder": "export-1", "attempt": 0, "expires_at": datetime.now(UTC)}
    working = {"status": "Exporting A (1 of 2)", "current": 1, "total": 2}
    reference.update({"status": "PROGRESS", "lease": lease, "result": working})
    assert [deliver(function, data), deliver(function, data)] == [200, 200]
    document = document_fields(documents)
    assert document["result"] == working | {"status": document["result"]["status"]}
    message = document["result"]["status"]
    assert message.startswith('Ended without reporting a result after "Exporting A (1 of 2)": ')
    assert message.count("without reporting") == 1
    assert (document["status"], document["lease"]) == ("PROGRESS", lease)
    assert len(cloud_run.started) == 1


@pytest.mark.parametrize("status", ["PROGRESS", "SUCCESS", "FAILURE", "CANCELLED"])
def test_fields_written_by_the_job_are_left_alone(
    status: str, function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    data = upload()
    deliver(function, data)
    documents.document(document_path(TASK)).update({"status": status, "execution": None})
    before = document_fields(documents)
    assert deliver(function, data) == 200
    assert document_fields(documents) == before
    assert len(cloud_run.started) == 1


def test_a_waiting_export_can_be_cancelled(
    function: FlaskClient, documents: firestore.Client, cloud_run: CloudRun
) -> None:
    cloud_run.refusals = [429]
    data = upload()
    deliver(function, data)
    documents.document(document_path(TASK)).update({"cancel_requested": True})
    assert deliver(function, data) == 200
    assert document_fields(documents)["status"] == "CANCELLED"
    assert not cloud_run.started
