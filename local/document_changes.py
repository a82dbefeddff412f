"""Queues the states of the job documents as Firestore reports them."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.cloud import firestore

from gdb_export.cli.status_lines import Document
from gdb_export.contract.job_document import COLLECTION


class DocumentChanges:
    """The states of all job documents, in the order in which Firestore reports them."""

    def __init__(self) -> None:
        self._states: queue.SimpleQueue[Document] = queue.SimpleQueue()

    def put(self, documents: object, changes: Any, read_at: object) -> None:
        for change in changes:
            if change.type.name != "REMOVED":
                self._states.put(change.document.to_dict())

    def next(self, seconds: float) -> Document | None:
        """The next state; None after `seconds` without a change."""
        try:
            return self._states.get(timeout=seconds)
        except queue.Empty:
            return None


@contextmanager
def document_changes(client: firestore.Client) -> Iterator[DocumentChanges]:
    changes = DocumentChanges()
    watch = client.collection(COLLECTION).on_snapshot(changes.put)
    try:
        yield changes
    finally:
        watch.unsubscribe()  # type: ignore[no-untyped-call]
