"""Forward reader of a backup: bytes, attributes and run-length encoded rows, checked.

Reads in blocks; holds one block in memory, or one value where that is longer. Invalid data raises
Damage with its byte offset; so does the end of the file.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Protocol

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.record_types import LONG_ATTRIBUTES, WIDE_TEXTS

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

    def attributes(self, record_type: int) -> Iterator[tuple[int, bytes]]:
        """Yield number and value of the attributes of a record whose type was read.

        A value of more than 1 MB is skipped and yielded as b"".
        """
        long = LONG_ATTRIBUTES.get(record_type, frozenset())
        while attribute := self.byte():
            is_wide = (record_type, attribute) in WIDE_TEXTS
            length = self.integer(2) if is_wide else self.byte()
            if attribute in long and length == _INTEGER_BYTES:
                length = self.integer(_INTEGER_BYTES)
            if length > _MAX_VALUE:
                self.skip(length)
                yield attribute, b""
            else:
                yield attribute, self.take(length)

    def runs(self, length: int) -> bytes:
        """Decode run-length encoding to `length` bytes.

        A control byte of 1…127 copies that number of bytes, -1…-128 repeats the next byte.
        """
        self._fill(2 * length)
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        parts = []
        missing = length
        while missing:
            if at >= end:
                raise self.truncated()
            control = buffer[at]
            if control < 128:
                count = control
                parts.append(buffer[at + 1 : at + 1 + count])
                at += 1 + count
            else:
                count = 256 - control
                parts.append(buffer[at + 1 : at + 2] * count)
                at += 2
            if not 0 < count <= missing:
                raise self.damage(f"a row of {length} bytes that unpacks to another length")
            missing -= count
        if at > end:
            raise self.truncated()
        self._at = at
        return b"".join(parts)

    def skip_runs(self, length: int) -> None:
        """Skip run-length encoding that decodes to `length` bytes; raises as `runs` does."""
        self._fill(2 * length)
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        missing = length
        while missing > 0:
            if at >= end:
                raise self.truncated()
            control = buffer[at]
            if control >= 128:
                missing -= 256 - control
                at += 2
            elif control:
                missing -= control
                at += 1 + control
            else:
                missing = -1
        if missing < 0:
            raise self.damage(f"a row of {length} bytes that unpacks to another length")
        if at > end:
            raise self.truncated()
        self._at = at

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
