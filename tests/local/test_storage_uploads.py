"""Uploads of every kind by the real client library."""

import base64
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import google_crc32c
import pytest
from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.exceptions import InvalidResponse
from google.cloud.storage.transfer_manager import THREAD, upload_chunks_concurrently

from local.storage.server import StorageServer
from tests.local.conftest import storage_client

CHUNK = 256 * 1024
DATA = os.urandom(3 * CHUNK + 17)


def crc32c(data: bytes) -> str:
    return base64.b64encode(google_crc32c.Checksum(data).digest()).decode()


def content_of(bucket: storage.Bucket, name: str) -> bytes:
    return bytes(bucket.blob(name).download_as_bytes())


def test_a_multipart_upload_keeps_content_type_and_metadata(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a b/Ünï?#%20.GDB")
    blob.metadata = {"export-tables": "LFCES004", "ключ": "знач"}
    blob.upload_from_string(b"--x\r\n", content_type="application/x-firebird")
    stored_blob = bucket.get_blob("a b/Ünï?#%20.GDB")
    assert stored_blob.content_type == "application/x-firebird"
    assert stored_blob.metadata == {"export-tables": "LFCES004", "ключ": "знач"}
    assert (stored_blob.size, stored_blob.crc32c) == (5, crc32c(b"--x\r\n"))
    assert content_of(bucket, stored_blob.name) == b"--x\r\n"


@pytest.mark.usefixtures("resumable")
@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK, len(DATA)])
def test_a_resumable_upload_of_known_length_is_stored(bucket: storage.Bucket, size: int) -> None:
    blob = bucket.blob("known", chunk_size=CHUNK)
    blob.upload_from_file(io.BytesIO(DATA[:size]), size=size)
    assert (blob.size, blob.crc32c) == (size, crc32c(DATA[:size]))
    assert content_of(bucket, "known") == DATA[:size]


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK, len(DATA)])
def test_a_stream_of_unknown_length_is_stored(bucket: storage.Bucket, size: int) -> None:
    with bucket.blob("stream", chunk_size=CHUNK).open("wb") as stream:
        stream.write(DATA[:size])
    assert content_of(bucket, "stream") == DATA[:size]


def test_an_aborted_stream_leaves_no_object_and_no_file(
    bucket: storage.Bucket, server: StorageServer
) -> None:
    def export() -> None:
        with bucket.blob("aborted", chunk_size=CHUNK).open("wb") as stream:
            stream.write(DATA)
            raise RuntimeError("the export failed")

    with pytest.raises(RuntimeError):
        export()
    assert bucket.get_blob("aborted") is None
    assert not (server.buckets.root / "uploads/aborted").exists()


@pytest.mark.usefixtures("resumable")
def test_an_existing_object_is_kept_if_none_may_exist(bucket: storage.Bucket) -> None:
    bucket.blob("there").upload_from_string(b"first")
    with pytest.raises(PreconditionFailed):
        bucket.blob("there").upload_from_string(b"second", if_generation_match=0)
    blob = bucket.blob("there", chunk_size=CHUNK)
    with pytest.raises(PreconditionFailed):
        blob.upload_from_file(io.BytesIO(DATA), size=len(DATA), if_generation_match=0)
    # the client's stream writer raises the error of its lower layer, not that of api_core
    with (
        pytest.raises(InvalidResponse) as caught,
        bucket.blob("there", chunk_size=CHUNK).open("wb", if_generation_match=0) as stream,
    ):
        stream.write(DATA)
    assert caught.value.response.status_code == 412
    assert content_of(bucket, "there") == b"first"


def test_a_stream_is_refused_at_its_end_if_the_object_exists_by_then(
    bucket: storage.Bucket,
) -> None:
    stream = bucket.blob("race", chunk_size=CHUNK).open("wb", if_generation_match=0)
    stream.write(DATA)
    bucket.blob("race").upload_from_string(b"faster")
    with pytest.raises(InvalidResponse):
        stream.close()
    assert content_of(bucket, "race") == b"faster"


