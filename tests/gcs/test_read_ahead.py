import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gdb_export.gcs.read_ahead import ReadAhead

PAGE = 8192
CONTENT = os.urandom(4096 * PAGE)


class Fetching:
    """Counts what is fetched; `slowly` lets what was begun pile up."""

    def __init__(self, slowly: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._slowly = slowly
        self.requests: list[tuple[int, int]] = []

    def __call__(self, offset: int, length: int) -> bytes:
        with self._lock:
            self.requests.append((offset, length))
        time.sleep(self._slowly)
        return CONTENT[offset : offset + length]

    @property
    def fetched(self) -> int:
        return sum(length for _, length in self.requests)


def ahead_of(fetch: Fetching, budget: int = 64 << 20) -> ReadAhead:
    return ReadAhead(fetch, len(CONTENT), budget, budget // 2)


def read_all(ahead: ReadAhead, plan: list[tuple[int, int]]) -> None:
    for offset, length in plan:
        assert ahead.take(offset, length) == CONTENT[offset : offset + length]


def interleaved(tables: int) -> list[tuple[int, int]]:
    """Pages of the tables one after another, which lie in turns in the file."""
    pages = range(4096)
    return [(page * PAGE, PAGE) for table in range(tables) for page in pages[table::tables]]


def test_the_whole_plan_is_given_out() -> None:
    plan = [(0, 3 * PAGE), (10 * PAGE, PAGE), (5 * PAGE, 2 * PAGE), (4095 * PAGE, PAGE)]
    ahead = ahead_of(Fetching())
    ahead.plan(plan)
    read_all(ahead, plan)
    ahead.close()


def test_pages_in_a_row_are_fetched_by_large_requests() -> None:
    fetch = Fetching()
    ahead = ahead_of(fetch)
    plan = [(page * PAGE, PAGE) for page in range(4096)]
    ahead.plan(plan)
    read_all(ahead, plan)
    assert fetch.fetched == len(CONTENT)
    assert len(fetch.requests) <= 2 * len(CONTENT) / (4 << 20)


def test_a_small_gap_is_fetched_rather_than_another_request_made() -> None:
    fetch = Fetching()
    ahead = ahead_of(fetch)
    ahead.plan([(page * PAGE, PAGE) for page in range(40) if page != 20])
    assert ahead.take(0, PAGE) is not None
    ahead.close()
    assert fetch.requests == [(0, 40 * PAGE)]


@pytest.mark.parametrize("tables", [2, 4, 16])
def test_little_is_fetched_in_vain_of_interleaved_tables(tables: int) -> None:
    fetch = Fetching()
    ahead = ahead_of(fetch, len(CONTENT) // 4)
    plan = interleaved(tables)
    ahead.plan(plan)
    read_all(ahead, plan)
    ahead.close()
    assert fetch.fetched <= 1.15 * len(CONTENT)


def test_only_so_much_is_held_ahead_of_the_reader() -> None:
    fetch = Fetching()
    ahead = ahead_of(fetch, 4 << 20)
    ahead.plan([(page * PAGE, PAGE) for page in range(4096)])
    time.sleep(0.2)
    ahead.close()
    assert fetch.fetched <= 5 << 20


def test_what_is_not_planned_is_not_given() -> None:
    ahead = ahead_of(Fetching())
    ahead.plan([(0, PAGE)])
    assert ahead.take(PAGE, PAGE) is None
    assert ahead.take(0, 2 * PAGE) is None
    assert ahead.take(0, PAGE) is not None
    assert ahead.take(0, PAGE) is None
    ahead.close()


def test_a_reader_who_leaves_parts_out_is_followed_all_the_same() -> None:
    """What is never asked for must not take the room of what is."""
    fetch = Fetching()
    ahead = ahead_of(fetch, 12 << 20)
    ahead.plan([(page * PAGE, PAGE) for page in range(4096)])
    given = [ahead.take(page * PAGE, PAGE) is not None for page in range(0, 4096, 7)]
    ahead.close()
    assert all(given)


def test_several_readers_get_each_part_once() -> None:
    fetch = Fetching(0.001)
    ahead = ahead_of(fetch, 16 << 20)
    plan = interleaved(4)
    ahead.plan(plan)
    missed = []

    def read(part: tuple[int, int]) -> None:
        data = ahead.take(*part)
        if data is None:
            missed.append(part)
        else:
            assert data == CONTENT[part[0] : part[0] + part[1]]

    with ThreadPoolExecutor(4) as readers:
        list(readers.map(read, plan))
    ahead.close()
    assert not missed


def test_a_failed_request_fails_for_whoever_needed_it() -> None:
    def fail(offset: int, length: int) -> bytes:
        raise OSError("no net")

    ahead = ReadAhead(fail, len(CONTENT), 1 << 20, 1 << 19)
    ahead.plan([(0, PAGE)])
    with pytest.raises(OSError, match="no net"):
        ahead.take(0, PAGE)
    ahead.close()


@pytest.mark.parametrize("seed", range(5))
def test_any_plan_is_read_right(seed: int) -> None:
    chance = random.Random(seed)
    pages = chance.sample(range(4096), 2000)
    plan = [(page * PAGE, PAGE * chance.randint(1, 3)) for page in pages]
    ahead = ahead_of(Fetching(), chance.choice([1, 4, 64]) << 20)
    ahead.plan(plan)
    for offset, length in plan:
        data = ahead.take(offset, min(length, len(CONTENT) - offset))
        assert data in (None, CONTENT[offset : offset + length])
    ahead.close()
