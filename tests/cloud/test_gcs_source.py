import os
from datetime import UTC

import pytest
from google.cloud import storage

from job.cloud.gcs_source import SourceGone, open_source

CONTENT = os.urandom(300_000)


def upload(bucket: storage.Bucket, name: str, content: bytes) -> str:
    blob = bucket.blob(name)
    blob.upload_from_string(content)
    return str(blob.generation)


def test_the_object_is_read_as_it_is(bucket: storage.Bucket) -> None:
    source = open_source(bucket, "a/B.GDB", upload(bucket, "a/B.GDB", CONTENT))
    assert source.size == len(CONTENT)
    assert source.read(0, 10) == CONTENT[:10]
    assert source.read(123_456, 4096) == CONTENT[123_456 : 123_456 + 4096]
    assert source.read(len(CONTENT) - 5, 100) == CONTENT[-5:]
    assert source.read(len(CONTENT), 1) == b""
    assert source.modified_at.tzinfo is UTC


def test_a_replaced_object_names_its_successor(bucket: storage.Bucket) -> None:
    old = upload(bucket, "B.GDB", CONTENT)
    new = upload(bucket, "B.GDB", b"other")
    with pytest.raises(SourceGone, match="replaced by a newer upload") as caught:
        open_source(bucket, "B.GDB", old)
    assert caught.value.newer == new


def test_a_removed_object_has_no_successor(bucket: storage.Bucket) -> None:
    old = upload(bucket, "B.GDB", CONTENT)
    bucket.blob("B.GDB").delete()
    with pytest.raises(SourceGone, match="removed") as caught:
        open_source(bucket, "B.GDB", old)
    assert caught.value.newer is None


def test_a_sibling_lies_in_the_same_folder(bucket: storage.Bucket) -> None:
    source = open_source(bucket, "a/B.GDB", upload(bucket, "a/B.GDB", CONTENT))
    upload(bucket, "a/B.G00", b"more")
    upload(bucket, "C.G00", b"elsewhere")
    beside = source.sibling("B.G00")
    assert beside is not None
    assert beside.read(0, 10) == b"more"
    assert source.sibling("C.G00") is None
