"""The spill store in a bucket: hidden objects, all of which are removed."""

import time

import pytest
from google.api_core.exceptions import Forbidden, RetryError
from google.cloud import storage

from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.object_spill import ObjectSpill
from gdb_export.gcs.zip_name import FreeName
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer

PREFIX = ".parts/x/export-1/spill/"
PART_NAME = ".parts/x/export-1/00000-tail"


def names(bucket: storage.Bucket) -> list[str]:
    return [blob.name for blob in bucket.list_blobs()]


def test_an_item_is_returned_and_removed(bucket: storage.Bucket) -> None:
    store = ObjectSpill(bucket, PREFIX)
    keys = [store.put(bytes([index]) * 1000) for index in range(10)]
    for index, key in enumerate(keys):
        next_key = keys[index + 1] if index < 9 else None
        assert store.get(key, next_key) == bytes([index]) * 1000
    assert names(bucket) == []
    store.close()


def test_items_that_were_not_taken_are_removed_by_close(bucket: storage.Bucket) -> None:
    bucket.blob(PART_NAME).upload_from_string(b"part")
    store = ObjectSpill(bucket, PREFIX)
    for _ in range(5):
        store.put(b"data")
    store.close()
    assert names(bucket) == [PART_NAME]


def test_objects_of_an_earlier_attempt_are_removed_at_the_start(bucket: storage.Bucket) -> None:
    bucket.blob(f"{PREFIX}00003").upload_from_string(b"left")
    store = ObjectSpill(bucket, PREFIX)
    assert names(bucket) == []
    store.close()


@pytest.mark.parametrize("kind", ["status", "cut before", "cut after", "cut during"])
@pytest.mark.parametrize("operation", ["uploads.*", "objects.media", "objects.delete"])
def test_transient_faults_have_no_effect(
    kind: str, operation: str, bucket: storage.Bucket, server: StorageServer
) -> None:
    server.faults.add(FaultRule(operation, Fault(kind)))
    store = ObjectSpill(bucket, PREFIX)
    assert store.get(store.put(b"data"), None) == b"data"
    store.close()
    assert names(bucket) == []


def test_a_denied_write_raises_forbidden(bucket: storage.Bucket, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.*", Fault("status", status=403), times=100))
    store = ObjectSpill(bucket, PREFIX)
    with pytest.raises(Forbidden):
        store.get(store.put(b"data"), None)
    store.close()


@pytest.mark.parametrize("error", [RetryError("late", None), ConnectionError("no network")])
def test_an_object_that_cannot_be_removed_is_not_an_error(
    error: Exception, bucket: storage.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ObjectSpill(bucket, PREFIX)
    key = store.put(b"data")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(storage.Blob, "delete", fail)
    assert store.get(key, None) == b"data"
    store.close()
    [leftover] = names(bucket)
    assert leftover.startswith(PREFIX)


def test_a_destination_without_a_prefix_uses_a_new_one(bucket: storage.Bucket) -> None:
    store = GcsDestination(bucket, FreeName("B.zip", None), {}).spill_store()
    store.put(b"data")
    while not names(bucket):
        time.sleep(0.01)
    assert [name.count("/") for name in names(bucket) if name.startswith(".parts/")] == [2]
    store.close()
    assert names(bucket) == []


def test_spilling_works_under_a_retention_policy(bucket: storage.Bucket) -> None:
    """A second attempt finds objects of the first one, and can neither remove nor replace them."""
    bucket.retention_period = 3600
    bucket.patch()
    for _ in range(2):
        spill = ObjectSpill(bucket, ".parts/x/aside/")
        keys = [spill.put(data) for data in (b"one", b"two")]
        assert [spill.get(key, None) for key in keys] == [b"one", b"two"]
        spill.close()
    assert len(list(bucket.list_blobs(prefix=".parts/x/aside/"))) == 4
