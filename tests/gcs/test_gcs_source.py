"""A source in a bucket: ranges, faults, and objects that are replaced or removed."""

import os
from collections.abc import Collection
from datetime import UTC

import pytest
from google.cloud import storage

from gdb_export.gcs.gcs_source import GcsSource, SourceGone, open_source
from local.faults import Fault, FaultRule
from local.storage.server import StorageServer

CONTENT = os.urandom(3_000_000)
PLENTY = 1 << 30  # a memory budget that fits the whole object


def upload(bucket: storage.Bucket, name: str, content: bytes) -> str:
    """Upload an object; returns its generation."""
    blob = bucket.blob(name)
    blob.upload_from_string(content)
    return str(blob.generation)


@pytest.fixture(params=[PLENTY, 1_000_000], ids=["whole", "by ranges"])
def source(request: pytest.FixtureRequest, bucket: storage.Bucket) -> GcsSource:
    return open_source(bucket, "a/B.GDB", upload(bucket, "a/B.GDB", CONTENT), request.param)


def test_any_range_of_the_object_is_read(source: GcsSource) -> None:
    with source:
        assert (source.name, source.size) == ("B.GDB", len(CONTENT))
        assert source.read(0, 10) == CONTENT[:10]
        assert source.read(1_234_567, 1_000_000) == CONTENT[1_234_567:2_234_567]
        assert source.read(len(CONTENT) - 5, 100) == CONTENT[-5:]
        assert source.read(len(CONTENT), 1) == b""
        assert source.read(0, PLENTY) == CONTENT
        assert source.info().modified_at.tzinfo is UTC


def test_planned_ranges_are_read(source: GcsSource) -> None:
    plan = [(offset, 4096) for offset in range(0, len(CONTENT), 3 * 4096)]
    with source:
        source.will_read(iter(plan))
        for offset, length in plan:
            assert source.read(offset, length) == CONTENT[offset : offset + length]
        assert source.read(0, 4096) == CONTENT[:4096]


@pytest.mark.parametrize("kind", ["status", "cut before", "cut during"])
def test_reading_continues_after_a_fault(
    kind: str, source: GcsSource, server: StorageServer
) -> None:
    server.faults.add(FaultRule("objects.media", Fault(kind)))
    with source:
        assert source.read(0, len(CONTENT)) == CONTENT


def test_a_prefetched_object_may_be_replaced(bucket: storage.Bucket) -> None:
    with open_source(bucket, "B.GDB", upload(bucket, "B.GDB", CONTENT), PLENTY) as source:
        assert source.read(0, 5) == CONTENT[:5]
        upload(bucket, "B.GDB", b"other")
        assert source.read(2_000_000, 5) == CONTENT[2_000_000:2_000_005]


def test_the_generation_is_pinned(bucket: storage.Bucket) -> None:
    """If the object is replaced during the export, no bytes of the new one are returned."""
    with open_source(bucket, "B.GDB", upload(bucket, "B.GDB", CONTENT), 1_000_000) as source:
        assert source.read(0, 5) == CONTENT[:5]
        newer = upload(bucket, "B.GDB", CONTENT)
        assert source.read(5, 5) == CONTENT[5:10]
        with pytest.raises(SourceGone) as caught:
            source.read(2_000_000, 5)
    assert caught.value.newer == newer


def test_the_error_for_a_replaced_object_has_the_newer_generation(bucket: storage.Bucket) -> None:
    old = upload(bucket, "B.GDB", CONTENT)
    new = upload(bucket, "B.GDB", b"other")
    with pytest.raises(SourceGone, match="replaced by a newer upload") as caught:
        open_source(bucket, "B.GDB", old, PLENTY)
    assert caught.value.newer == new


@pytest.mark.usefixtures("short_replacement_waits")
def test_the_error_for_a_removed_object_has_no_newer_generation(bucket: storage.Bucket) -> None:
    old = upload(bucket, "B.GDB", CONTENT)
    bucket.blob("B.GDB").delete()
    with pytest.raises(SourceGone, match="is not there") as caught:
        open_source(bucket, "B.GDB", old, PLENTY)
    assert caught.value.newer is None


def test_an_adjacent_object_is_in_the_same_folder(
    source: GcsSource, bucket: storage.Bucket
) -> None:
    upload(bucket, "a/B.G00", b"more")
    upload(bucket, "C.G00", b"elsewhere")
    with source:
        adjacent = source.open_adjacent("B.G00")
        assert adjacent is not None
        assert adjacent.read(0, 10) == b"more"
        assert source.open_adjacent("C.G00") is None


@pytest.mark.parametrize(
    ("budget", "is_shared", "requests"),
    [(1_000_000, False, [183]), (40_000_000, False, range(1, 5)), (1_000_000, True, range(30))],
)
def test_gaps_between_planned_pages_are_fetched_if_that_is_cheaper(
    budget: int,
    is_shared: bool,
    requests: Collection[int],
    bucket: storage.Bucket,
    server: StorageServer,
) -> None:
    """Every other page is planned, 183 in all. Without the gaps, each takes a request."""
    content = CONTENT if budget < len(CONTENT) else CONTENT * 14
    plan = [(offset, 8192) for offset in range(0, 3_000_000 - 8192, 2 * 8192)]
    generation = upload(bucket, "B.GDB", content)
    with open_source(bucket, "B.GDB", generation, budget, is_shared) as source:
        source.will_read(iter(plan))
        for offset, length in plan:
            assert source.read(offset, length) == content[offset : offset + length]
    assert server.traffic.responses("objects.media") in requests
