"""Chunks that were read before they are due, deflated: in memory, and what is too much of it on a
shelf."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from gdb_export.chunks.chunk_export import ChunkResult, DeflatedBlock

_ITEM_BYTES = 8 << 20


class SpillStore(Protocol):
    """Keeps bytes outside of memory for as long as an export goes on."""

    def put(self, data: bytes) -> int:
        """The key to get them back by."""
        ...

    def get(self, key: int, then: int | None) -> bytes:
        """Once; `then` is the key that is going to be asked for next, if it is known."""
        ...

    def close(self) -> None:
        """Nothing of it is left."""
        ...


class _Place(NamedTuple):
    """Where on the shelf a chunk is: in the item of that key, from `begin` to `end`."""

    key: int
    begin: int
    end: int
    result: ChunkResult


class SpillBuffer:
    """Chunks by number, in the order of the export. Used as a context manager."""

    def __init__(self, make_shelf: Callable[[], SpillStore], room: int) -> None:
        """`room` is in bytes; the shelf is made when that is not enough."""
        self._make_shelf = make_shelf
        self._room = room
        self._shelf: SpillStore | None = None
        self._held: dict[int, tuple[bytes, ChunkResult]] = {}
        self._held_bytes = 0
        self._shelved: dict[int, _Place] = {}
        # of each item on the shelf the number of its first chunk, and its key
        self._items: list[tuple[int, int]] = []
        self._item: tuple[int, bytes] = (-1, b"")

    def __enter__(self) -> "SpillBuffer":
        return self

    def __exit__(self, *_: object) -> None:
        if self._shelf is not None:
            self._shelf.close()

    def put(self, number: int, pieces: Iterator[DeflatedBlock]) -> None:
        """All pieces of a chunk, the last of which has its result."""
        deflated, results = zip(*pieces, strict=True)
        data = b"".join(deflated)
        self._held[number] = data, results[-1]
        self._held_bytes += len(data)
        if self._held_bytes > self._room:
            self._make_room()

    def take(self, number: int) -> DeflatedBlock | None:
        """None if the chunk was not put aside."""
        if number in self._held:
            data, result = self._held.pop(number)
            self._held_bytes -= len(data)
            return data, result
        place = self._shelved.pop(number, None)
        if place is None:
            return None
        return self._get(place.key, number)[place.begin : place.end], place.result

    def _make_room(self) -> None:
        """What is due last goes to the shelf, until half of the room is free."""
        item: list[int] = []
        size = 0
        for number in sorted(self._held, reverse=True):
            if self._held_bytes - size <= self._room // 2:
                break
            if item and (number != item[-1] - 1 or size >= _ITEM_BYTES):
                self._put(item)
                item, size = [], 0
            item.append(number)
            size += len(self._held[number][0])
        self._put(item)

    def _put(self, numbers: list[int]) -> None:
        """Chunks that are due one after another, the last of them first, as one item."""
        self._shelf = self._shelf or self._make_shelf()
        chunks = {number: self._held.pop(number) for number in reversed(numbers)}
        key = self._shelf.put(b"".join(data for data, _ in chunks.values()))
        insort(self._items, (numbers[-1], key))
        begin = 0
        for number, (data, result) in chunks.items():
            self._shelved[number] = _Place(key, begin, begin + len(data), result)
            begin += len(data)
        self._held_bytes -= begin

    def _get(self, key: int, number: int) -> bytes:
        """An item is kept as long as its chunks are due."""
        if self._item[0] != key:
            assert self._shelf is not None
            at = bisect_right(self._items, (number, key))
            following = self._items[at][1] if at < len(self._items) else None
            self._item = key, self._shelf.get(key, following)
        return self._item[1]
