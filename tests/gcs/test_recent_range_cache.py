"""The cache of recently returned ranges."""

from gdb_export.gcs.recent_range_cache import RecentRangeCache


def test_any_part_of_a_cached_range_is_found() -> None:
    cache = RecentRangeCache(1000)
    cache.add(100, b"abcdef")
    cache.add(300, b"xyz")
    assert cache.get(100, 6) == b"abcdef"
    assert cache.get(102, 2) == b"cd"
    assert cache.get(302, 1) == b"z"


def test_a_range_that_is_not_cached_completely_is_not_found() -> None:
    cache = RecentRangeCache(1000)
    assert cache.get(0, 1) is None
    cache.add(100, b"abcdef")
    assert cache.get(99, 2) is None
    assert cache.get(104, 3) is None
    assert cache.get(200, 1) is None


def test_the_oldest_ranges_are_dropped_when_the_budget_is_exceeded() -> None:
    cache = RecentRangeCache(50)
    for start in range(0, 100, 10):
        cache.add(start, bytes(10))
    assert [start for start in range(0, 100, 10) if cache.get(start, 10)] == [50, 60, 70, 80, 90]


def test_a_few_ranges_are_kept_whatever_their_size() -> None:
    cache = RecentRangeCache(0)
    for start in range(0, 100, 10):
        cache.add(start, bytes(10))
    assert [start for start in range(0, 100, 10) if cache.get(start, 10)] == [60, 70, 80, 90]
