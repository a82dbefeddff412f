"""Access to a running stack for tests: its bucket, its documents, its executions."""

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.cloud import firestore, storage

from gdb_export.contract.execution import EXPORT_DOCUMENT
from gdb_export.contract.job_document import Status, document_id, document_path
from local.cloud_run.execution import Execution
from local.stack import BUCKET, Stack, StackSettings, firestore_client, local_stack
from local.storage.content import IncomingContent
from local.storage.objects import Properties
from local.storage.preconditions import Preconditions

DATA = Path(__file__).parent.parent / "data" / "fb15"
TIMEOUT = 90.0  # seconds


def database(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


def until(condition: Callable[[], Any], seconds: float = TIMEOUT) -> Any:
    """Wait until `condition()` is true; return its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.05)
    return value


@dataclass(frozen=True, slots=True)
class Console:
    """A running stack with clients; injected faults do not affect `documents`."""

    stack: Stack
    bucket: storage.Bucket
    documents: firestore.Client

    def upload(self, name: str, content: bytes, **metadata: str) -> storage.Blob:
        blob = self.bucket.blob(name)
        blob.metadata = metadata
        blob.upload_from_string(content)
        return blob

    def store(self, name: str, content: bytes) -> storage.Blob:
        """Store an object without the API, so that no injected fault can affect it."""
        buckets = self.stack.storage.buckets
        incoming = IncomingContent(buckets.uploads)
        incoming.append(content)
        stored = buckets.get(BUCKET).put(name, incoming, Properties(), Preconditions())
        return self.bucket.blob(name, generation=stored.generation)

    def document(self, blob: storage.Blob) -> firestore.DocumentReference:
        identity = document_id(BUCKET, blob.name, str(blob.generation))
        return self.documents.document(document_path(identity))

    def fields(self, blob: storage.Blob) -> dict[str, Any]:
        return self.document(blob).get().to_dict() or {}

    def until_status(self, blob: storage.Blob, *statuses: Status) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            fields = self.fields(blob)
            return fields if fields.get("status") in statuses else None

        fields: dict[str, Any] = until(reached)
        return fields

    def until_final(self, blob: storage.Blob) -> dict[str, Any]:
        return self.until_status(blob, Status.SUCCESS, Status.FAILURE, Status.CANCELLED)

    def until_idle(self) -> None:
        """Wait until no execution runs and no upload is open."""
        until(lambda: not self.stack.cloud_run.running())
        until(lambda: not self.stack.storage.sessions.open_names())

    def executions(self, blob: storage.Blob) -> list[Execution]:
        path = self.document(blob).path
        executions = self.stack.cloud_run.executions
        return [
            execution
            for execution in executions
            if execution.job.environment[EXPORT_DOCUMENT] == path
        ]

    def names(self, prefix: str) -> list[str]:
        return [blob.name for blob in self.bucket.list_blobs(prefix=prefix)]


@contextmanager
def running_console(folder: Path, settings: StackSettings) -> Iterator[Console]:
    """Run a stack with these settings in the folder."""
    with local_stack(folder, settings) as stack:
        client = stack.storage_client()
        with firestore_client(stack.emulator.host) as documents:
            yield Console(stack, client.bucket(BUCKET), documents)
        client.close()
