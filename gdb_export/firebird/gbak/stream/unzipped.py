"""The unzipped content of a backup made with -zip, readable at any offset.

One pass over the file counts the unpacked bytes and keeps copies of the decompressor's state at
equal distances. A read starts from the nearest copy before its offset, or from where the same
thread stopped reading. There are at most 256 copies of 40 KB: when there are too many, every second
copy is dropped and the distance is doubled. An export thus reads the whole file twice, and parts of
it again where it reads tables in another order than that of the file.
"""

import threading
import zlib
from bisect import bisect_right
from collections.abc import Iterable

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.gbak.stream.record_types import RecordType

_INPUT_BYTES = 1 << 18
_OUTPUT_BYTES = 1 << 20
_FIRST_DISTANCE = 4 << 20  # unpacked bytes between copies of the state
_MAX_STATES = 256
# Limit of the unpacked length: _MAX_RATIO times the file's length, at least _MIN_LIMIT bytes.
# Deflate can expand data a thousandfold, and each unpacked row takes work. A usual backup expands
# tenfold, a backup of blank rows a hundredfold
_MAX_RATIO, _MIN_LIMIT = 512, 128 << 20
_FLUSH = b"\0\0\xff\xff"  # the end of a sync flush of zlib
_END = bytes([RecordType.END])


class _InflateState:
    """A decompressor at offset `at` of the output; its input ends at `end` of the file."""

    def __init__(self, source: Source, begin: int, end: int) -> None:
        self.at = 0
        self._source = source
        self._read_to = begin
        self._end = end
        self._inflate = zlib.decompressobj()
        self._pending = b""

    def copy(self) -> "_InflateState":
        other = _InflateState(self._source, self._read_to, self._end)
        other.at, other._inflate, other._pending = self.at, self._inflate.copy(), self._pending
        return other

    def next(self, max_bytes: int) -> bytes:
        """Return the next bytes of the output; none at its end. Raises Damage."""
        out = b""
        while not out and not self._inflate.eof:
            if not self._pending:
                length = min(_INPUT_BYTES, self._end - self._read_to)
                self._pending = self._source.read(self._read_to, length)
                self._read_to += len(self._pending)
            if not self._pending:
                break
            out = self._inflate_pending(max_bytes)
        self.at += len(out)
        return out

    def _inflate_pending(self, max_bytes: int) -> bytes:
        """Unpack pending input. zlib withholds the output that precedes an error, so retry with
        half the input after an error."""
        data, message = self._pending, ""
        while True:
            before = self._inflate.copy()
            try:
                out = self._inflate.decompress(data, max_bytes)
            except zlib.error as error:
                message = str(error)
                self._inflate, data = before, data[: len(data) // 2]
                continue
            if not out and not data:
                raise Damage(f"its compressed data is damaged: {message}")
            self._pending = self._inflate.unconsumed_tail + self._pending[len(data) :]
            return out


class UnzippedSource:
    """The unpacked stream; safe to use from several threads.

    `damage` is set where the compressed data is damaged; the stream ends there.
    """

    def __init__(self, source: Source, begin: int) -> None:
        """`begin` is the offset of the compressed data in the file."""
        self.damage: Damage | None = None
        self._local = threading.local()
        self._states: list[_InflateState] = []
        end = _flush_end(source, begin)
        blocks = range(begin, source.size, _INPUT_BYTES)
        source.will_read((offset, _INPUT_BYTES) for offset in blocks)
        state = _InflateState(source, begin, end or source.size)
        self._first = state.copy()
        self._measure(state, max(_MAX_RATIO * source.size, _MIN_LIMIT))
        self._unpacked_bytes = state.at
        # the record that ends a backup is not in the compressed data
        self._end = _END if end and not self.damage else b""
        self.size = state.at + len(self._end)

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes at `offset`; fewer than `length` only at the end."""
        end = self._end if offset < self.size <= offset + length else b""
        length = min(length, self._unpacked_bytes - offset)
        return (self._read(offset, length) if length > 0 else b"") + end

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Ignored: the ranges of the file that hold these bytes are not known."""

    def _read(self, offset: int, length: int) -> bytes:
        state = self._take_state(offset)
        parts: list[bytes] = []
        while length:
            out = state.next(min(_OUTPUT_BYTES, offset + length - state.at))
            if not out:
                raise Damage("its compressed data unpacked to other bytes when read again")
            part = out[max(0, offset - (state.at - len(out))) :]
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        self._local.state = state
        return b"".join(parts)

    def _measure(self, state: _InflateState, max_bytes: int) -> None:
        """Unpack everything once, up to `max_bytes`; keep copies of the state on the way."""
        distance = _FIRST_DISTANCE
        try:
            while state.next(_OUTPUT_BYTES):
                if state.at > max_bytes:
                    raise Damage(
                        f"its compressed data unpacks to more than {max_bytes} bytes,"
                        f" {_MAX_RATIO} times its length: the rest is not read"
                    )
                last = self._states[-1].at if self._states else 0
                if state.at - last >= distance:
                    self._states.append(state.copy())
                if len(self._states) >= _MAX_STATES:
                    self._states, distance = self._states[1::2], 2 * distance
        except Damage as damage:
            self.damage = damage

    def _take_state(self, offset: int) -> _InflateState:
        """A state at or before `offset` that the caller may advance."""
        index = bisect_right(self._states, offset, key=lambda state: state.at)
        nearest_copy = self._states[index - 1] if index else self._first
        thread_state: _InflateState | None = getattr(self._local, "state", None)
        self._local.state = None
        if thread_state is not None and nearest_copy.at <= thread_state.at <= offset:
            return thread_state
        return nearest_copy.copy()


def _flush_end(source: Source, begin: int) -> int | None:
    """The end of gbak's last flush, which only the padding of its block follows.

    None if the file ends otherwise.
    """
    end = source.size
    while end > begin:
        first = max(begin, end - _INPUT_BYTES)
        tail = source.read(first, end - first).rstrip(b"\0")
        if tail:
            tail = tail.removesuffix(_END)
            return first + len(tail) if tail.endswith(_FLUSH) else None
        end = first
    return None
