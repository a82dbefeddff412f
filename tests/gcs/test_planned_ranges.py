from gdb_export.gcs.planned_ranges import PlannedRanges, Range

SIZE = 1000


def planned(
    plan: list[Range], window: int = 200, max_request: int = 100, max_gap_ratio: float = 0.1
) -> PlannedRanges:
    ranges = PlannedRanges(SIZE, window, max_request, max_gap_ratio)
    ranges.replace(plan)
    return ranges


def taken(ranges: PlannedRanges) -> list[list[Range]]:
    found = []
    while parts := ranges.take_next():
        found.append([(part.offset, part.length) for part in parts])
    return found


def test_neighbours_are_taken_together_though_one_comes_later() -> None:
    """Two tables in turns, one to be read after the other."""
    plan = [(0, 10), (20, 10), (40, 10), (10, 10), (30, 10), (50, 10)]
    together = [(0, 10), (10, 10), (20, 10), (30, 10), (40, 10), (50, 10)]
    assert taken(planned(plan)) == [together]


def test_also_those_before_it() -> None:
    assert taken(planned([(500, 10), (490, 10), (510, 10)])) == [[(490, 10), (500, 10), (510, 10)]]


def test_but_not_over_much_that_nobody_wants() -> None:
    assert taken(planned([(0, 50), (55, 10)])) == [[(0, 50), (55, 10)]]
    assert taken(planned([(0, 50), (60, 10)])) == [[(0, 50)], [(60, 10)]]


def test_more_of_that_where_it_costs_little() -> None:
    plan = [(0, 10), (20, 10), (60, 10)]
    assert taken(planned(plan, max_gap_ratio=0.5)) == [[(0, 10), (20, 10)], [(60, 10)]]
    assert taken(planned(plan, max_gap_ratio=2)) == [plan]


def test_nor_more_than_the_largest_request() -> None:
    assert taken(planned([(0, 60), (60, 60)])) == [[(0, 60)], [(60, 60)]]
    assert taken(planned([(0, 300)])) == [[(0, 300)]]


def test_only_so_much_of_the_plan_is_looked_over() -> None:
    plan = [(0, 10), (500, 10), (510, 10), (10, 10)]
    assert taken(planned(plan, window=30)) == [[(0, 10)], [(500, 10), (510, 10)], [(10, 10)]]


def test_what_lies_beyond_the_end_is_left_out() -> None:
    assert taken(planned([(990, 50), (SIZE, 10)])) == [[(990, 10)]]


def test_a_part_is_planned_until_it_is_taken() -> None:
    ranges = planned([(0, 10), (100, 10)])
    assert 100 in ranges
    assert [part.offset for part in ranges.take_around(100)] == [100]
    assert 100 not in ranges
    assert taken(ranges) == [[(0, 10)]]


def test_the_part_that_has_some_bytes() -> None:
    ranges = planned([(100, 50), (300, 50)])
    assert 300 in ranges
    assert ranges.containing(110, 40) == 100
    assert ranges.containing(110, 41) is None
    assert ranges.containing(99, 2) is None
    assert ranges.containing(320, 1) == 300


def test_a_new_plan_replaces_what_is_left() -> None:
    ranges = planned([(0, 10), (100, 10)])
    assert 0 in ranges
    ranges.replace([(200, 10)])
    assert taken(ranges) == [[(200, 10)]]
