"""Reading, listing, changing and composing objects by the real client library."""

import io

import pytest
from google.api_core.exceptions import (
    BadRequest,
    Forbidden,
    NotFound,
    NotModified,
    PreconditionFailed,
    RequestRangeNotSatisfiable,
)
from google.cloud import storage

from local.http_server import HttpError
from local.storage.listing import glob_pattern
from local.storage.object_requests import byte_range

DATA = bytes(range(256)) * 4096


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    blob = bucket.blob("folder/data.bin")
    blob.upload_from_file(io.BytesIO(DATA), size=len(DATA))
    return blob


def test_a_range_is_downloaded(blob: storage.Blob) -> None:
    assert blob.download_as_bytes(start=1000, end=1999) == DATA[1000:2000]
    assert blob.download_as_bytes(start=len(DATA) - 10) == DATA[-10:]
    assert blob.download_as_bytes(start=-7) == DATA[-7:]
    with pytest.raises(RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=len(DATA))


def test_a_reader_seeks(blob: storage.Blob) -> None:
    with blob.open("rb", chunk_size=256 * 1024) as reader:
        reader.seek(700_000)
        assert reader.read(10) == DATA[700_000:700_010]
        reader.seek(5)
        assert reader.read(3) == DATA[5:8]


def test_only_the_current_generation_can_be_read(
    bucket: storage.Bucket, blob: storage.Blob
) -> None:
    old = blob.generation
    assert bucket.blob(blob.name, generation=old).download_as_bytes() == DATA
    blob.upload_from_string(b"new")
    assert blob.generation > old
    with pytest.raises(NotFound):
        bucket.blob(blob.name, generation=old).download_as_bytes()


def test_a_generation_has_sixteen_digits(blob: storage.Blob) -> None:
    assert len(str(blob.generation)) == 16


def test_unmet_conditions_are_refused_by_every_method(
    bucket: storage.Bucket, blob: storage.Blob
) -> None:
    other_generation = blob.generation - 1
    same_blob = bucket.blob(blob.name)
    with pytest.raises(PreconditionFailed):
        same_blob.download_as_bytes(if_generation_match=other_generation)
    with pytest.raises(PreconditionFailed):
        same_blob.reload(if_generation_match=other_generation)
    with pytest.raises(PreconditionFailed):
        same_blob.delete(if_generation_match=other_generation)
    with pytest.raises(PreconditionFailed):
        same_blob.compose([blob], if_generation_match=other_generation)
    with pytest.raises(PreconditionFailed):
        same_blob.rewrite(blob, if_source_generation_match=other_generation)
    blob.metadata = {"a": "b"}
    with pytest.raises(PreconditionFailed):
        blob.patch(if_metageneration_match=99)
    assert same_blob.download_as_bytes(if_generation_match=blob.generation) == DATA


def test_an_unchanged_object_is_not_sent_again(blob: storage.Blob) -> None:
    with pytest.raises(NotModified):
        blob.reload(if_generation_not_match=blob.generation)
    with pytest.raises(NotModified):
        blob.reload(if_metageneration_not_match=1)
    blob.reload(if_generation_not_match=blob.generation - 1)


@pytest.mark.parametrize(
    ("header", "selected"),
    [
        (None, None),
        ("bytes=0-", range(10)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=8-99", range(8, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=10-", range(10, 10)),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
    ],
)
def test_a_range_header_is_parsed(header: str | None, selected: range | None) -> None:
    assert byte_range(header, 10) == selected


def test_a_patch_changes_the_metageneration_only(
    bucket: storage.Bucket, blob: storage.Blob
) -> None:
    blob.metadata = {"keep": "1", "drop": "2"}
    blob.patch()
    blob.metadata = {"keep": "1", "drop": None}
    blob.patch()
    patched = bucket.get_blob(blob.name)
    assert patched.metadata == {"keep": "1"}
    assert (patched.generation, patched.metageneration) == (blob.generation, 3)


def test_a_composed_object_has_its_parts_and_no_md5(bucket: storage.Bucket) -> None:
    parts = [bucket.blob(name) for name in ("1", "2")]
    for part in parts:
        part.upload_from_string(f"part {part.name};")
    whole = bucket.blob("whole")
    whole.compose(parts)
    assert whole.download_as_bytes() == b"part 1;part 2;"
    assert (whole.component_count, whole.md5_hash) == (2, None)
    twice = bucket.blob("twice")
    twice.compose([whole, whole])
    assert twice.component_count == 4


