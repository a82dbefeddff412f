"""What a zipped backup unpacks to, read at any offset."""

import random
import threading
import zlib

import pytest

from gdb_export.firebird.gbak import unzipped
from gdb_export.firebird.gbak.unzipped import UnzippedSource
from tests.firebird.memory_source import MemorySource

HEAD = b"head"
END = b"\x0a"


def content(length: int) -> bytes:
    chance = random.Random(7)
    return b"".join(chance.randbytes(50) + bytes(50) for _ in range(length // 100))


def packed(data: bytes) -> bytes:
    """As gbak does: one flush at the end, no end of the stream, padding."""
    deflate = zlib.compressobj()
    return HEAD + deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH) + bytes(300)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many states that some are dropped, even of a small file."""
    monkeypatch.setattr(unzipped, "_OUTPUT_BYTES", 5000)
    monkeypatch.setattr(unzipped, "_FIRST_DISTANCE", 10_000)
    monkeypatch.setattr(unzipped, "_MAX_STATES", 5)


@pytest.mark.usefixtures("often")
def test_any_part_is_what_was_packed() -> None:
    data = content(300_000)
    one = UnzippedSource(MemorySource(packed(data)), len(HEAD))
    data += END
    assert (one.size, one.damage) == (len(data), None)
    chance = random.Random(1)
    for _ in range(200):
        offset, length = chance.randrange(len(data) + 10), chance.randrange(60_000)
        assert one.read(offset, length) == data[offset : offset + length]


@pytest.mark.usefixtures("often")
def test_several_threads_read_at_once() -> None:
    data = content(200_000)
    one = UnzippedSource(MemorySource(packed(data)), len(HEAD))
    found: list[bool] = []

    def read(first: int) -> None:
        pieces = range(first * 7000, len(data), 14_000)
        found.append(all(one.read(at, 7000) == (data + END)[at : at + 7000] for at in pieces))

    threads = [threading.Thread(target=read, args=(first,)) for first in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True, True]


def test_the_end_record_is_added_where_the_flush_ends_the_file() -> None:
    data = content(1000)
    one = UnzippedSource(MemorySource(packed(data).rstrip(b"\0")), len(HEAD))
    assert one.read(0, one.size) == data + END


def test_what_comes_before_damage_is_read_to_the_byte() -> None:
    """No block begins with three set bits."""
    data = content(300_000)
    one = UnzippedSource(MemorySource(packed(data).rstrip(b"\0") + b"\xff" * 5000), len(HEAD))
    assert "its compressed data is damaged" in str(one.damage)
    assert one.size == len(data)
    assert one.read(0, len(data) + 10) == data


def test_a_file_that_is_cut_off_has_no_end_record() -> None:
    data = content(300_000)
    one = UnzippedSource(MemorySource(packed(data)[:100_000]), len(HEAD))
    assert one.size < len(data)
    assert one.read(0, one.size + 10) == data[: one.size]
