"""A byte range of a source held in memory, shared by the readers of its rows and blobs."""

from collections.abc import Iterable

from gdb_export.firebird.gbak.stream.stream import ReadableAt

_MAX_BYTES = 8 << 20  # longer ranges are not held but read as they are needed


class Window:
    """The whole source; the bytes from `begin` to `end` are read once and kept in `data`, unless
    they are too many."""

    def __init__(self, source: ReadableAt, begin: int, end: int) -> None:
        self.size = source.size
        self._source = source
        self.begin = begin
        is_short = end - begin <= _MAX_BYTES
        self.data = source.read(begin, end - begin) if is_short else b""

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes at `offset`; fewer than `length` only at the end of the source."""
        at = offset - self.begin
        if 0 <= at < len(self.data):
            data = self.data[at : at + length]
            missing = length - len(data)
            return data if not missing else data + self._source.read(offset + len(data), missing)
        return self._source.read(offset, length)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._source.will_read(ranges)
