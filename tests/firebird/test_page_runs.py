"""Which data pages are read together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.firebird.page_runs import MOST_BETWEEN, extent, runs

NUMBERS = st.lists(st.one_of(st.integers(1, 300), st.integers(1, 2**32 - 1)), max_size=80)


def extents(numbers: list[int], most_between: int) -> list[tuple[int, int]]:
    return [extent(run) for run in runs(list(enumerate(numbers)), most_between)]


@pytest.mark.parametrize(
    ("numbers", "most_between", "expected"),
    [
        ([], 8, []),
        ([4, 5, 6], 0, [(4, 3)]),
        ([4, 5, 7], 0, [(4, 2), (7, 1)]),
        ([4, 5, 14], 8, [(4, 11)]),
        ([4, 5, 15], 8, [(4, 2), (15, 1)]),
        ([6, 5, 5], 8, [(6, 1), (5, 1), (5, 1)]),
        # what was read in vain must be made up for
        ([1, 10, 19], 8, [(1, 10), (19, 1)]),
        ([1, *range(10, 18), 26], 8, [(1, 26)]),
    ],
)
def test_runs(numbers: list[int], most_between: int, expected: list[tuple[int, int]]) -> None:
    assert extents(numbers, most_between) == expected


@given(numbers=NUMBERS)
def test_hostile_numbers_have_not_more_read_than_twice_what_is_there(numbers: list[int]) -> None:
    read = extents(numbers, MOST_BETWEEN)
    assert sum(count for _, count in read) <= 2 * len(numbers) + MOST_BETWEEN * len(read)
    assert [
        number for run in runs(list(enumerate(numbers)), MOST_BETWEEN) for _, number in run
    ] == (numbers)
