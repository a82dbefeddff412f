"""The whole stack once for all tests; each uses names of its own and the real clients."""

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore, storage

from contract.execution import EXPORT_DOCUMENT
from contract.job_document import Status, document_id, document_path
from local.cloud_run.execution import Execution
from local.stack import BUCKET, Stack, StackSettings, firestore_client, local_stack

DATA = Path(__file__).parent.parent / "data" / "fb15"
PATIENCE = 90.0


def database(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What `condition` gives once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class Console:
    """What a person has: the bucket, the documents, the list of executions."""

    stack: Stack
    bucket: storage.Bucket
    documents: firestore.Client

    def upload(self, name: str, content: bytes, **metadata: str) -> storage.Blob:
        blob = self.bucket.blob(name)
        blob.metadata = metadata
        blob.upload_from_string(content)
        return blob

    def document(self, blob: storage.Blob) -> firestore.DocumentReference:
        identity = document_id(BUCKET, blob.name, str(blob.generation))
        return self.documents.document(document_path(identity))

    def fields(self, blob: storage.Blob) -> dict[str, Any]:
        return self.document(blob).get().to_dict() or {}

    def until_status(self, blob: storage.Blob, *statuses: Status) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            fields = self.fields(blob)
            return fields if fields.get("status") in statuses else None

        found: dict[str, Any] = until(reached)
        return found

    def until_final(self, blob: storage.Blob) -> dict[str, Any]:
        return self.until_status(blob, Status.SUCCESS, Status.FAILURE, Status.CANCELLED)

    def until_idle(self) -> None:
        """No execution runs and no upload is left open."""
        until(lambda: not self.stack.cloud_run.running())
        until(lambda: not self.stack.storage.sessions.open_names())

    def executions(self, blob: storage.Blob) -> list[Execution]:
        path = self.document(blob).path
        every = self.stack.cloud_run.executions
        return [found for found in every if found.job.environment[EXPORT_DOCUMENT] == path]

    def names(self, prefix: str) -> list[str]:
        return [blob.name for blob in self.bucket.list_blobs(prefix=prefix)]


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = StackSettings(quiet=0.3, first_wait=0.2, longest_wait=2.0)
    with local_stack(tmp_path_factory.mktemp("stack"), settings) as stack:
        yield stack


@pytest.fixture
def console(running_stack: Stack) -> Iterator[Console]:
    client = running_stack.storage_client()
    with firestore_client(running_stack.emulator.host) as documents:
        yield Console(running_stack, client.bucket(BUCKET), documents)
    running_stack.faults.clear()
    client.close()
