from gdb_export.gcs.recent_range_cache import RecentRangeCache


def test_any_part_of_a_run_is_found() -> None:
    runs = RecentRangeCache(1000)
    runs.add(100, b"abcdef")
    runs.add(300, b"xyz")
    assert runs.get(100, 6) == b"abcdef"
    assert runs.get(102, 2) == b"cd"
    assert runs.get(302, 1) == b"z"


def test_what_no_run_has_whole_is_not_found() -> None:
    runs = RecentRangeCache(1000)
    assert runs.get(0, 1) is None
    runs.add(100, b"abcdef")
    assert runs.get(99, 2) is None
    assert runs.get(104, 3) is None
    assert runs.get(200, 1) is None


def test_the_oldest_runs_go_when_there_are_too_many_bytes() -> None:
    runs = RecentRangeCache(50)
    for start in range(0, 100, 10):
        runs.add(start, bytes(10))
    assert [start for start in range(0, 100, 10) if runs.get(start, 10)] == [50, 60, 70, 80, 90]


def test_a_few_runs_are_kept_however_large_they_are() -> None:
    runs = RecentRangeCache(0)
    for start in range(0, 100, 10):
        runs.add(start, bytes(10))
    assert [start for start in range(0, 100, 10) if runs.get(start, 10)] == [60, 70, 80, 90]
