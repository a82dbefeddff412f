"""The reading order: interleaved chunks together, all others in order."""

import random

import pytest

from gdb_export.chunks.reading_order import Extent, reading_order

WINDOW = 1000


def interleaved(tables: int, rounds: int, first: int = 0) -> list[Extent]:
    """The extents of chunks of ten pages, the chunks of each table together.

    In the file, from page `first` on, the pages of the tables alternate. A round is a stretch of
    the file with one chunk of each table.
    """
    round_pages = 10 * tables
    starts = range(first, first + rounds * round_pages, round_pages)
    return [
        Extent.of(range(start + table, start + round_pages, tables))
        for table in range(tables)
        for start in starts
    ]


def order(extents: list[Extent], window: int = WINDOW) -> list[int]:
    return list(reading_order(extents, window))


def test_the_extent_of_pages() -> None:
    assert Extent.of([7, 3, 5]) == Extent(3, 7, 3)
    assert not Extent.of([]).is_scattered(WINDOW)
    assert not Extent.of(range(10)).is_scattered(WINDOW)
    # pages 0 to 18 need a window of 19 pages
    assert Extent.of(range(0, 20, 2)).is_scattered(19)
    assert not Extent.of(range(0, 20, 2)).is_scattered(18)


def test_contiguous_chunks_are_read_in_order() -> None:
    extents = [Extent.of(range(start, start + 10)) for start in (500, 510, 0, 10, 20)]
    assert order(extents) == [0, 1, 2, 3, 4]


def test_interleaved_chunks_are_read_round_by_round() -> None:
    assert order(interleaved(tables=3, rounds=2)) == [0, 2, 4, 1, 3, 5]


def test_chunks_longer_than_the_window_are_read_in_order() -> None:
    assert order(interleaved(tables=3, rounds=2), window=10) == [0, 1, 2, 3, 4, 5]


def test_a_contiguous_chunk_among_interleaved_ones_waits_for_its_turn() -> None:
    contiguous = Extent.of(range(5, 15))
    assert order([*interleaved(tables=2, rounds=1), contiguous]) == [0, 1, 2]
    assert order([contiguous, *interleaved(tables=2, rounds=1)]) == [0, 1, 2]


def test_distant_chunks_wait_for_their_turn() -> None:
    far = interleaved(tables=2, rounds=1, first=10_000)
    near = interleaved(tables=2, rounds=1)
    assert order([near[0], far[0], near[1], far[1]]) == [0, 2, 1, 3]


@pytest.mark.parametrize("seed", range(20))
def test_each_chunk_is_read_once(seed: int) -> None:
    generator = random.Random(seed)
    extents = [
        Extent.of(generator.sample(range(start, start + 300), generator.randrange(50)))
        for start in generator.sample(range(5000), 200)
    ]
    assert sorted(order(extents)) == list(range(200))
