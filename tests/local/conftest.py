"""Fixtures: a storage server and its client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from local.storage.server import StorageServer, storage_server

BUCKET = "uploads"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StorageServer]:
    """A storage server over an empty folder, with one bucket."""
    with storage_server(tmp_path / "root", stable_seconds=0.3) as storage_stand_in:
        storage_stand_in.buckets.create(BUCKET)
        yield storage_stand_in


def storage_client(server: StorageServer) -> storage.Client:
    """The real client, with the server as its endpoint."""
    return storage.Client(
        project="demo",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": server.url},
    )


@pytest.fixture
def resumable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the client use upload sessions for small files too, not only from 8 MB on."""
    monkeypatch.setattr("google.cloud.storage.blob._MAX_MULTIPART_SIZE", -1)


@pytest.fixture
def client(server: StorageServer) -> Iterator[storage.Client]:
    client = storage_client(server)
    yield client
    client.close()


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    return client.bucket(BUCKET)
