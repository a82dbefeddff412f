"""Chunks that lie in turns are read in one sweep, all others as they come."""

import random

import pytest

from gdb_export.chunks.reading_order import Extent, reading_order

SWEEP = 1000


def turns(tables: int, rounds: int, first: int = 0) -> list[Extent]:
    """Table after table, as they are due: chunks of ten pages, which lie among those of others."""
    return [
        Extent.of(range(first + at * 10 * tables + table, first + (at + 1) * 10 * tables, tables))
        for table in range(tables)
        for at in range(rounds)
    ]


def order(extents: list[Extent], sweep: int = SWEEP) -> list[int]:
    return list(reading_order(extents, sweep))


def test_the_extent_of_pages() -> None:
    assert Extent.of([7, 3, 5]) == Extent(3, 7, 3)
    assert not Extent.of([]).is_scattered(SWEEP)
    assert not Extent.of(range(10)).is_scattered(SWEEP)
    assert Extent.of(range(0, 20, 2)).is_scattered(19)
    assert not Extent.of(range(0, 20, 2)).is_scattered(18)


def test_tables_one_after_another_are_read_as_they_come() -> None:
    extents = [Extent.of(range(at, at + 10)) for at in (500, 510, 0, 10, 20)]
    assert order(extents) == [0, 1, 2, 3, 4]


def test_chunks_in_turns_are_read_round_by_round() -> None:
    assert order(turns(tables=3, rounds=2)) == [0, 2, 4, 1, 3, 5]


def test_what_lies_beyond_a_sweep_is_read_as_it_comes() -> None:
    assert order(turns(tables=3, rounds=2), sweep=10) == [0, 1, 2, 3, 4, 5]


def test_a_dense_chunk_among_them_waits_until_it_is_due() -> None:
    dense = Extent.of(range(5, 15))
    assert order([*turns(tables=2, rounds=1), dense]) == [0, 1, 2]
    assert order([dense, *turns(tables=2, rounds=1)]) == [0, 1, 2]


def test_what_lies_elsewhere_waits_until_it_is_due() -> None:
    far = turns(tables=2, rounds=1, first=10_000)
    near = turns(tables=2, rounds=1)
    assert order([near[0], far[0], near[1], far[1]]) == [0, 2, 1, 3]


@pytest.mark.parametrize("seed", range(20))
def test_each_chunk_is_read_once(seed: int) -> None:
    chance = random.Random(seed)
    extents = [
        Extent.of(chance.sample(range(at, at + 300), chance.randrange(50)))
        for at in chance.sample(range(5000), 200)
    ]
    assert sorted(order(extents)) == list(range(200))
