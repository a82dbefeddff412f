"""The spill buffer keeps chunks until their turn, and spills those that are due last."""

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


def blocks(chunk_index: int, size: int = 10) -> Iterator[DeflatedBlock]:
    """A chunk whose bytes, and whose size in the result, are its index."""
    data = bytes([chunk_index]) * size
    yield data[:3], None
    yield data[3:], ChunkResult(chunk_index, 0, TableStats(DamageLog("T")))


def take(buffer: SpillBuffer, chunk_index: int, size: int = 10) -> None:
    """Take a chunk and check bytes and result."""
    taken = buffer.take(chunk_index)
    assert taken is not None
    data, result = taken
    assert data == bytes([chunk_index]) * size
    assert result is not None
    assert result.size == chunk_index


def no_store() -> MemorySpill:
    """Fails the test, instead of opening a spill store."""
    raise AssertionError("the chunks fit into memory")


def test_a_chunk_is_taken_once() -> None:
    with SpillBuffer(no_store, max_bytes=30) as buffer:
        for chunk_index in (5, 3, 4):
            buffer.put(chunk_index, blocks(chunk_index))
        assert buffer.take(2) is None
        for chunk_index in (3, 4, 5):
            take(buffer, chunk_index)
        assert buffer.take(3) is None


def test_the_chunks_that_are_due_last_are_spilled() -> None:
    store = MemorySpill()
    with SpillBuffer(lambda: store, max_bytes=40) as buffer:
        for chunk_index in (10, 20, 21, 30, 31):
            buffer.put(chunk_index, blocks(chunk_index))
        assert list(store.items.values()) == [b"\x1e" * 10 + b"\x1f" * 10, b"\x15" * 10]
        for chunk_index in (10, 20, 21, 30, 31):
            take(buffer, chunk_index)
    assert store.items == {}
    assert store.is_closed


def test_a_request_names_the_next_one() -> None:
    store = MemorySpill()
    with SpillBuffer(lambda: store, max_bytes=0) as buffer:
        for chunk_index in (7, 9, 3, 5):
            buffer.put(chunk_index, blocks(chunk_index))
        for chunk_index in (3, 5, 7, 9):
            take(buffer, chunk_index)
    assert store.requests == [(3, 4), (4, 1), (1, 2), (2, None)]


@pytest.mark.parametrize("seed", range(10))
def test_any_order_and_any_limit(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    indexes = generator.sample(range(256), 100)
    sizes = {chunk_index: generator.randrange(4, 5000) for chunk_index in indexes}
    max_bytes = generator.choice([0, 10_000, 100_000])
    with SpillBuffer(lambda: FileSpill(tmp_path), max_bytes) as buffer:
        for chunk_index in indexes:
            buffer.put(chunk_index, blocks(chunk_index, sizes[chunk_index]))
        for chunk_index in sorted(indexes):
            take(buffer, chunk_index, sizes[chunk_index])
    assert list(tmp_path.iterdir()) == []
