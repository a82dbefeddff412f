"""What is put aside in the bucket: hidden objects, of which none is left."""

import time

import pytest
from google.api_core.exceptions import Forbidden, RetryError
from google.cloud import storage

from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.object_spill import ObjectSpill
from gdb_export.gcs.zip_name import FreeName
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer

PREFIX = ".parts/x/one/aside/"
OTHER = ".parts/x/one/00000-tail"


def names(bucket: storage.Bucket) -> list[str]:
    return [blob.name for blob in bucket.list_blobs()]


def test_what_was_put_is_got_and_gone(bucket: storage.Bucket) -> None:
    shelf = ObjectSpill(bucket, PREFIX)
    keys = [shelf.put(bytes([number]) * 1000) for number in range(10)]
    for number, key in enumerate(keys):
        then = keys[number + 1] if number < 9 else None
        assert shelf.get(key, then) == bytes([number]) * 1000
    assert names(bucket) == []
    shelf.close()


def test_what_nobody_took_is_removed_in_the_end(bucket: storage.Bucket) -> None:
    bucket.blob(OTHER).upload_from_string(b"part")
    shelf = ObjectSpill(bucket, PREFIX)
    for _ in range(5):
        shelf.put(b"data")
    shelf.close()
    assert names(bucket) == [OTHER]


def test_what_an_earlier_attempt_left_is_removed_in_the_beginning(bucket: storage.Bucket) -> None:
    bucket.blob(f"{PREFIX}00003").upload_from_string(b"left")
    shelf = ObjectSpill(bucket, PREFIX)
    assert names(bucket) == []
    shelf.close()


@pytest.mark.parametrize("kind", ["status", "cut before", "cut after", "cut during"])
@pytest.mark.parametrize("operation", ["uploads.*", "objects.media", "objects.delete"])
def test_faults_that_pass_are_not_noticed(
    kind: str, operation: str, bucket: storage.Bucket, server: StorageServer
) -> None:
    server.faults.add(FaultRule(operation, Fault(kind)))
    shelf = ObjectSpill(bucket, PREFIX)
    assert shelf.get(shelf.put(b"data"), None) == b"data"
    shelf.close()
    assert names(bucket) == []


def test_who_may_not_write_hears_of_it(bucket: storage.Bucket, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.*", Fault("status", status=403), times=100))
    shelf = ObjectSpill(bucket, PREFIX)
    with pytest.raises(Forbidden):
        shelf.get(shelf.put(b"data"), None)
    shelf.close()


@pytest.mark.parametrize("error", [RetryError("late", None), ConnectionError("no net")])
def test_an_export_does_not_fail_for_what_cannot_be_tidied_up(
    error: Exception, bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = ObjectSpill(bucket, PREFIX)
    key = shelf.put(b"data")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(storage.Blob, "delete", fail)
    assert shelf.get(key, None) == b"data"
    shelf.close()
    assert names(bucket) == [f"{PREFIX}00000"]


def test_a_destination_without_a_prefix_takes_one_of_its_own(bucket: storage.Bucket) -> None:
    shelf = GcsDestination(bucket, FreeName("B.zip", None), {}).spill_store()
    shelf.put(b"data")
    while not names(bucket):
        time.sleep(0.01)
    assert [name.count("/") for name in names(bucket) if name.startswith(".parts/")] == [2]
    shelf.close()
    assert names(bucket) == []
