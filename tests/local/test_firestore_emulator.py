"""Google's Firestore emulator, started and called by the real client."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.exceptions import AlreadyExists
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from local.firestore_emulator import FirestoreEmulator, find_java, firestore_emulator


@pytest.fixture(scope="module")
def emulator() -> Iterator[FirestoreEmulator]:
    with firestore_emulator() as emulator:
        yield emulator


@pytest.fixture
def client(
    emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[firestore.Client]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator.host)
    client = firestore.Client(project="demo", credentials=AnonymousCredentials())
    yield client
    client.close()


def test_a_document_is_created_once(client: firestore.Client) -> None:
    document = client.document("exports/one")
    document.create({"status": "PENDING"})
    with pytest.raises(AlreadyExists):
        document.create({"status": "PENDING"})


def test_clear_removes_every_document(
    client: firestore.Client, emulator: FirestoreEmulator
) -> None:
    client.document("exports/two").set({"status": "PENDING"})
    emulator.clear("demo")
    assert not client.document("exports/two").get().exists


def test_java_is_found() -> None:
    assert Path(find_java()).exists()