def test_a_composition_of_a_replaced_part_is_refused(bucket: storage.Bucket) -> None:
    part = bucket.blob("part")
    part.upload_from_string(b"1")
    with pytest.raises(PreconditionFailed):
        bucket.blob("whole").compose(
            [part], if_source_generation_match=[part.generation - 1], if_generation_match=0
        )
    assert bucket.get_blob("whole") is None


def test_copies_and_renamed_objects_have_the_content_and_metadata(
    bucket: storage.Bucket, blob: storage.Blob
) -> None:
    blob.metadata = {"a": "b"}
    blob.patch()
    copy = bucket.copy_blob(blob, bucket, "copy")
    assert (copy.metadata, copy.download_as_bytes()) == ({"a": "b"}, DATA)
    token, done, total = bucket.blob("rewritten").rewrite(blob)
    assert (token, done, total) == (None, len(DATA), len(DATA))
    bucket.rename_blob(copy, "renamed")
    assert bucket.get_blob("copy") is None
    assert bucket.get_blob("renamed").size == len(DATA)


def test_a_deleted_object_is_gone(bucket: storage.Bucket, blob: storage.Blob) -> None:
    blob.delete()
    assert bucket.get_blob(blob.name) is None
    with pytest.raises(NotFound):
        blob.delete()


def test_lists_support_prefixes_delimiters_globs_and_pages(bucket: storage.Bucket) -> None:
    for name in ("a/1", "a/2", "a/deep/3", "b/1", "top"):
        bucket.blob(name).upload_from_string(b"x")

    def names(**query: object) -> list[str]:
        return [blob.name for blob in bucket.list_blobs(**query)]

    assert names(prefix="a/") == ["a/1", "a/2", "a/deep/3"]
    assert names(page_size=2) == ["a/1", "a/2", "a/deep/3", "b/1", "top"]
    assert names(match_glob="a/*") == ["a/1", "a/2"]
    assert names(match_glob="**/{1,3}") == ["a/1", "a/deep/3", "b/1"]
    assert names(start_offset="a/2", end_offset="b/2") == ["a/2", "a/deep/3", "b/1"]
    folders = bucket.list_blobs(delimiter="/", page_size=1)
    assert [blob.name for blob in folders] == ["top"]
    assert folders.prefixes == {"a/", "b/"}


def test_an_unclosed_glob_is_refused() -> None:
    with pytest.raises(HttpError, match="Invalid glob"):
        glob_pattern("{a,b")


def test_buckets_are_created_listed_changed_and_deleted(client: storage.Client) -> None:
    created = client.create_bucket("second")
    assert [bucket.name for bucket in client.list_buckets()] == ["second", "uploads"]
    created.add_lifecycle_delete_rule(age=7)
    created.patch()
    assert len(list(client.get_bucket("second").lifecycle_rules)) == 1
    assert created.test_iam_permissions(["storage.objects.get"]) == ["storage.objects.get"]
    created.delete()
    with pytest.raises(NotFound):
        client.get_bucket("second")


def test_a_retained_object_is_neither_deleted_nor_replaced(
    bucket: storage.Bucket, blob: storage.Blob
) -> None:
    """https://cloud.google.com/storage/docs/bucket-lock"""
    bucket.retention_period = 3600
    bucket.patch()
    with pytest.raises(Forbidden):
        blob.delete()
    with pytest.raises(Forbidden):
        bucket.blob(blob.name).upload_from_string(b"new")
    with pytest.raises(PreconditionFailed):
        bucket.blob(blob.name).upload_from_string(b"new", if_generation_match=0)
    bucket.blob("new").upload_from_string(b"new")
    bucket.retention_period = None
    bucket.patch()
    blob.delete()


def test_a_bucket_takes_ten_notifications(bucket: storage.Bucket) -> None:
    """https://cloud.google.com/storage/quotas"""
    for _ in range(10):
        bucket.notification("topic", topic_project="demo").create()
    with pytest.raises(BadRequest):
        bucket.notification("topic", topic_project="demo").create()
