"""Removal of orphaned parts, on a storage server."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from gdb_export.contract.job_document import JobDocument, SourceObject, Status
from gdb_export.contract.part_names import parts_of
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer, storage_server
from orphaned_parts import OrphanedParts

SOURCE = SourceObject("uploads", "BACKUP.GDB", "17", 4096)
DOCUMENT = JobDocument("x", Status.FAILURE, SOURCE, created_at=datetime(2024, 5, 1, tzinfo=UTC))
OTHER_NAMES = [".parts/y/export-1/00000-head", "BACKUP.GDB", "BACKUP.zip"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path, stable_seconds=0.3) as storage_stand_in:
        storage_stand_in.buckets.create("uploads")
        yield storage_stand_in


@pytest.fixture
def objects(server: StorageServer) -> Iterator[storage.Client]:
    """A client of a bucket with parts of two executions of the document, and other objects."""
    client = storage.Client(
        project="demo",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": server.url},
    )
    orphaned = [f"{parts_of('x')}{execution}/00000-head" for execution in ("export-1", "export-2")]
    for name in (*orphaned, *OTHER_NAMES):
        client.bucket("uploads").blob(name).upload_from_string(b"part")
    yield client
    client.close()


def names(objects: storage.Client) -> list[str]:
    return sorted(blob.name for blob in objects.list_blobs("uploads"))


def test_only_the_parts_of_the_document_are_removed(objects: storage.Client) -> None:
    OrphanedParts(objects).remove(DOCUMENT)
    assert names(objects) == OTHER_NAMES


def test_a_part_that_is_already_removed_is_ignored(
    objects: storage.Client, server: StorageServer
) -> None:
    server.faults.add(FaultRule("objects.delete", Fault("status", status=404)))
    OrphanedParts(objects).remove(DOCUMENT)
    assert names(objects) == [".parts/x/export-1/00000-head", *OTHER_NAMES]


def test_a_denied_removal_is_a_warning(
    objects: storage.Client, server: StorageServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add(FaultRule("objects.list", Fault("status", status=403)))
    with caplog.at_level(logging.WARNING):
        OrphanedParts(objects).remove(DOCUMENT)
    assert "parts may be left under gs://uploads/.parts/x/" in caplog.text
    assert len(names(objects)) == len(OTHER_NAMES) + 2
