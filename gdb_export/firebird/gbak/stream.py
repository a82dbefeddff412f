"""The bytes of a backup in order, checked: records, attributes, runs.

Read in blocks; memory is a block, or one value where that is longer. Whatever contradicts itself
is Damage with the byte where it was found; the end of the file is too.
"""

from collections.abc import Iterator
from struct import Struct

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.records import LONG_ATTRIBUTES, WIDE_TEXTS
from gdb_export.firebird.gbak.window import Readable

BLOCK = 1 << 20  # what is read at once, from multiples of it on
_FIRST_BLOCK = 1 << 14
_LONGEST_VALUE = 1 << 20  # bytes of an attribute that is kept; longer ones are passed over
_NUMBER_BYTES = 4


class Stream:
    """A place in a backup that moves forward. For one thread."""

    def __init__(self, source: Readable, offset: int = 0, block: int = _FIRST_BLOCK) -> None:
        self._source = source
        self._size = source.size
        self._base = offset  # of the buffer in the file
        self._buffer = b""
        self._at = 0
        self._block = block  # grows: who looks at one blob does not read a megabyte

    @property
    def position(self) -> int:
        return self._base + self._at

    @property
    def left(self) -> int:
        return self._size - self.position

    def byte(self) -> int:
        if self._at >= len(self._buffer):
            self._need(1)
        self._at += 1
        return self._buffer[self._at - 1]

    def next_byte(self) -> int:
        """Without moving; -1 at the end of the file."""
        if self._at >= len(self._buffer):
            self._fill(1)
        return self._buffer[self._at] if self._at < len(self._buffer) else -1

    def numbers(self, layout: Struct) -> tuple[int, ...]:
        """The next bytes as a layout has them, without moving; none at the end of the file."""
        if self._at + layout.size > len(self._buffer):
            self._fill(layout.size)
            if self._at + layout.size > len(self._buffer):
                return ()
        return layout.unpack_from(self._buffer, self._at)

    def at_hand(self) -> tuple[bytes, int]:
        """The bytes that were read last, and the place in them."""
        return self._buffer, self._at

    def peek(self, length: int) -> bytes:
        """The next bytes, fewer only at the end of the file."""
        self._fill(length)
        return self._buffer[self._at : self._at + length]

    def take(self, length: int) -> bytes:
        self._need(length)
        self._at += length
        return self._buffer[self._at - length : self._at]

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")

    def skip(self, length: int) -> None:
        if length > self.left:
            raise self.truncated()
        if self._at + length <= len(self._buffer):
            self._at += length
        else:
            self.seek(self.position + length)

    def seek(self, offset: int) -> None:
        inside = offset - self._base
        if 0 <= inside <= len(self._buffer):
            self._at = inside
        else:
            self._base, self._buffer, self._at = offset, b"", 0

    def attributes(self, record: int) -> Iterator[tuple[int, bytes]]:
        """The attributes of a record whose number was read, up to its end.

        A value that is too long to be of use is given as b"".
        """
        long = LONG_ATTRIBUTES.get(record, frozenset())
        while attribute := self.byte():
            is_wide = (record, attribute) in WIDE_TEXTS
            length = self.number(2) if is_wide else self.byte()
            if attribute in long and length == _NUMBER_BYTES:
                length = self.number(_NUMBER_BYTES)
            if length > _LONGEST_VALUE:
                self.skip(length)
                yield attribute, b""
            else:
                yield attribute, self.take(length)

    def runs(self, length: int) -> bytes:
        """`length` bytes from runs: 1…127 copies as many bytes, -1…-128 repeats the next one."""
        self._fill(2 * length)
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        parts = []
        left = length
        while left:
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
            if not 0 < count <= left:
                raise self.damage(f"a row of {length} bytes that unpacks to another length")
            left -= count
        if at > end:
            raise self.truncated()
        self._at = at
        return b"".join(parts)

    def skip_runs(self, length: int) -> None:
        """Pass over what `runs` would unpack."""
        self._fill(2 * length)
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        left = length
        while left > 0:
            if at >= end:
                raise self.truncated()
            control = buffer[at]
            if control >= 128:
                left -= 256 - control
                at += 2
            elif control:
                left -= control
                at += 1 + control
            else:
                left = -1
        if left < 0:
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
        """Have as many bytes at hand, fewer only at the end of the file."""
        lacking = self._at + length - len(self._buffer)
        if lacking <= 0 or self._base + len(self._buffer) >= self._size:
            return
        rest = self._buffer[self._at :]
        self._base += self._at
        self._at = 0
        at = self._base + len(rest)
        end = max(at + lacking, (at // self._block + 1) * self._block)
        self._buffer = rest + self._source.read(at, min(end, self._size) - at)
        self._block = min(2 * self._block, BLOCK)
