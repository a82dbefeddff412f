"""Reads without a plan, in blocks that are fetched once."""

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gdb_export.gcs.block_cache import BLOCK, BlockCache

CONTENT = os.urandom(500 * BLOCK + 1234)


class Fetch:
    """Returns ranges of CONTENT and records the requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: list[tuple[int, int]] = []
        self.fails = False

    def __call__(self, offset: int, length: int) -> bytes:
        with self._lock:
            self.requests.append((offset, length))
        if self.fails:
            raise OSError("no network")
        return CONTENT[offset : offset + length]


def cache_of(fetch: Fetch, blocks: int = 1000) -> BlockCache:
    return BlockCache(fetch, len(CONTENT), blocks * BLOCK)


def test_a_block_is_fetched_once() -> None:
    fetch = Fetch()
    cache = cache_of(fetch)
    assert cache.read(10 * BLOCK + 5, 10) == CONTENT[10 * BLOCK + 5 : 10 * BLOCK + 15]
    assert cache.read(10 * BLOCK + 100, 10) == CONTENT[10 * BLOCK + 100 : 10 * BLOCK + 110]
    assert fetch.requests == [(10 * BLOCK, BLOCK)]


def test_a_long_read_is_one_request() -> None:
    fetch = Fetch()
    assert cache_of(fetch).read(0, 20 * BLOCK) == CONTENT[: 20 * BLOCK]
    assert fetch.requests == [(0, 20 * BLOCK)]


def test_sequential_reads_lead_to_larger_requests() -> None:
    fetch = Fetch()
    cache = cache_of(fetch)
    for index in range(100):
        cache.read(index * BLOCK, BLOCK)
    assert len(fetch.requests) < 12


def test_scattered_reads_fetch_nothing_ahead() -> None:
    fetch = Fetch()
    cache = cache_of(fetch)
    for index in range(0, 400, 10):
        cache.read(index * BLOCK, 100)
    assert sum(length for _, length in fetch.requests) == 40 * BLOCK


def test_a_read_ends_with_the_object() -> None:
    cache = cache_of(Fetch())
    assert cache.read(len(CONTENT) - 10, 100) == CONTENT[-10:]
    assert cache.read(len(CONTENT), 1) == b""


def test_the_least_recently_used_block_is_dropped_first() -> None:
    fetch = Fetch()
    cache = cache_of(fetch, blocks=64)
    for index in range(0, 400, 2):
        cache.read(index * BLOCK, 1)
        cache.read(0, 1)
    before = len(fetch.requests)
    cache.read(0, 1)
    assert len(fetch.requests) == before
    cache.read(2 * BLOCK, 1)
    assert len(fetch.requests) == before + 1


def test_a_read_larger_than_the_cache_is_complete() -> None:
    assert cache_of(Fetch(), blocks=1).read(0, len(CONTENT)) == CONTENT


def test_a_failed_read_can_be_repeated() -> None:
    fetch = Fetch()
    cache = cache_of(fetch)
    fetch.fails = True
    for _ in range(2):
        with pytest.raises(OSError, match="no network"):
            cache.read(0, 10)
    fetch.fails = False
    assert cache.read(0, 10) == CONTENT[:10]


def test_concurrent_reads_return_the_right_bytes() -> None:
    cache = cache_of(Fetch(), blocks=100)

    def read(seed: int) -> bool:
        generator = random.Random(seed)
        for _ in range(200):
            offset = generator.randrange(len(CONTENT))
            length = generator.randrange(1, 3 * BLOCK)
            if cache.read(offset, length) != CONTENT[offset : offset + length]:
                return False
        return True

    with ThreadPoolExecutor(8) as readers:
        assert all(readers.map(read, range(16)))
