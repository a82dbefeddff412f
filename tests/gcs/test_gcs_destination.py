import contextlib
import gc
import os

import pytest
from google.api_core.exceptions import Forbidden, GoogleAPICallError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption

from gdb_export.gcs.gcs_destination import CHUNK, GcsDestination, NameTaken, OpenUploads
from gdb_export.gcs.zip_name import FreeName
from local.faults import Fault, FaultRule
from local.storage.content import IncomingContent
from local.storage.server import StorageServer

PLACE = FreeName("BACKUP.zip", 0)
CONTENT = os.urandom(2 * CHUNK + 12_345)


def write(destination: GcsDestination, content: bytes = CONTENT) -> None:
    with destination:
        for start in range(0, len(content), 1_000_000):
            destination.write(content[start : start + 1_000_000])


def names(bucket: storage.Bucket) -> list[str]:
    return [blob.name for blob in bucket.list_blobs()]


@pytest.mark.parametrize("size", [0, 5, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, len(CONTENT)])
def test_what_was_written_is_the_object(size: int, bucket: storage.Bucket) -> None:
    destination = GcsDestination(bucket, PLACE, {"job": "exports/x"})
    write(destination, CONTENT[:size])
    blob = bucket.get_blob("BACKUP.zip")
    assert blob.download_as_bytes() == CONTENT[:size]
    assert blob.metadata == {"job": "exports/x"}
    assert blob.content_type == "application/zip"
    assert destination.uri == "gs://uploads/BACKUP.zip"


def test_a_destination_that_was_never_entered_writes_nothing(bucket: storage.Bucket) -> None:
    GcsDestination(bucket, PLACE, {})
    gc.collect()
    assert names(bucket) == []


def test_nothing_is_there_before_the_end(bucket: storage.Bucket) -> None:
    with GcsDestination(bucket, PLACE, {}) as destination:
        destination.write(CONTENT)
        assert names(bucket) == []


def test_an_error_leaves_neither_an_object_nor_a_session(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    def fail_in_the_middle() -> None:
        with GcsDestination(bucket, PLACE, {}) as destination:
            destination.write(CONTENT)
            assert server.sessions.open_names() == ["BACKUP.zip"]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    assert names(bucket) == []
    assert server.sessions.open_names() == []


def test_a_refused_commit_undoes_the_upload(bucket: storage.Bucket, server: StorageServer) -> None:
    def refuse() -> None:
        raise RuntimeError("not any more")

    with pytest.raises(RuntimeError):
        write(GcsDestination(bucket, PLACE, {}, refuse))
    assert names(bucket) == []
    assert server.sessions.open_names() == []


def test_an_existing_object_is_left_alone(bucket: storage.Bucket) -> None:
    bucket.blob("BACKUP.zip").upload_from_string(b"mine")
    with pytest.raises(NameTaken):
        write(GcsDestination(bucket, PLACE, {}))
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"mine"


def test_an_object_that_came_meanwhile_is_left_alone(bucket: storage.Bucket) -> None:
    destination = GcsDestination(
        bucket, PLACE, {}, lambda: bucket.blob("BACKUP.zip").upload_from_string(b"faster")
    )
    with pytest.raises(NameTaken):
        write(destination)
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"faster"


def test_an_overwrite_replaces_what_was_seen_and_nothing_newer(bucket: storage.Bucket) -> None:
    old = bucket.blob("BACKUP.zip")
    old.upload_from_string(b"old")
    write(GcsDestination(bucket, FreeName("BACKUP.zip", old.generation), {}), b"new")
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"new"
    with pytest.raises(NameTaken):
        write(GcsDestination(bucket, FreeName("BACKUP.zip", old.generation), {}), b"late")
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"new"


def test_a_denied_upload_says_so(bucket: storage.Bucket, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.start", Fault("status", status=403), times=None))
    with pytest.raises(Forbidden):
        write(GcsDestination(bucket, PLACE, {}))
    assert names(bucket) == []


@pytest.mark.parametrize("kind", ["cut before", "cut during", "cut after", "status"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_an_upload_goes_on_after_a_fault(
    kind: str, skip: int, bucket: storage.Bucket, server: StorageServer
) -> None:
    server.faults.add(FaultRule("uploads.put", Fault(kind), skip=skip))
    write(GcsDestination(bucket, PLACE, {}))
    assert bucket.blob("BACKUP.zip").download_as_bytes() == CONTENT
    assert len(server.faults.caused) == 1


def test_bytes_that_were_spoiled_on_the_way_leave_neither_an_object_nor_a_session(
    bucket: storage.Bucket, server: StorageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checksum that goes with the last piece is of what was written, not of what came."""
    append = IncomingContent.append

    def spoil(content: IncomingContent, data: bytes) -> None:
        append(content, data.replace(CONTENT[:8], bytes(8)))

    monkeypatch.setattr(IncomingContent, "append", spoil)
    with pytest.raises((GoogleAPICallError, DataCorruption)):
        write(GcsDestination(bucket, PLACE, {}))
    monkeypatch.undo()
    assert names(bucket) == []
    assert server.sessions.open_names() == []


def test_uploads_are_abandoned_by_who_ends_the_process(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    uploads = OpenUploads()

    def abandon() -> None:
        with GcsDestination(bucket, PLACE, {}, uploads=uploads) as destination:
            destination.write(CONTENT)
            assert server.sessions.open_names() == ["BACKUP.zip"]
            uploads.abandon()
            assert server.sessions.open_names() == []

    with pytest.raises(GoogleAPICallError):
        abandon()
    assert names(bucket) == []


@pytest.mark.parametrize("refused", [False, True])
def test_what_has_ended_is_not_abandoned(refused: bool, bucket: storage.Bucket) -> None:
    def refuse() -> None:
        if refused:
            raise RuntimeError

    uploads = OpenUploads()
    with contextlib.suppress(RuntimeError):
        write(GcsDestination(bucket, PLACE, {}, refuse, uploads=uploads))
    assert len(uploads) == 0
