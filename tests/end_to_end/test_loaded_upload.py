"""A dropped file is loaded by function and job and can be queried; its events reach listeners."""

import contextlib
import json
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.cloud.bigquery import DatasetReference

import gdb_export
from local.processes import HOST, Process, free_port
from local.stack import DATASET, PROJECT, REPOSITORY
from local.storage.events import finalized_event
from tests.bigquery.stored_rows import compare, stored, tables
from tests.end_to_end.console import DATA, Console, database, until
from tests.export.golden import NO_COMPUTED, golden_tables

LISTENERS = REPOSITORY / "examples" / "listeners"


@contextlib.contextmanager
def listener(name: str, console: Console, log: Path) -> Iterator[str]:
    """Run a function of the examples as Cloud Functions does. Yields its URL."""
    port = free_port()
    command = [sys.executable, "-m", "functions_framework", "--host", HOST, "--port", str(port)]
    command += ["--source", str(LISTENERS / f"{name}.py"), "--target", name]
    environment = {**console.stack.function_environment, "PYTHONUNBUFFERED": "1"}
    kind = ["--signature-type", "cloudevent"]
    with Process(name, [*command, *kind], environment, log, REPOSITORY) as process:
        url = f"http://{HOST}:{port}/"
        process.wait_until_healthy(url)
        yield url


def post(url: str, headers: Mapping[str, str], body: bytes) -> None:
    request = urllib.request.Request(url, body, dict(headers))
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        assert answer.status in (200, 204)


def updated_event(path: str) -> dict[str, str]:
    """The headers of an update of a document; its body is in Protocol Buffers."""
    return {
        "Content-Type": "application/protobuf",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-type": "google.cloud.firestore.document.v1.updated",
        "ce-source": f"//firestore.googleapis.com/projects/{PROJECT}/databases/(default)",
        "ce-document": path,
    }


def test_every_value_of_a_dropped_file_can_be_queried(loading: Console, tmp_path: Path) -> None:
    blob = loading.upload("TYPES_082025.FDB", database("types"))
    fields = loading.until_final(blob)
    assert fields["status"] == "SUCCESS", fields["result"]
    assert fields["result"]["dataset"]["reference"] == "2025-08-01"
    assert loading.stack.bigquery is not None
    dataset = DatasetReference(PROJECT, DATASET)
    golden = golden_tables(DATA / "types.fdb.gz")
    with (
        contextlib.closing(loading.stack.bigquery.client(PROJECT)) as client,
        gdb_export.open(database("types")) as db,
    ):
        assert tables(client, dataset) == {name.removesuffix(NO_COMPUTED) for name in golden}
        for name, text in golden.items():
            table = name.removesuffix(NO_COMPUTED)
            schema = db.tables[table].arrow().schema
            compare(stored(client, dataset, table), text.decode(), schema)
    check_listeners(loading, fields, tmp_path)


def check_listeners(console: Console, fields: dict[str, Any], folder: Path) -> None:
    """Deliver the events of this export and of others to the functions of the examples."""
    bucket = console.stack.storage.buckets.get("uploads")
    log = folder / "on_zip.log"
    with listener("on_zip", console, log) as url:
        for name in ("TYPES_082025.FDB", "TYPES_082025.zip"):
            event = finalized_event(bucket.get(name))
            post(url, event["headers"], json.dumps(event["data"]).encode())
        until(lambda: "is the export of" in log.read_text(encoding="utf-8"))
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "gs://" in line]
    assert lines == ["gs://uploads/TYPES_082025.zip is the export of gs://uploads/TYPES_082025.FDB"]
    log = folder / "on_document.log"
    unfinished = console.documents.document("exports/unfinished")
    unfinished.set({"status": "PROGRESS", "result": {}})
    with listener("on_document", console, log) as url:
        for path in (unfinished.path, f"exports/{fields['task_id']}"):
            post(url, updated_event(path), b"")
        until(lambda: "SUCCESS" in log.read_text(encoding="utf-8"))
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "uploads" in line]
    assert len(lines) == 1
    assert lines[0].startswith("SUCCESS gs://uploads/TYPES_082025.zip {")
    assert "'failed_tables': 0" in lines[0]
