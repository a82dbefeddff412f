"""Keeps deflated chunks that are finished before the ZIP can take them: in memory up to a limit,
beyond it in a spill store."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from gdb_export.chunks.chunk_export import ChunkResult, DeflatedBlock

_ITEM_BYTES = 8 << 20  # about the size of an item of the store


class SpillStore(Protocol):
    """Stores bytes outside of memory for the duration of an export."""

    def put(self, data: bytes) -> int:
        """Store an item; return its key."""
        ...

    def get(self, key: int, next_key: int | None) -> bytes:
        """Return and remove an item; `next_key` is the key of the next request, if it is known."""
        ...

    def close(self) -> None:
        """Remove the remaining items."""
        ...


class _Location(NamedTuple):
    """The item of the spill store that holds a chunk, and its bytes there."""

    key: int
    begin: int
    end: int
    result: ChunkResult


class SpillBuffer:
    """Holds deflated chunks, by their index in the order of the export, until the ZIP can take
    them. Used as a context manager."""

    def __init__(self, make_store: Callable[[], SpillStore], max_bytes: int) -> None:
        """`max_bytes` limits the memory; the store is created when it is exceeded."""
        self._make_store = make_store
        self._max_bytes = max_bytes
        self._store: SpillStore | None = None
        self._in_memory: dict[int, tuple[bytes, ChunkResult]] = {}
        self._memory_bytes = 0
        self._spilled: dict[int, _Location] = {}
        # for each item in the store the index of its first chunk, and its key
        self._items: list[tuple[int, int]] = []
        self._cached_item: tuple[int, bytes] = (-1, b"")

    def __enter__(self) -> "SpillBuffer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    def put(self, chunk_index: int, blocks: Iterator[DeflatedBlock]) -> None:
        """Add all blocks of a chunk; the last one has its result."""
        deflated, results = zip(*blocks, strict=True)
        data = b"".join(deflated)
        self._in_memory[chunk_index] = data, results[-1]
        self._memory_bytes += len(data)
        if self._memory_bytes > self._max_bytes:
            self._spill()

    def take(self, chunk_index: int) -> DeflatedBlock | None:
        """Remove and return a chunk as one block, None if it is not here."""
        if chunk_index in self._in_memory:
            data, result = self._in_memory.pop(chunk_index)
            self._memory_bytes -= len(data)
            return data, result
        location = self._spilled.pop(chunk_index, None)
        if location is None:
            return None
        item = self._get_item(location.key, chunk_index)
        return item[location.begin : location.end], location.result

    def _spill(self) -> None:
        """Move the chunks that are due last to the store, until half of the memory is free."""
        indexes: list[int] = []
        size = 0
        for chunk_index in sorted(self._in_memory, reverse=True):
            if self._memory_bytes - size <= self._max_bytes // 2:
                break
            if indexes and (chunk_index != indexes[-1] - 1 or size >= _ITEM_BYTES):
                self._put_item(indexes)
                indexes, size = [], 0
            indexes.append(chunk_index)
            size += len(self._in_memory[chunk_index][0])
        self._put_item(indexes)

    def _put_item(self, indexes: list[int]) -> None:
        """Store consecutive chunks, given in descending order, as one item."""
        self._store = self._store or self._make_store()
        chunks = {index: self._in_memory.pop(index) for index in reversed(indexes)}
        key = self._store.put(b"".join(data for data, _ in chunks.values()))
        insort(self._items, (indexes[-1], key))
        begin = 0
        for chunk_index, (data, result) in chunks.items():
            self._spilled[chunk_index] = _Location(key, begin, begin + len(data), result)
            begin += len(data)
        self._memory_bytes -= begin

    def _get_item(self, key: int, chunk_index: int) -> bytes:
        """An item of the store; it is cached while its chunks are taken."""
        if self._cached_item[0] != key:
            assert self._store is not None
            following = bisect_right(self._items, (chunk_index, key))
            next_key = self._items[following][1] if following < len(self._items) else None
            self._cached_item = key, self._store.get(key, next_key)
        return self._cached_item[1]
