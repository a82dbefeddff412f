"""Sources over bytes in memory and over objects that can read at an offset."""

import io
import threading
from collections.abc import Iterable
from typing import BinaryIO, Protocol, runtime_checkable


@runtime_checkable
class ReadAt(Protocol):
    """An object that reads at an offset, as callers of the library may pass one.

    `size` is its length in bytes. `read_at` returns fewer bytes than asked for only at the end. An
    export calls it from several threads at once.
    """

    @property
    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes: ...


class ReadAtSource:
    """A Source over an object that reads at an offset. It has no adjacent files."""

    coalescing_window = 0

    def __init__(self, readable: ReadAt, name: str) -> None:
        self.name = name
        self.size = readable.size
        self._readable = readable

    def read(self, offset: int, length: int) -> bytes:
        return self._readable.read_at(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        pass

    def adjacent_names(self) -> tuple[str, ...]:
        return ()

    def open_adjacent(self, name: str) -> None:
        return None


class BytesReader:
    """Reads at offsets of a bytes-like object without a copy of the whole."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._view = memoryview(data).cast("B")
        self.size = len(self._view)

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(self._view[offset : offset + length])


class FileReader:
    """Reads at offsets of a binary file object that can seek; one thread reads at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.size = file.seek(0, io.SEEK_END)

    def read_at(self, offset: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            return self._file.read(length)
