"""Injected faults, and how the real clients recover from them."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.exceptions import AlreadyExists, ServiceUnavailable, TooManyRequests
from google.cloud import firestore, storage

from local.faults import Fault, FaultRule, Faults
from local.firestore_emulator import FirestoreEmulator, firestore_emulator
from local.firestore_proxy import firestore_proxy
from local.stack import firestore_client
from local.storage.server import StorageServer

CHUNK = 256 * 1024
DATA = os.urandom(4 * CHUNK + 5)


def test_a_rule_skips_calls_and_applies_a_number_of_times() -> None:
    faults = Faults()
    slow = Fault("slow", seconds=1)
    faults.add(FaultRule("uploads.*", slow, skip=1, times=2))
    calls = ["uploads.put", "objects.get", "uploads.put", "uploads.start", "uploads.put"]
    assert [faults.decide(call) for call in calls] == [None, None, slow, slow, None]
    assert faults.injected == [("uploads.put", slow), ("uploads.start", slow)]


def test_the_same_seed_gives_the_same_faults() -> None:
    def decisions(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(FaultRule("*", Fault("status"), times=None, probability=0.5))
        return [faults.decide("call") is not None for _ in range(50)]

    assert decisions(1) == decisions(1)
    assert decisions(1) != decisions(2)


@pytest.mark.usefixtures("resumable")
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=503),
        Fault("status", status=429),
        Fault("status", status=500),
        Fault("slow", seconds=0.2),
        Fault("cut before"),
        Fault("cut during"),
        Fault("cut after"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
@pytest.mark.parametrize("skip", [0, 2, 4])
def test_an_upload_survives_a_fault_of_any_chunk(
    server: StorageServer, bucket: storage.Bucket, fault: Fault, skip: int
) -> None:
    server.faults.add(FaultRule("uploads.put", fault, skip=skip))
    blob = bucket.blob("fault", chunk_size=CHUNK)
    blob.upload_from_file(io.BytesIO(DATA), size=len(DATA), if_generation_match=0)
    assert [name for name, _ in server.faults.injected] == ["uploads.put"]
    assert bucket.blob("fault").download_as_bytes() == DATA
    assert server.sessions.open_names() == []


def test_a_download_survives_a_lost_connection(
    server: StorageServer, bucket: storage.Bucket
) -> None:
    bucket.blob("fault").upload_from_string(DATA)
    server.faults.add(FaultRule("objects.media", Fault("cut during")))
    target = io.BytesIO()
    bucket.blob("fault").download_to_file(target)
    assert target.getvalue() == DATA
    assert [name for name, _ in server.faults.injected] == ["objects.media"]


def test_a_call_without_retry_raises_the_fault(
    server: StorageServer, bucket: storage.Bucket
) -> None:
    server.faults.add(FaultRule("objects.get", Fault("status", status=429), times=None))
    with pytest.raises(TooManyRequests):
        bucket.get_blob("any", retry=None)


@pytest.fixture(scope="module")
def emulator() -> Iterator[FirestoreEmulator]:
    with firestore_emulator() as emulator:
        yield emulator


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def documents(emulator: FirestoreEmulator, faults: Faults) -> Iterator[firestore.Client]:
    with firestore_proxy(emulator.host, faults) as host, firestore_client(host) as client:
        yield client


def test_the_proxy_forwards_errors_of_firestore(
    documents: firestore.Client, tmp_path: Path
) -> None:
    document = documents.document(f"exports/{tmp_path.name}")
    document.create({"status": "PENDING"})
    with pytest.raises(AlreadyExists):
        document.create({"status": "PENDING"})


def test_a_connection_cut_before_a_write_prevents_it(
    documents: firestore.Client, faults: Faults
) -> None:
    faults.add(FaultRule("firestore.Commit", Fault("cut before"), times=None))
    document = documents.document("exports/before")
    with pytest.raises(ServiceUnavailable):
        document.set({"a": 1}, retry=None)
    assert not document.get().exists


def test_a_connection_cut_after_a_write_does_not_undo_it(
    documents: firestore.Client, faults: Faults
) -> None:
    faults.add(FaultRule("firestore.Commit", Fault("cut after"), times=None))
    document = documents.document("exports/after")
    with pytest.raises(ServiceUnavailable):
        document.set({"a": 1}, retry=None)
    assert document.get().to_dict() == {"a": 1}


def test_a_kill_fault_ends_the_tasks_after_the_call(
    documents: firestore.Client, faults: Faults
) -> None:
    killed: list[str] = []
    faults.killers["tasks"] = lambda: killed.append("killed")
    faults.add(FaultRule("firestore.Commit", Fault("kill after")))
    with pytest.raises(ServiceUnavailable):
        documents.document("exports/killed").set({"a": 1}, retry=None)
    assert killed == ["killed"]
