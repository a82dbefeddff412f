"""Forward reader of a backup: bytes, attributes and run-length encoded rows, checked.

Reads in blocks; holds one block in memory, or one value where that is longer. Invalid data raises
Damage with its byte offset; so does the end of the file.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Protocol

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.stream.record_types import LONG_ATTRIBUTES, WIDE_TEXTS
from gdb_export.firebird.records.run_length import RunsCutOff, decode_exactly, end_of_runs

BLOCK = 1 << 20  # bytes of a full block; blocks begin at multiples of it
_FIRST_BLOCK = 1 << 14
_MAX_VALUE = 1 << 20  # bytes of an attribute that is returned; longer ones are skipped
_INTEGER_BYTES = 4


class ReadableAt(Protocol):
    """Bytes by offset: the file, a range of it held in memory, or the unzipped backup."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes: ...

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None: ...


class Stream:
    """A position in a backup and the block around it. For one thread."""

    def __init__(self, source: ReadableAt, offset: int = 0, block: int = _FIRST_BLOCK) -> None:
        self._source = source
        self._size = source.size
        self._base = offset  # of the buffer in the file
        self._buffer = b""
        self._at = 0  # offset in the buffer
        self._block = block  # doubles up to BLOCK: a small blob does not cost a megabyte

    @property
    def position(self) -> int:
        return self._base + self._at

    @property
    def remaining(self) -> int:
        return self._size - self.position

    def byte(self) -> int:
        if self._at >= len(self._buffer):
            self._need(1)
        self._at += 1
        return self._buffer[self._at - 1]

    def peek_byte(self) -> int:
        """Return the next byte without moving; -1 at the end of the file."""
        if self._at >= len(self._buffer):
            self._fill(1)
        return self._buffer[self._at] if self._at < len(self._buffer) else -1

    def peek_struct(self, layout: Struct) -> tuple[int, ...]:
        """Unpack the next bytes without moving; () where the file has fewer."""
        if self._at + layout.size > len(self._buffer):
            self._fill(layout.size)
            if self._at + layout.size > len(self._buffer):
                return ()
        return layout.unpack_from(self._buffer, self._at)

    def buffered(self) -> tuple[bytes, int]:
        """Return the current block and the offset of the position in it."""
        return self._buffer, self._at

    def peek(self, length: int) -> bytes:
        """Return the next bytes without moving; fewer only at the end of the file."""
        self._fill(length)
        return self._buffer[self._at : self._at + length]

    def take(self, length: int) -> bytes:
        self._need(length)
        self._at += length
        return self._buffer[self._at - length : self._at]

    def integer(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")

    def skip(self, length: int) -> None:
        if length > self.remaining:
            raise self.truncated()
        if self._at + length <= len(self._buffer):
            self._at += length
        else:
            self.seek(self.position + length)

    def seek(self, offset: int) -> None:
        at = offset - self._base
        if 0 <= at <= len(self._buffer):
            self._at = at
        else:
            self._base, self._buffer, self._at = offset, b"", 0

    def is_buffered(self, offset: int) -> bool:
        """Return whether the block in memory holds the byte at an offset of the file."""
        return self._base <= offset < self._base + len(self._buffer)

    def attributes(
        self, record_type: int, max_value: int = _MAX_VALUE
    ) -> Iterator[tuple[int, bytes]]:
        """Yield number and value of the attributes of a record; its type was read before.

        A value of more than `max_value` bytes is skipped and yielded as b"".
        """
        long_attributes = LONG_ATTRIBUTES.get(record_type, frozenset())
        while attribute := self.byte():
            is_wide = (record_type, attribute) in WIDE_TEXTS
            length = self.integer(2) if is_wide else self.byte()
            if attribute in long_attributes and length == _INTEGER_BYTES:
                length = self.integer(_INTEGER_BYTES)
            if length > max_value:
                self.skip(length)
                yield attribute, b""
            else:
                yield attribute, self.take(length)

    def runs(self, length: int) -> bytes:
        """Decode run-length encoding to exactly `length` bytes."""
        self._fill(2 * length)
        try:
            row, self._at = decode_exactly(self._buffer, self._at, length)
        except RunsCutOff:
            raise self.truncated() from None
        except Damage:
            raise self._wrong_length(length) from None
        return row

    def skip_runs(self, length: int) -> None:
        """Skip the bytes that `runs` would decode."""
        self._fill(2 * length)
        try:
            self._at = end_of_runs(self._buffer, self._at, length)
        except RunsCutOff:
            raise self.truncated() from None
        except Damage:
            raise self._wrong_length(length) from None

    def _wrong_length(self, length: int) -> Damage:
        return self.damage(f"a row of {length} bytes that unpacks to another length")

    def damage(self, reason: str) -> Damage:
        return Damage(f"at byte {self.position}: {reason}")

    def truncated(self) -> Damage:
        return Damage(f"the backup is cut off at byte {self._size}")

    def _need(self, length: int) -> None:
        self._fill(length)
        if self._at + length > len(self._buffer):
            raise self.truncated()

    def _fill(self, length: int) -> None:
        """Buffer at least `length` bytes from the position on; fewer at the end of the file."""
        missing = self._at + length - len(self._buffer)
        if missing <= 0 or self._base + len(self._buffer) >= self._size:
            return
        rest = self._buffer[self._at :]
        self._base += self._at
        self._at = 0
        begin = self._base + len(rest)
        end = max(begin + missing, (begin // self._block + 1) * self._block)
        self._buffer = rest + self._source.read(begin, min(end, self._size) - begin)
        self._block = min(2 * self._block, BLOCK)
