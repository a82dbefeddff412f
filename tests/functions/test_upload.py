"""Storage events that are uploads, and those that are ignored."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.http import CloudEvent

from upload import FINALIZED, Ignored, Upload, read_upload

DATA = {
    "bucket": "uploads",
    "name": "shop/BACKUP.GDB",
    "generation": "1714564800123456",
    "size": "4096",
    "timeCreated": "2024-05-01T12:00:00.123Z",
    "metadata": {"export-strict": "true"},
}


def event(data: Any, kind: str = FINALIZED) -> CloudEvent:
    source = "//storage.googleapis.com/projects/_/buckets/uploads"
    return CloudEvent({"type": kind, "source": source, "id": "1"}, data)


def test_an_event_is_parsed() -> None:
    upload = read_upload(event(DATA))
    assert isinstance(upload, Upload)
    assert upload.source.uri == "gs://uploads/shop/BACKUP.GDB"
    assert (upload.source.generation, upload.source.size) == ("1714564800123456", 4096)
    assert upload.uploaded_at == datetime(2024, 5, 1, 12, 0, 0, 123000, UTC)
    assert upload.metadata == {"export-strict": "true"}


@pytest.mark.parametrize(
    ("hashes", "checksum"),
    [
        ({}, None),
        ({"crc32c": "AAAAAA=="}, "crc32c=AAAAAA=="),
        ({"crc32c": "AAAAAA==", "md5Hash": "1B2M"}, "crc32c=AAAAAA==,md5Hash=1B2M"),
    ],
)
def test_the_checksum_is_of_the_hashes_that_the_object_has(
    hashes: dict[str, str], checksum: str | None
) -> None:
    """Composed objects have no MD5."""
    upload = read_upload(event(DATA | hashes))
    assert isinstance(upload, Upload)
    assert upload.source.checksum == checksum


def test_generation_and_size_may_be_numbers() -> None:
    """Google's examples have numbers, live events have strings."""
    numbers = DATA | {"generation": 1714564800123456, "size": 4096}
    assert read_upload(event(numbers)) == read_upload(event(DATA))


@pytest.mark.parametrize(
    "name", ["a.gdb", "a.GDB", "x/y.Fdb", "a.IB", "old.fbk", "old.GBK", " .gdb"]
)
def test_databases_and_backups_are_uploads(name: str) -> None:
    assert isinstance(read_upload(event(DATA | {"name": name})), Upload)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "BACKUP.zip"},
        {"name": "BACKUP.gdb/"},
        {"name": "gdb"},
        {"name": "BACKUP.gdb.part"},
        {"name": "gcloud/tmp/parallel_composite_uploads/x/BACKUP.GDB"},
        {"size": "0"},
    ],
)
def test_other_objects_are_ignored_without_a_warning(change: dict[str, str]) -> None:
    ignored = read_upload(event(DATA | change))
    assert isinstance(ignored, Ignored)
    assert not ignored.malformed


def test_other_events_are_ignored() -> None:
    other = read_upload(event(DATA, "google.cloud.storage.object.v1.deleted"))
    assert isinstance(other, Ignored)


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        "text",
        [],
        {},
        {**DATA, "generation": "newest"},
        {**DATA, "generation": None},
        {**DATA, "name": 7},
        {**DATA, "bucket": ""},
        {**DATA, "size": {}},
        {**DATA, "timeCreated": "yesterday"},
        {**DATA, "metadata": ["a"]},
        {**DATA, "metadata": {"export-strict": True}},
        {key: value for key, value in DATA.items() if key != "timeCreated"},
    ],
)
def test_malformed_data_is_ignored(data: Any) -> None:
    ignored = read_upload(event(data))
    assert isinstance(ignored, Ignored)
    assert ignored.malformed


def test_only_objects_under_the_prefix_are_uploads() -> None:
    named = event(DATA | {"name": "cnes/BACKUP.GDB"})
    assert isinstance(read_upload(named, "cnes/"), Upload)
    ignored = read_upload(named, "sih/")
    assert isinstance(ignored, Ignored)
    assert not ignored.malformed
