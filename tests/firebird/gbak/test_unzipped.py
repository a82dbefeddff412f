"""The unzipped content of a backup made with -zip."""

import random
import threading
import zlib

import pytest

from gdb_export.firebird.gbak.stream import unzipped
from gdb_export.firebird.gbak.stream.unzipped import UnzippedSource
from tests.firebird.memory_source import MemorySource

HEAD = b"head"  # precedes the compressed data
END = b"\x0a"  # the end record, which is appended


def content(length: int) -> bytes:
    generator = random.Random(7)
    return b"".join(generator.randbytes(50) + bytes(50) for _ in range(length // 100))


def packed(data: bytes) -> bytes:
    """Compressed like gbak's output: a flush in place of the deflate stream's end, and padding."""
    deflate = zlib.compressobj()
    return HEAD + deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH) + bytes(300)


@pytest.fixture
def small_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps decompression states at small distances, so that a small file drops some too."""
    monkeypatch.setattr(unzipped, "_OUTPUT_BYTES", 5000)
    monkeypatch.setattr(unzipped, "_FIRST_DISTANCE", 10_000)
    monkeypatch.setattr(unzipped, "_MAX_STATES", 5)


@pytest.mark.usefixtures("small_distances")
def test_any_range_can_be_read() -> None:
    data = content(300_000)
    source = UnzippedSource(MemorySource(packed(data)), len(HEAD))
    data += END
    assert (source.size, source.damage) == (len(data), None)
    generator = random.Random(1)
    for _ in range(200):
        offset, length = generator.randrange(len(data) + 10), generator.randrange(60_000)
        assert source.read(offset, length) == data[offset : offset + length]


@pytest.mark.usefixtures("small_distances")
def test_several_threads_can_read_at_once() -> None:
    data = content(200_000)
    source = UnzippedSource(MemorySource(packed(data)), len(HEAD))
    results: list[bool] = []

    def read(first: int) -> None:
        offsets = range(first * 7000, len(data), 14_000)
        results.append(
            all(source.read(start, 7000) == (data + END)[start : start + 7000] for start in offsets)
        )

    threads = [threading.Thread(target=read, args=(first,)) for first in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True, True]


def test_the_end_record_is_added_if_the_flush_ends_the_file() -> None:
    data = content(1000)
    source = UnzippedSource(MemorySource(packed(data).rstrip(b"\0")), len(HEAD))
    assert source.read(0, source.size) == data + END


def test_all_bytes_before_damage_are_read() -> None:
    """The damage is a byte of set bits: no deflate block begins with three of them."""
    data = content(300_000)
    source = UnzippedSource(MemorySource(packed(data).rstrip(b"\0") + b"\xff" * 5000), len(HEAD))
    assert "its compressed data is damaged" in str(source.damage)
    assert source.size == len(data)
    assert source.read(0, len(data) + 10) == data


def test_a_file_that_is_cut_off_has_no_end_record() -> None:
    data = content(300_000)
    source = UnzippedSource(MemorySource(packed(data)[:100_000]), len(HEAD))
    assert source.size < len(data)
    assert source.read(0, source.size + 10) == data[: source.size]
