"""Page runs: data pages that are read together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.table_pages.page_runs import extent, runs

NUMBERS = st.lists(st.one_of(st.integers(1, 300), st.integers(1, 2**32 - 1)), max_size=80)


def extents(numbers: list[int], gap_per_page: int) -> list[tuple[int, int]]:
    return [extent(run) for run in runs(list(enumerate(numbers)), gap_per_page)]


@pytest.mark.parametrize(
    ("numbers", "gap_per_page", "expected"),
    [
        ([], 1, []),
        ([4, 5, 6], 0, [(4, 3)]),
        ([4, 5, 7], 0, [(4, 2), (7, 1)]),
        ([4, 5, 8], 1, [(4, 5)]),
        ([4, 5, 9], 1, [(4, 2), (9, 1)]),
        ([4, 5, 9], 2, [(4, 6)]),
        ([6, 5, 5], 8, [(6, 1), (5, 1), (5, 1)]),
        ([*range(1, 19), 35], 1, [(1, 35)]),
        ([*range(1, 19), 36], 1, [(1, 18), (36, 1)]),
        # each page allows its gap once
        ([*range(1, 9), 17, 26], 1, [(1, 17), (26, 1)]),
        ([*range(1, 9), *range(17, 25), 33], 1, [(1, 33)]),
    ],
)
def test_runs(numbers: list[int], gap_per_page: int, expected: list[tuple[int, int]]) -> None:
    assert extents(numbers, gap_per_page) == expected


@given(numbers=NUMBERS, gap_per_page=st.integers(0, 20))
def test_gaps_are_bounded_for_any_page_numbers(numbers: list[int], gap_per_page: int) -> None:
    read = extents(numbers, gap_per_page)
    assert sum(count for _, count in read) <= (1 + gap_per_page) * len(numbers)
    page_numbers = [
        number for run in runs(list(enumerate(numbers)), gap_per_page) for _, number in run
    ]
    assert page_numbers == numbers