def test_one_of_many_concurrent_writers_creates_the_object(server: StorageServer) -> None:
    def write(writer: int) -> int:
        client = storage_client(server)
        try:
            blob = client.bucket("uploads").blob("won")
            blob.upload_from_string(str(writer) * 1000, if_generation_match=0)
            return 1
        except PreconditionFailed:
            return 0
        finally:
            client.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1


def test_parts_that_are_uploaded_concurrently_become_one_object(
    bucket: storage.Bucket, server: StorageServer, tmp_path: Path
) -> None:
    path = tmp_path / "data"
    path.write_bytes(DATA * 20)
    upload_chunks_concurrently(
        str(path), bucket.blob("a b/parts"), chunk_size=5 << 20, max_workers=2, worker_type=THREAD
    )
    assert content_of(bucket, "a b/parts") == DATA * 20
    assert list((server.buckets.uploads).iterdir()) == []


def test_a_wrong_hash_is_refused(client: storage.Client, server: StorageServer) -> None:
    """The request is sent without the client, which would send the right hash."""
    url = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=media&name=wrong"
    headers = {"X-Goog-Hash": f"crc32c={crc32c(b'other')}"}
    response = client._http.post(url, data=b"hello", headers=headers)
    assert response.status_code == 400
    assert client.bucket("uploads").get_blob("wrong") is None


def test_a_body_of_unknown_length_is_accepted(
    client: storage.Client, server: StorageServer
) -> None:
    url = f"{server.url}/upload/storage/v1/b/uploads/o?uploadType=media&name=chunked"
    assert client._http.post(url, data=iter([b"one", b"two"])).status_code == 200
    assert content_of(client.bucket("uploads"), "chunked") == b"onetwo"


def test_an_unfinished_session_reports_its_range(
    client: storage.Client, bucket: storage.Bucket
) -> None:
    session = bucket.blob("session").create_resumable_upload_session()
    http = client._http
    first_range = {"Content-Range": f"bytes 0-{CHUNK - 1}/*"}
    assert http.put(session, data=DATA[:CHUNK], headers=first_range).status_code == 308
    status = http.put(session, headers={"Content-Range": "bytes */*"})
    assert (status.status_code, status.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    last_range = {"Content-Range": f"bytes {CHUNK}-{len(DATA) - 1}/{len(DATA)}"}
    assert http.put(session, data=DATA[CHUNK:], headers=last_range).status_code == 200
    assert content_of(bucket, "session") == DATA


def test_a_cancelled_session_is_gone(
    client: storage.Client, bucket: storage.Bucket, server: StorageServer
) -> None:
    session = bucket.blob("cancelled").create_resumable_upload_session()
    assert server.sessions.open_names() == ["cancelled"]
    assert client._http.delete(session).status_code == 499
    assert server.sessions.open_names() == []
    assert client._http.put(session, data=b"late").status_code == 404


def test_a_missing_bucket_and_an_invalid_name_are_refused(client: storage.Client) -> None:
    with pytest.raises(NotFound):
        client.bucket("missing").blob("x").upload_from_string(b"x")
    with pytest.raises(BadRequest):
        client.bucket("uploads").blob("line\nfeed").upload_from_string(b"x")


@pytest.mark.parametrize("name", ["a//b", "../up", "/lead", "trail/", ".hidden", "n" * 300])
def test_an_object_name_that_cannot_be_a_file_name_is_stored(
    bucket: storage.Bucket, server: StorageServer, name: str
) -> None:
    bucket.blob(name).upload_from_string(b"odd")
    assert content_of(bucket, name) == b"odd"
    assert list((server.buckets.root / "uploads").rglob("*")) == []


def test_an_object_may_be_named_as_the_folder_of_another(bucket: storage.Bucket) -> None:
    bucket.blob("a/b").upload_from_string(b"inner")
    bucket.blob("a").upload_from_string(b"outer")
    bucket.blob("a/b/c").upload_from_string(b"innermost")
    assert [content_of(bucket, name) for name in ("a", "a/b", "a/b/c")] == [
        b"outer",
        b"inner",
        b"innermost",
    ]
