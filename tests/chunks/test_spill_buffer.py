"""Chunks before they are due: in memory as long as there is room, then what is due last goes."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from gdb_export.chunks.chunk_export import ChunkResult, DeflatedBlock
from gdb_export.chunks.spill_buffer import SpillBuffer
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.files.local_files import FileSpill
from gdb_export.firebird.core.damage import DamageLog
from tests.chunks.memory_spill import MemorySpill


def result(number: int) -> ChunkResult:
    return ChunkResult(number, 0, TableStats(DamageLog("T")))


def pieces(number: int, size: int = 10) -> Iterator[DeflatedBlock]:
    data = bytes([number]) * size
    yield data[:3], None
    yield data[3:], result(number)


def aside_with(shelf: MemorySpill, room: int) -> SpillBuffer:
    return SpillBuffer(lambda: shelf, room)


def no_shelf() -> MemorySpill:
    raise AssertionError("there is room in memory")


def test_what_was_put_aside_is_taken_once() -> None:
    with SpillBuffer(no_shelf, room=30) as aside:
        for number in (5, 3, 4):
            aside.put(number, pieces(number))
        assert aside.take(2) is None
        taken = [aside.take(number) for number in (3, 4, 5)]
        assert [one and one[0] for one in taken] == [bytes([n]) * 10 for n in (3, 4, 5)]
        assert [one and one[1] and one[1].size for one in taken] == [3, 4, 5]
        assert aside.take(3) is None


def test_what_is_due_last_goes_to_the_shelf() -> None:
    shelf = MemorySpill()
    with aside_with(shelf, room=40) as aside:
        for number in (10, 20, 21, 30, 31):
            aside.put(number, pieces(number))
        assert list(shelf.items.values()) == [b"\x1e" * 10 + b"\x1f" * 10, b"\x15" * 10]
        for number in (10, 20, 21, 30, 31):
            taken = aside.take(number)
            assert taken is not None
            assert taken[0] == bytes([number]) * 10
            assert taken[1] is not None
            assert taken[1].size == number
    assert shelf.items == {}
    assert shelf.is_closed


def test_the_shelf_is_told_what_comes_next() -> None:
    shelf = MemorySpill()
    with aside_with(shelf, room=0) as aside:
        for number in (7, 9, 3, 5):
            aside.put(number, pieces(number))
        for number in (3, 5, 7, 9):
            assert aside.take(number) is not None
    assert shelf.hints == [(3, 4), (4, 1), (1, 2), (2, None)]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_the_order_and_the_room(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    numbers = chance.sample(range(256), 100)
    sizes = {number: chance.randrange(4, 5000) for number in numbers}
    room = chance.choice([0, 10_000, 100_000])
    with SpillBuffer(lambda: FileSpill(tmp_path), room) as aside:
        for number in numbers:
            aside.put(number, pieces(number, sizes[number]))
        for number in sorted(numbers):
            taken = aside.take(number)
            assert taken is not None
            assert taken[0] == bytes([number]) * sizes[number]
    assert list(tmp_path.iterdir()) == []
