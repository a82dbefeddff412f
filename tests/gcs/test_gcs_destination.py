"""A ZIP written to a bucket: complete, or no object and no upload session at all."""

import contextlib
import gc
import os

import pytest
from google.api_core.exceptions import Forbidden, GoogleAPICallError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption

from gdb_export.gcs.gcs_destination import GcsDestination
from gdb_export.gcs.resumable_upload import UPLOAD_CHUNK, NameTaken, OpenUploads
from gdb_export.gcs.zip_name import FreeName
from local.faults import Fault, FaultRule
from local.storage.content import IncomingContent
from local.storage.server import StorageServer

OUTPUT = FreeName("BACKUP.zip", 0)
CONTENT = os.urandom(2 * UPLOAD_CHUNK + 12_345)


def write(destination: GcsDestination, content: bytes = CONTENT) -> None:
    with destination:
        for start in range(0, len(content), 1_000_000):
            destination.write(content[start : start + 1_000_000])


def names(bucket: storage.Bucket) -> list[str]:
    return [blob.name for blob in bucket.list_blobs()]


@pytest.mark.parametrize(
    "size", [0, 5, UPLOAD_CHUNK - 1, UPLOAD_CHUNK, UPLOAD_CHUNK + 1, 2 * UPLOAD_CHUNK, len(CONTENT)]
)
def test_the_object_has_the_written_bytes(size: int, bucket: storage.Bucket) -> None:
    destination = GcsDestination(bucket, OUTPUT, {"job": "exports/x"})
    write(destination, CONTENT[:size])
    blob = bucket.get_blob("BACKUP.zip")
    assert blob.download_as_bytes() == CONTENT[:size]
    assert blob.metadata == {"job": "exports/x"}
    assert blob.content_type == "application/zip"
    assert destination.uri == "gs://uploads/BACKUP.zip"


def test_a_destination_that_is_not_entered_writes_nothing(bucket: storage.Bucket) -> None:
    GcsDestination(bucket, OUTPUT, {})
    gc.collect()
    assert names(bucket) == []


def test_the_object_does_not_exist_before_the_end(bucket: storage.Bucket) -> None:
    with GcsDestination(bucket, OUTPUT, {}) as destination:
        destination.write(CONTENT)
        assert names(bucket) == []


def test_an_error_leaves_neither_an_object_nor_a_session(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    def fail_in_the_middle() -> None:
        with GcsDestination(bucket, OUTPUT, {}) as destination:
            destination.write(CONTENT)
            assert server.sessions.open_names() == ["BACKUP.zip"]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    assert names(bucket) == []
    assert server.sessions.open_names() == []


def test_a_session_that_cannot_be_ended_hides_no_error(
    bucket: storage.Bucket, server: StorageServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add(FaultRule("uploads.cancel", Fault("cut before"), times=None))

    def fail() -> None:
        with GcsDestination(bucket, OUTPUT, {}) as destination:
            destination.write(CONTENT)
            raise RuntimeError("the export failed")

    with pytest.raises(RuntimeError, match="the export failed"):
        fail()
    assert "the upload session of gs://uploads/BACKUP.zip may stay open" in caplog.text
    gc.collect()
    assert names(bucket) == []


def test_an_error_before_the_commit_cancels_the_upload(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    def refuse() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(GcsDestination(bucket, OUTPUT, {}, refuse))
    assert names(bucket) == []
    assert server.sessions.open_names() == []


def test_an_existing_object_is_not_replaced(bucket: storage.Bucket) -> None:
    bucket.blob("BACKUP.zip").upload_from_string(b"mine")
    with pytest.raises(NameTaken):
        write(GcsDestination(bucket, OUTPUT, {}))
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"mine"


def test_an_object_created_meanwhile_is_not_replaced(bucket: storage.Bucket) -> None:
    destination = GcsDestination(
        bucket, OUTPUT, {}, lambda: bucket.blob("BACKUP.zip").upload_from_string(b"faster")
    )
    with pytest.raises(NameTaken):
        write(destination)
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"faster"


def test_an_overwrite_replaces_the_given_generation_only(bucket: storage.Bucket) -> None:
    old = bucket.blob("BACKUP.zip")
    old.upload_from_string(b"old")
    write(GcsDestination(bucket, FreeName("BACKUP.zip", old.generation), {}), b"new")
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"new"
    with pytest.raises(NameTaken):
        write(GcsDestination(bucket, FreeName("BACKUP.zip", old.generation), {}), b"late")
    assert bucket.blob("BACKUP.zip").download_as_bytes() == b"new"


def test_a_denied_upload_raises_forbidden(bucket: storage.Bucket, server: StorageServer) -> None:
    server.faults.add(FaultRule("uploads.start", Fault("status", status=403), times=None))
    with pytest.raises(Forbidden):
        write(GcsDestination(bucket, OUTPUT, {}))
    assert names(bucket) == []


@pytest.mark.parametrize("kind", ["cut before", "cut during", "cut after", "status"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_an_upload_continues_after_a_fault(
    kind: str, skip: int, bucket: storage.Bucket, server: StorageServer
) -> None:
    server.faults.add(FaultRule("uploads.put", Fault(kind), skip=skip))
    write(GcsDestination(bucket, OUTPUT, {}))
    assert bucket.blob("BACKUP.zip").download_as_bytes() == CONTENT
    assert len(server.faults.injected) == 1


def test_an_upload_with_a_wrong_checksum_leaves_neither_an_object_nor_a_session(
    bucket: storage.Bucket, server: StorageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checksum in the last request is that of the written bytes; the server stores others."""
    append = IncomingContent.append

    def corrupt(content: IncomingContent, data: bytes) -> None:
        append(content, data.replace(CONTENT[:8], bytes(8)))

    monkeypatch.setattr(IncomingContent, "append", corrupt)
    with pytest.raises((GoogleAPICallError, DataCorruption)):
        write(GcsDestination(bucket, OUTPUT, {}))
    monkeypatch.undo()
    assert names(bucket) == []
    assert server.sessions.open_names() == []


def test_open_uploads_can_be_abandoned(bucket: storage.Bucket, server: StorageServer) -> None:
    uploads = OpenUploads()

    def abandon() -> None:
        with GcsDestination(bucket, OUTPUT, {}, uploads=uploads) as destination:
            destination.write(CONTENT)
            assert server.sessions.open_names() == ["BACKUP.zip"]
            uploads.abandon()
            assert server.sessions.open_names() == []

    with pytest.raises(GoogleAPICallError):
        abandon()
    assert names(bucket) == []


@pytest.mark.parametrize("refused", [False, True])
def test_a_finished_upload_is_not_open(refused: bool, bucket: storage.Bucket) -> None:
    def refuse() -> None:
        if refused:
            raise RuntimeError

    uploads = OpenUploads()
    with contextlib.suppress(RuntimeError):
        write(GcsDestination(bucket, OUTPUT, {}, refuse, uploads=uploads))
    assert len(uploads) == 0
