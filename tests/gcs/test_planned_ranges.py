"""The coalescing of planned ranges into requests."""

from gdb_export.gcs.planned_ranges import PlannedRanges, Range

SIZE = 1000


def planned_ranges(
    plan: list[Range], window: int = 200, max_request: int = 100, max_gap_ratio: float = 0.1
) -> PlannedRanges:
    ranges = PlannedRanges(SIZE, window, max_request, max_gap_ratio)
    ranges.replace(plan)
    return ranges


def take_all(ranges: PlannedRanges) -> list[list[Range]]:
    """Take all ranges; returns those of each request."""
    groups = []
    while group := ranges.take_next():
        groups.append([(item.offset, item.length) for item in group])
    return groups


def test_neighbours_are_taken_together_even_if_one_is_read_later() -> None:
    """Two interleaved tables, read one after the other."""
    plan = [(0, 10), (20, 10), (40, 10), (10, 10), (30, 10), (50, 10)]
    together = [(0, 10), (10, 10), (20, 10), (30, 10), (40, 10), (50, 10)]
    assert take_all(planned_ranges(plan)) == [together]


def test_neighbours_before_the_next_range_are_taken_too() -> None:
    assert take_all(planned_ranges([(500, 10), (490, 10), (510, 10)])) == [
        [(490, 10), (500, 10), (510, 10)]
    ]


def test_large_gaps_are_not_taken() -> None:
    assert take_all(planned_ranges([(0, 50), (55, 10)])) == [[(0, 50), (55, 10)]]
    assert take_all(planned_ranges([(0, 50), (60, 10)])) == [[(0, 50)], [(60, 10)]]


def test_a_higher_gap_ratio_allows_larger_gaps() -> None:
    plan = [(0, 10), (20, 10), (60, 10)]
    assert take_all(planned_ranges(plan, max_gap_ratio=0.5)) == [[(0, 10), (20, 10)], [(60, 10)]]
    assert take_all(planned_ranges(plan, max_gap_ratio=2)) == [plan]


def test_a_request_is_bounded_unless_it_is_one_range() -> None:
    assert take_all(planned_ranges([(0, 60), (60, 60)])) == [[(0, 60)], [(60, 60)]]
    assert take_all(planned_ranges([(0, 300)])) == [[(0, 300)]]


def test_only_ranges_in_the_window_are_coalesced() -> None:
    plan = [(0, 10), (500, 10), (510, 10), (10, 10)]
    assert take_all(planned_ranges(plan, window=30)) == [
        [(0, 10)],
        [(500, 10), (510, 10)],
        [(10, 10)],
    ]


def test_ranges_are_cut_at_the_end_of_the_object() -> None:
    assert take_all(planned_ranges([(990, 50), (SIZE, 10)])) == [[(990, 10)]]


def test_a_range_is_planned_until_it_is_taken() -> None:
    ranges = planned_ranges([(0, 10), (100, 10)])
    assert 100 in ranges
    assert [item.offset for item in ranges.take_around(100)] == [100]
    assert 100 not in ranges
    assert take_all(ranges) == [[(0, 10)]]


def test_the_planned_range_that_contains_a_range() -> None:
    ranges = planned_ranges([(100, 50), (300, 50)])
    assert 300 in ranges
    assert ranges.containing(110, 40) == 100
    assert ranges.containing(110, 41) is None
    assert ranges.containing(99, 2) is None
    assert ranges.containing(320, 1) == 300


def test_a_new_plan_replaces_the_rest_of_the_old_one() -> None:
    ranges = planned_ranges([(0, 10), (100, 10)])
    assert 0 in ranges
    ranges.replace([(200, 10)])
    assert take_all(ranges) == [[(200, 10)]]
