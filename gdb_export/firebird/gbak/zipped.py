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

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.gbak.records import Record

_INPUT = 1 << 18
_OUTPUT = 1 << 20
_FIRST_DISTANCE = 4 << 20
_MAX_STATES = 256
_FLUSH = b"\0\0\xff\xff"
_END = bytes([Record.END])


class _State:
    """Unpacking at a place: `at` in the output; the compressed bytes end at `end` in the file."""

    def __init__(self, source: Source, begin: int, end: int) -> None:
        self.at = 0
        self._source = source
        self._read_to = begin
        self._end = end
        self._inflate = zlib.decompressobj()
        self._pending = b""

    def copy(self) -> "_State":
        other = _State(self._source, self._read_to, self._end)
        other.at, other._inflate, other._pending = self.at, self._inflate.copy(), self._pending
        return other

    def next(self, most: int) -> bytes:
        """Some more bytes; none at the end. Raises Damage."""
        out = b""
        while not out and not self._inflate.eof:
            if not self._pending:
                length = min(_INPUT, self._end - self._read_to)
                self._pending = self._source.read(self._read_to, length)
                self._read_to += len(self._pending)
            if not self._pending:
                break
            out = self._unpack(most)
        self.at += len(out)
        return out

    def _unpack(self, most: int) -> bytes:
        """zlib keeps back what it unpacked before an error, so it is given less and less."""
        data, met = self._pending, ""
        while True:
            before = self._inflate.copy()
            try:
                out = self._inflate.decompress(data, most)
            except zlib.error as error:
                met = str(error)
                self._inflate, data = before, data[: len(data) // 2]
                continue
            if not out and not data:
                raise Damage(f"its compressed data is damaged: {met}")
            self._pending = self._inflate.unconsumed_tail + self._pending[len(data) :]
            return out


class Unzipped:
    """The unpacked stream. `damage` is what ended it before its time; safe to use from several
    threads."""

    def __init__(self, source: Source, begin: int) -> None:
        """`begin` is where the compressed data begins in the file."""
        self.damage: Damage | None = None
        self._local = threading.local()
        self._states: list[_State] = []
        end = _flush_end(source, begin)
        blocks = range(begin, source.size, _INPUT)
        source.will_read((offset, _INPUT) for offset in blocks)
        state = _State(source, begin, end or source.size)
        self._first = state.copy()
        self._pass_over(state)
        self._unpacked = state.at
        # the record that ends a backup is not in the compressed data
        self._end = _END if end and not self.damage else b""
        self.size = state.at + len(self._end)

    def read(self, offset: int, length: int) -> bytes:
        """Fewer bytes only at the end."""
        end = self._end if offset < self.size <= offset + length else b""
        length = min(length, self._unpacked - offset)
        return (self._read(offset, length) if length > 0 else b"") + end

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """What lies where in the file is not known."""

    def _read(self, offset: int, length: int) -> bytes:
        state = self._before(offset)
        parts: list[bytes] = []
        while length:
            out = state.next(min(_OUTPUT, offset + length - state.at))
            if not out:
                raise Damage("its compressed data does not unpack to the same bytes twice")
            part = out[max(0, offset - (state.at - len(out))) :]
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        self._local.state = state
        return b"".join(parts)

    def _pass_over(self, state: _State) -> None:
        distance = _FIRST_DISTANCE
        try:
            while state.next(_OUTPUT):
                last = self._states[-1].at if self._states else 0
                if state.at - last >= distance:
                    self._states.append(state.copy())
                if len(self._states) >= _MAX_STATES:
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


def _flush_end(source: Source, begin: int) -> int | None:
    """Where gbak's last flush ends, behind which there is nothing but the padding of its block;
    None if the file ends otherwise."""
    end = source.size
    while end > begin:
        first = max(begin, end - _INPUT)
        tail = source.read(first, end - first).rstrip(b"\0")
        if tail:
            tail = tail.removesuffix(_END)
            return first + len(tail) if tail.endswith(_FLUSH) else None
        end = first
    return None
