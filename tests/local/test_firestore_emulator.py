import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.exceptions import AlreadyExists
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from local.firestore_emulator import (
    FirestoreEmulator,
    find_jar,
    find_java,
    firestore_emulator,
)
from local.processes import StackError


@pytest.fixture(scope="module")
def emulator() -> Iterator[FirestoreEmulator]:
    with firestore_emulator() as running:
        yield running


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


def jar(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "")
    return path


def test_the_named_jar_comes_first(tmp_path: Path) -> None:
    named = jar(tmp_path / "named/emulator.jar")
    jar(tmp_path / ".cache/firebase/emulators/cloud-firestore-emulator-v1.jar")
    assert find_jar({"FIRESTORE_EMULATOR_JAR": str(named)}, tmp_path) == named


def test_a_named_jar_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="is not a jar"):
        find_jar({"FIRESTORE_EMULATOR_JAR": str(tmp_path / "none.jar")}, tmp_path)


def test_the_sdk_root_is_searched(tmp_path: Path) -> None:
    found = jar(tmp_path / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
    assert find_jar({"CLOUDSDK_ROOT_DIR": str(tmp_path), "PATH": ""}, tmp_path) == found


def test_the_java_runs() -> None:
    assert Path(find_java()).exists()
