import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gdb_export.gcs.block_cache import BLOCK, BlockCache

CONTENT = os.urandom(500 * BLOCK + 1234)


class Fetching:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: list[tuple[int, int]] = []
        self.fails = False

    def __call__(self, offset: int, length: int) -> bytes:
        with self._lock:
            self.requests.append((offset, length))
        if self.fails:
            raise OSError("no net")
        return CONTENT[offset : offset + length]


def cache_of(fetch: Fetching, blocks: int = 1000) -> BlockCache:
    return BlockCache(fetch, len(CONTENT), blocks * BLOCK)


def test_a_block_is_fetched_once() -> None:
    fetch = Fetching()
    cache = cache_of(fetch)
    assert cache.read(10 * BLOCK + 5, 10) == CONTENT[10 * BLOCK + 5 : 10 * BLOCK + 15]
    assert cache.read(10 * BLOCK + 100, 10) == CONTENT[10 * BLOCK + 100 : 10 * BLOCK + 110]
    assert fetch.requests == [(10 * BLOCK, BLOCK)]


def test_a_long_read_is_one_request() -> None:
    fetch = Fetching()
    assert cache_of(fetch).read(0, 20 * BLOCK) == CONTENT[: 20 * BLOCK]
    assert fetch.requests == [(0, 20 * BLOCK)]


def test_reading_on_is_noticed_and_followed_by_larger_requests() -> None:
    fetch = Fetching()
    cache = cache_of(fetch)
    for number in range(100):
        cache.read(number * BLOCK, BLOCK)
    assert len(fetch.requests) < 12


def test_reading_by_chance_fetches_nothing_more() -> None:
    fetch = Fetching()
    cache = cache_of(fetch)
    for number in range(0, 400, 10):
        cache.read(number * BLOCK, 100)
    assert sum(length for _, length in fetch.requests) == 40 * BLOCK


def test_the_end_of_the_object_is_the_end() -> None:
    cache = cache_of(Fetching())
    assert cache.read(len(CONTENT) - 10, 100) == CONTENT[-10:]
    assert cache.read(len(CONTENT), 1) == b""


def test_what_was_not_read_for_long_goes_first() -> None:
    fetch = Fetching()
    cache = cache_of(fetch, blocks=64)
    for number in range(0, 400, 2):
        cache.read(number * BLOCK, 1)
        cache.read(0, 1)
    before = len(fetch.requests)
    cache.read(0, 1)
    assert len(fetch.requests) == before
    cache.read(2 * BLOCK, 1)
    assert len(fetch.requests) == before + 1


def test_a_read_longer_than_the_cache_is_still_whole() -> None:
    assert cache_of(Fetching(), blocks=1).read(0, len(CONTENT)) == CONTENT


def test_what_failed_may_be_tried_again() -> None:
    fetch = Fetching()
    cache = cache_of(fetch)
    fetch.fails = True
    for _ in range(2):
        with pytest.raises(OSError, match="no net"):
            cache.read(0, 10)
    fetch.fails = False
    assert cache.read(0, 10) == CONTENT[:10]


def test_many_readers_read_right() -> None:
    cache = cache_of(Fetching(), blocks=100)

    def read(seed: int) -> bool:
        chance = random.Random(seed)
        for _ in range(200):
            offset = chance.randrange(len(CONTENT))
            length = chance.randrange(1, 3 * BLOCK)
            if cache.read(offset, length) != CONTENT[offset : offset + length]:
                return False
        return True

    with ThreadPoolExecutor(8) as readers:
        assert all(readers.map(read, range(16)))
