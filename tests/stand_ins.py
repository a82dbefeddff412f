"""Fixtures: clients of the local stand-ins for Cloud Storage and Firestore."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from gdb_export.gcs import gcs_source
from local.firestore_emulator import FirestoreEmulator
from local.storage.server import StorageServer, storage_server


@pytest.fixture
def documents(emulator: FirestoreEmulator) -> Iterator[firestore.Client]:
    client = firestore.Client(project="demo")
    yield client
    client.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    with storage_server(tmp_path / "buckets", stable_seconds=0.3) as storage_stand_in:
        storage_stand_in.buckets.create("uploads")
        yield storage_stand_in


@pytest.fixture
def objects(server: StorageServer) -> Iterator[storage.Client]:
    client = storage.Client(
        project="demo",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": server.url},
    )
    yield client
    client.close()


@pytest.fixture
def bucket(objects: storage.Client) -> storage.Bucket:
    return objects.bucket("uploads")


@pytest.fixture
def short_replacement_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-ups of an object in the place of a missing one follow each other at once."""
    monkeypatch.setattr(gcs_source, "_REPLACEMENT_WAITS", (0.0, 0.01, 0.02))
