"""Rows, blobs and arrays as they stand in a backup.

A row is its length, then its bytes; the blobs and arrays of a row follow it, and name the field
that they belong to. None of these records has an end mark: their lengths say where they end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from gdb_export.firebird.gbak.records import DataAttribute, Record
from gdb_export.firebird.gbak.rows import RowLayout
from gdb_export.firebird.gbak.stream import Stream

_FOLLOWERS = (Record.BLOB, Record.ARRAY)
# Numbers of attributes, the bytes that their values take, and these; the last is that of the data
_HEAD = Struct("<BBIB")
_XDR_HEAD = Struct("<BBIBBIB")
_LONGEST_ROW = 1 << 20  # of a table whose layout is not known


@dataclass(frozen=True, slots=True)
class DataRecords:
    """How a backup writes its data records. Each method begins behind the record's number and
    leaves the stream at the next record; all raise Damage."""

    is_compressed: bool
    is_transportable: bool

    def skip_row(self, stream: Stream, layout: RowLayout | None) -> None:
        length = self._row_length(stream, layout)
        if self.is_compressed:
            stream.skip_runs(length)
        else:
            stream.skip(length)

    def row(self, stream: Stream, layout: RowLayout) -> bytes:
        length = self._row_length(stream, layout)
        return stream.runs(length) if self.is_compressed else stream.take(length)

    def skip_blob(self, stream: Stream) -> int:
        """The number of the field that it belongs to."""
        field, segments = self._blob_head(stream)
        for _ in range(segments):
            stream.skip(stream.number(2))
        return field

    def blob(self, stream: Stream) -> bytes:
        _, segments = self._blob_head(stream)
        return b"".join(stream.take(stream.number(2)) for _ in range(segments))

    def skip_array(self, stream: Stream) -> int:
        """The number of the field that it belongs to."""
        field, length = self._array_head(stream)
        stream.skip(length)
        return field

    def array(self, stream: Stream) -> tuple[int, bytes]:
        """The number of the field that it belongs to, and the elements."""
        field, length = self._array_head(stream)
        return field, stream.take(length)

    def followers(self, stream: Stream) -> Iterator[tuple[int, int]]:
        """Pass over the blobs and arrays behind a row: (field number, offset of the record)."""
        while stream.next_byte() in _FOLLOWERS:
            offset = stream.position
            is_blob = stream.byte() == Record.BLOB
            yield self.skip_blob(stream) if is_blob else self.skip_array(stream), offset

    def _row_length(self, stream: Stream, layout: RowLayout | None) -> int:
        length = self._usual_length(stream)
        if length is None:
            length = self._told_length(stream)
        shortest, longest = (layout.shortest, layout.longest) if layout else (0, _LONGEST_ROW)
        if not shortest <= length <= longest:
            raise stream.damage(f"a row of {length} bytes, of a table with {shortest} to {longest}")
        return length

    def _usual_length(self, stream: Stream) -> int | None:
        """Of a row that begins as all do that a gbak wrote: many rows have little more."""
        if not self.is_transportable:
            head = stream.numbers(_HEAD)
            if head[:2] != (DataAttribute.LENGTH, 4) or head[3] != DataAttribute.DATA:
                return None
            stream.skip(_HEAD.size)
            return head[2]
        head = stream.numbers(_XDR_HEAD)
        if (head[:2], head[3:5]) != ((DataAttribute.LENGTH, 4), (DataAttribute.XDR_LENGTH, 4)):
            return None
        if head[6] != DataAttribute.DATA:
            return None
        stream.skip(_XDR_HEAD.size)
        return head[5]

    def _told_length(self, stream: Stream) -> int:
        """In XDR a row has a length of its own; the first length is then of some other row."""
        found = _numbers(stream, DataAttribute.DATA)
        is_xdr = self.is_transportable and DataAttribute.XDR_LENGTH in found
        return found.get(DataAttribute.XDR_LENGTH if is_xdr else DataAttribute.LENGTH, -1)

    def _blob_head(self, stream: Stream) -> tuple[int, int]:
        found = _numbers(stream, DataAttribute.BLOB_DATA)
        return (
            found.get(DataAttribute.FIELD_NUMBER, -1),
            found.get(DataAttribute.BLOB_SEGMENTS, 0),
        )

    def _array_head(self, stream: Stream) -> tuple[int, int]:
        found = _numbers(stream, DataAttribute.BLOB_DATA)
        length = stream.number(4)
        if length and self.is_transportable:
            if stream.byte() != DataAttribute.XDR_ARRAY:
                raise stream.damage("an array without the length of its XDR")
            length = stream.number(4)
        return found.get(DataAttribute.FIELD_NUMBER, -1), length


def _numbers(stream: Stream, last: int) -> dict[int, int]:
    """Attributes that are numbers, up to the one that is followed by data and not by a length."""
    found: dict[int, int] = {}
    while (attribute := stream.byte()) != last:
        length = stream.byte()
        if attribute not in _ATTRIBUTES or length > 8:
            raise stream.damage(f"attribute {attribute} of {length} bytes in a row or blob")
        found[attribute] = stream.number(length)
    return found


# of rows, blobs (type, longest segment) and arrays (dimensions, bounds)
_ATTRIBUTES = frozenset({*DataAttribute, 4, 6, 13, 14, 15, 16})
