"""A backup made with -zip: what its compressed stream unpacks to, at any offset.

Strategy: one pass over the file counts the bytes and keeps copies of the unpacking state at even
distances; a read goes on from the nearest copy before it, or from where the same thread read last.
The copies are few hundred, 40 KB each, whatever the length: when there are too many, every second
one is dropped and the distance doubled. The file is read twice as a whole, and parts of it again
where tables are read in another order than they lie.
"""

import threading
import zlib
from bisect import bisect_right
from collections.abc import Iterable

from job.firebird.errors import Damage
from job.firebird.gbak.records import Record
from job.firebird.source import Source

_INPUT = 1 << 18
_OUTPUT = 1 << 20
_FIRST_DISTANCE = 4 << 20
_MOST_STATES = 256
_END = bytes([Record.END])
_FLUSH = b"\0\0\xff\xff"
_MOST_OF_FLUSH = 16  # bytes: its mark, and the bits before it that stand for no byte


class _State:
    """Unpacking at a place: `at` in the output, `read_to` in the file."""

    def __init__(self, source: Source, read_to: int) -> None:
        self.at = 0
        self._source = source
        self._read_to = read_to
        self._inflate = zlib.decompressobj()
        self._pending = b""

    def copy(self) -> "_State":
        other = _State.__new__(_State)
        other.at, other._source, other._read_to = self.at, self._source, self._read_to
        other._inflate, other._pending = self._inflate.copy(), self._pending
        return other

    def next(self, most: int) -> bytes:
        """Some more bytes; none at the end. Raises Damage."""
        while True:
            data = self._pending
            if not data:
                data = self._source.read(self._read_to, _INPUT)
                self._read_to += len(data)
            out = self._unpack(data, most)
            self._pending = self._inflate.unconsumed_tail
            self.at += len(out)
            # gbak flushes its last block and does not mark the end of the compressed data
            if out or not data or self._inflate.eof:
                return out

    def _unpack(self, data: bytes, most: int) -> bytes:
        """zlib keeps back what it has unpacked before an error, so that is asked for piecemeal."""
        while True:
            before = self._inflate.copy()
            try:
                return self._inflate.decompress(data, most)
            except zlib.error as error:
                if most == 1:
                    self._pending = data
                    raise Damage(f"its compressed data is damaged: {error}") from error
                self._inflate, most = before, most // 2

    def is_at_flush(self) -> bool:
        """Is what could not be unpacked the padding behind the last flush? gbak flushes once, at
        the end, and the record that ends a backup is not in the compressed data."""
        last = self._source.read(max(0, self._source.size - _MOST_OF_FLUSH), _MOST_OF_FLUSH)
        rest = (self._pending or last).rstrip(b"\0").removesuffix(_END)
        return rest.endswith(_FLUSH) and len(rest) <= _MOST_OF_FLUSH


class Unzipped:
    """The unpacked stream. `damage` is what ended it before its time; safe to use from several
    threads."""

    def __init__(self, source: Source, begin: int) -> None:
        """`begin` is where the compressed data begins in the file."""
        self.damage: Damage | None = None
        self._local = threading.local()
        self._states: list[_State] = []
        blocks = range(begin, source.size, _INPUT)
        source.will_read((offset, _INPUT) for offset in blocks)
        state = _State(source, begin)
        self._first = state.copy()
        self._pass_over(state)
        self._end = b""
        if state.is_at_flush():
            self.damage, self._end = None, _END
        self._unpacked = state.at
        self.size = state.at + len(self._end)

    def read(self, offset: int, length: int) -> bytes:
        """Fewer bytes only at the end."""
        end = self._end if offset < self.size <= offset + length else b""
        length = max(0, min(length, self._unpacked - offset))
        if not length:
            return end
        state = self._before(offset)
        parts: list[bytes] = []
        while length:
            out = state.next(min(_OUTPUT, max(1, offset + length - state.at)))
            skipped = max(0, offset - (state.at - len(out)))
            part = out[skipped:]
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        self._local.state = state
        return b"".join(parts) + end

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """What lies where in the file is not known."""

    def _pass_over(self, state: _State) -> None:
        distance = _FIRST_DISTANCE
        try:
            while state.next(_OUTPUT):
                last = self._states[-1].at if self._states else 0
                if state.at - last >= distance:
                    self._states.append(state.copy())
                if len(self._states) >= _MOST_STATES:
                    self._states, distance = self._states[1::2], 2 * distance
        except Damage as damage:
            self.damage = damage

    def _before(self, offset: int) -> _State:
        """The nearest state before the offset, to be used up."""
        place = bisect_right(self._states, offset, key=lambda state: state.at)
        kept = self._states[place - 1] if place else self._first
        own: _State | None = getattr(self._local, "state", None)
        self._local.state = None
        if own is not None and kept.at <= own.at <= offset:
            return own
        return kept.copy()
