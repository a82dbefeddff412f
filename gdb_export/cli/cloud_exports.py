"""Requests exports by uploads and follows them by their job documents."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.api_core.exceptions import (
    DeadlineExceeded,
    GoogleAPICallError,
    InternalServerError,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
)
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.storage import Blob, Client

from gdb_export.cli.errors import ExportNotFound
from gdb_export.contract.job_document import (
    COLLECTION,
    TABLES_COLLECTION,
    Status,
    document_id,
    document_path,
)
from gdb_export.contract.options import METADATA_PREFIX

Document = Mapping[str, Any]

_POLL_SECONDS = 0.5
# Between two reads of a followed document, and at most while Firestore is unreachable
_READ_SECONDS, _MAX_READ_SECONDS = 1.0, 30.0
_ANSWER_SECONDS = 10.0  # the longest time for one of these reads
_UNREACHABLE = (DeadlineExceeded, InternalServerError, ServiceUnavailable, TooManyRequests)
_LAST_CHARACTER = "\uf8ff"  # sorts after all characters of names


class Exports:
    """The exports of a project, through its Firestore (`documents`) and its buckets (`objects`).

    `prefix` is that of the deployment's collections.
    """

    def __init__(self, documents: firestore.Client, objects: Client, prefix: str = "") -> None:
        self._documents = documents
        self._objects = objects
        self._prefix = prefix

    def upload(self, path: str, uri: str, options: Mapping[str, str]) -> str:
        """Upload a file. Return the id that its job document will have.

        `options` are object metadata.
        """
        blob = self._blob(uri)
        blob.metadata = dict(options)
        blob.upload_from_filename(path, checksum="crc32c")
        return _task_id(blob)

    def export_again(self, uri: str, options: Mapping[str, str]) -> str:
        """Copy the object onto itself: its new generation, with `options`, is exported."""
        source = self._blob(uri)
        try:
            source.reload()
        except NotFound as error:
            raise ExportNotFound(f"{uri} does not exist") from error
        target = self._blob(uri)
        target.content_type = source.content_type
        metadata = (source.metadata or {}).items()
        kept = {key: text for key, text in metadata if not key.lower().startswith(METADATA_PREFIX)}
        target.metadata = {**kept, **options}
        token = None
        while True:
            token, _, _ = target.rewrite(source, token=token, if_generation_match=source.generation)
            if token is None:
                return _task_id(target)

    def find(self, name: str) -> Document:
        """The document with this id, or the newest document of this gs:// URI."""
        if not name.startswith("gs://"):
            return self._read(name)
        query = self._documents.collection(f"{self._prefix}{COLLECTION}")
        snapshots = query.where(filter=FieldFilter("source.uri", "==", name)).stream()
        newest = max(snapshots, key=lambda snapshot: snapshot.create_time, default=None)
        if newest is None:
            raise ExportNotFound(f"there is no export of {name}")
        return newest.to_dict() or {}

    def tables(self, task_id: str) -> list[Document]:
        """The documents of the tables exported so far, by table name."""
        documents = self._document(task_id).collection(f"{self._prefix}{TABLES_COLLECTION}")
        tables = [snapshot.to_dict() or {} for snapshot in documents.stream()]
        return sorted(tables, key=lambda table: str(table["name"]))

    def newest(self, limit: int, status: Status | None = None, uri: str = "") -> list[Document]:
        """The newest documents of all objects, or of the objects whose URI begins with `uri`."""
        query = self._documents.collection(f"{self._prefix}{COLLECTION}")
        if uri:
            return _newest_of(query, uri, status, limit)
        ordered = query.order_by("created_at", direction=firestore.Query.DESCENDING)
        if status is not None:
            ordered = ordered.where(filter=FieldFilter("status", "==", status.value))
        return [found.to_dict() or {} for found in ordered.limit(limit).stream()]

    def appears(self, task_id: str, seconds: float) -> bool:
        """Wait up to `seconds` for the document to exist. Return whether it does."""
        deadline = time.monotonic() + seconds
        while not self._document(task_id).get().exists:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def request_cancel(self, task_id: str) -> Document:
        """Request cancellation unless the export has ended. Return the document as it was."""
        document = self._read(task_id)
        if not Status(document["status"]).is_final:
            reference = self._document(task_id)
            reference.update({"cancel_requested": True})
        return document

    def changes(
        self, task_id: str, unreachable: Callable[[GoogleAPICallError], None]
    ) -> Iterator[Document]:
        """The states of a document up to a final one, read every second.

        While Firestore is unreachable, the delays grow; `unreachable` takes the first error of
        each such time. The client's own listener would connect again without a delay. Raises
        ExportNotFound if the document is deleted.
        """
        delay = _READ_SECONDS
        while True:
            try:
                document = self._read(task_id, retry=None, timeout=_ANSWER_SECONDS)
            except _UNREACHABLE as error:
                if delay == _READ_SECONDS:
                    unreachable(error)
                delay = min(2 * delay, _MAX_READ_SECONDS)
            else:
                delay = _READ_SECONDS
                yield document
                if Status(document["status"]).is_final:
                    return
            time.sleep(delay)

    def _read(self, task_id: str, **call: Any) -> Document:
        """The document; `call` has options of the client's call."""
        if not task_id or "/" in task_id:
            raise ExportNotFound(f"{task_id!r} is not the id of an export")
        snapshot = self._document(task_id).get(**call)
        if not snapshot.exists:
            raise ExportNotFound(f"there is no export {task_id}")
        return snapshot.to_dict() or {}

    def _document(self, task_id: str) -> firestore.DocumentReference:
        return self._documents.document(document_path(task_id, self._prefix))

    def _blob(self, uri: str) -> Blob:
        return Blob.from_uri(uri, client=self._objects)


def _newest_of(
    query: firestore.CollectionReference, uri: str, status: Status | None, limit: int
) -> list[Document]:
    """The newest documents of the objects whose URI begins with `uri`.

    They are sorted here, because the query would need an additional index to order by another
    field.
    """
    begin = FieldFilter("source.uri", ">=", uri)
    end = FieldFilter("source.uri", "<", f"{uri}{_LAST_CHARACTER}")
    snapshots = query.where(filter=begin).where(filter=end).stream()
    documents: list[Document] = [snapshot.to_dict() or {} for snapshot in snapshots]
    if status is not None:
        documents = [document for document in documents if document["status"] == status]
    documents.sort(key=lambda document: document["created_at"], reverse=True)
    return documents[:limit]


def _task_id(blob: Blob) -> str:
    return document_id(blob.bucket.name, blob.name, str(blob.generation))
