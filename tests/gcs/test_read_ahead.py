"""Planned ranges that are fetched ahead of the reader."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gdb_export.gcs.read_ahead import ReadAhead

PAGE = 8192
CONTENT = os.urandom(4096 * PAGE)


class Fetch:
    """Returns ranges of CONTENT and records the requests, each of which takes `delay` seconds."""

    def __init__(self, delay: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._delay = delay
        self.requests: list[tuple[int, int]] = []

    def __call__(self, offset: int, length: int) -> bytes:
        with self._lock:
            self.requests.append((offset, length))
        time.sleep(self._delay)
        return CONTENT[offset : offset + length]

    @property
    def fetched(self) -> int:
        return sum(length for _, length in self.requests)


def ahead_of(fetch: Fetch, budget: int = 64 << 20) -> ReadAhead:
    return ReadAhead(fetch, len(CONTENT), budget, budget // 2)


def read_all(ahead: ReadAhead, plan: list[tuple[int, int]]) -> None:
    for offset, length in plan:
        assert ahead.take(offset, length) == CONTENT[offset : offset + length]


def interleaved(tables: int) -> list[tuple[int, int]]:
    """The plan of tables that are read one after another and whose pages are interleaved."""
    pages = range(4096)
    return [(page * PAGE, PAGE) for table in range(tables) for page in pages[table::tables]]


def test_all_ranges_of_the_plan_are_returned() -> None:
    plan = [(0, 3 * PAGE), (10 * PAGE, PAGE), (5 * PAGE, 2 * PAGE), (4095 * PAGE, PAGE)]
    ahead = ahead_of(Fetch())
    ahead.plan(plan)
    read_all(ahead, plan)
    ahead.close()


def test_consecutive_pages_are_fetched_by_large_requests() -> None:
    fetch = Fetch()
    ahead = ahead_of(fetch)
    plan = [(page * PAGE, PAGE) for page in range(4096)]
    ahead.plan(plan)
    read_all(ahead, plan)
    assert fetch.fetched == len(CONTENT)
    assert len(fetch.requests) <= 2 * len(CONTENT) / (4 << 20)


def test_a_small_gap_is_fetched_with_its_neighbours() -> None:
    fetch = Fetch()
    ahead = ahead_of(fetch)
    ahead.plan([(page * PAGE, PAGE) for page in range(40) if page != 20])
    assert ahead.take(0, PAGE) is not None
    ahead.close()
    assert fetch.requests == [(0, 40 * PAGE)]


@pytest.mark.parametrize("tables", [2, 4, 16])
def test_few_unplanned_bytes_are_fetched_for_interleaved_tables(tables: int) -> None:
    fetch = Fetch()
    ahead = ahead_of(fetch, len(CONTENT) // 4)
    plan = interleaved(tables)
    ahead.plan(plan)
    read_all(ahead, plan)
    ahead.close()
    assert fetch.fetched <= 1.15 * len(CONTENT)


def test_the_budget_bounds_the_bytes_fetched_ahead() -> None:
    fetch = Fetch()
    ahead = ahead_of(fetch, 4 << 20)
    ahead.plan([(page * PAGE, PAGE) for page in range(4096)])
    deadline = time.monotonic() + 30
    while fetch.fetched < 4 << 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    ahead.close()
    assert 4 << 20 <= fetch.fetched <= 5 << 20


def test_each_planned_range_is_returned_once_and_no_other() -> None:
    ahead = ahead_of(Fetch())
    ahead.plan([(0, PAGE)])
    assert ahead.take(PAGE, PAGE) is None
    assert ahead.take(0, 2 * PAGE) is None
    assert ahead.take(0, PAGE) is not None
    assert ahead.take(0, PAGE) is None
    ahead.close()


def test_skipped_ranges_are_released() -> None:
    """Ranges that are never taken must not fill the budget."""
    fetch = Fetch()
    ahead = ahead_of(fetch, 12 << 20)
    ahead.plan([(page * PAGE, PAGE) for page in range(4096)])
    were_returned = [ahead.take(page * PAGE, PAGE) is not None for page in range(0, 4096, 7)]
    ahead.close()
    assert all(were_returned)


def test_concurrent_readers_get_every_range() -> None:
    fetch = Fetch(0.001)
    ahead = ahead_of(fetch, 16 << 20)
    plan = interleaved(4)
    ahead.plan(plan)
    wrong = []

    def read(planned: tuple[int, int]) -> None:
        offset, length = planned
        if ahead.take(offset, length) != CONTENT[offset : offset + length]:
            wrong.append(planned)

    with ThreadPoolExecutor(4) as readers:
        list(readers.map(read, plan))
    ahead.close()
    assert wrong == []


def test_the_error_of_a_request_is_raised_by_take() -> None:
    def fail(offset: int, length: int) -> bytes:
        raise OSError("no network")

    ahead = ReadAhead(fail, len(CONTENT), 1 << 20, 1 << 19)
    ahead.plan([(0, PAGE)])
    with pytest.raises(OSError, match="no network"):
        ahead.take(0, PAGE)
    ahead.close()


@pytest.mark.parametrize("seed", range(5))
def test_any_plan_is_read_completely(seed: int) -> None:
    generator = random.Random(seed)
    pages = generator.sample(range(4096), 2000)
    plan = [(page * PAGE, PAGE * generator.randint(1, 3)) for page in pages]
    ahead = ahead_of(Fetch(), generator.choice([1, 4, 64]) << 20)
    ahead.plan(plan)
    read_all(ahead, [(offset, min(length, len(CONTENT) - offset)) for offset, length in plan])
    ahead.close()
