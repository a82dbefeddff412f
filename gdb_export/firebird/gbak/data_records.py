"""Rows, blobs and arrays as they are stored in a backup.

A row is its length, then its bytes; its blobs and arrays follow it and name the field that they
belong to. These records have no end mark; they end after the bytes that their lengths count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from gdb_export.firebird.gbak.row_layout import RowLayout
from gdb_export.firebird.gbak.stream.record_types import DataAttribute, RecordType
from gdb_export.firebird.gbak.stream.stream import Stream

_BLOB_TYPES = (RecordType.BLOB, RecordType.ARRAY)
# The attributes LENGTH and XDR_LENGTH, each with its number, length and value; then the number of
# the attribute DATA
_HEAD = Struct("<BBIB")
_XDR_HEAD = Struct("<BBIBBIB")
_MAX_ROW = 1 << 20  # bytes of a row of a table whose layout is not known


@dataclass(frozen=True, slots=True)
class DataRecords:
    """Decoder of the data records of one backup.

    Each method starts after the record's type and leaves the stream at the next record; all raise
    Damage.
    """

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
        """Skip a blob; return the number of its field."""
        field_number, segments = self._blob_head(stream)
        for _ in range(segments):
            stream.skip(stream.integer(2))
        return field_number

    def blob_length(self, stream: Stream) -> int:
        """Skip a blob; return the length of its content."""
        _, segments = self._blob_head(stream)
        begin = stream.position
        for _ in range(segments):
            stream.skip(stream.integer(2))
        return stream.position - begin - 2 * segments

    def blob_parts(self, stream: Stream) -> Iterator[bytes]:
        """The segments of a blob."""
        _, segments = self._blob_head(stream)
        for _ in range(segments):
            yield stream.take(stream.integer(2))

    def skip_array(self, stream: Stream) -> int:
        """Skip an array; return the number of its field."""
        field_number, length = self._array_head(stream)
        stream.skip(length)
        return field_number

    def array(self, stream: Stream) -> tuple[int, bytes]:
        """Return the number of an array's field, and its elements."""
        field_number, length = self._array_head(stream)
        return field_number, stream.take(length)

    def skip_blobs(self, stream: Stream) -> Iterator[tuple[int, int]]:
        """Skip the blobs and arrays of a row; yield field number and record offset of each."""
        while stream.peek_byte() in _BLOB_TYPES:
            offset = stream.position
            is_blob = stream.byte() == RecordType.BLOB
            yield self.skip_blob(stream) if is_blob else self.skip_array(stream), offset

    def _row_length(self, stream: Stream, layout: RowLayout | None) -> int:
        length = self._length_of_common_head(stream)
        if length is None:
            length = self._length_of_any_head(stream)
        shortest, longest = (layout.shortest, layout.longest) if layout else (0, _MAX_ROW)
        if not shortest <= length <= longest:
            raise stream.damage(
                f"a row of {length} bytes: rows of its table have {shortest} to {longest}"
            )
        return length

    def _length_of_common_head(self, stream: Stream) -> int | None:
        """The length of a row that has the attributes in the order of gbak; else None."""
        if not self.is_transportable:
            head = stream.peek_struct(_HEAD)
            if head[:2] != (DataAttribute.LENGTH, 4) or head[3] != DataAttribute.DATA:
                return None
            stream.skip(_HEAD.size)
            return head[2]
        head = stream.peek_struct(_XDR_HEAD)
        if (head[:2], head[3:5]) != ((DataAttribute.LENGTH, 4), (DataAttribute.XDR_LENGTH, 4)):
            return None
        if head[6] != DataAttribute.DATA:
            return None
        stream.skip(_XDR_HEAD.size)
        return head[5]

    def _length_of_any_head(self, stream: Stream) -> int:
        """The length of a row with its attributes in any order. In a transportable row only the XDR
        length is reliable: LENGTH may be that of another row."""
        attributes = _integers(stream, DataAttribute.DATA)
        is_xdr = self.is_transportable and DataAttribute.XDR_LENGTH in attributes
        return attributes.get(DataAttribute.XDR_LENGTH if is_xdr else DataAttribute.LENGTH, -1)

    def _blob_head(self, stream: Stream) -> tuple[int, int]:
        attributes = _integers(stream, DataAttribute.BLOB_DATA)
        return (
            attributes.get(DataAttribute.FIELD_NUMBER, -1),
            attributes.get(DataAttribute.BLOB_SEGMENTS, 0),
        )

    def _array_head(self, stream: Stream) -> tuple[int, int]:
        attributes = _integers(stream, DataAttribute.BLOB_DATA)
        length = stream.integer(4)
        if length and self.is_transportable:
            if stream.byte() != DataAttribute.XDR_ARRAY:
                raise stream.damage("an array without the length of its XDR")
            length = stream.integer(4)
        return attributes.get(DataAttribute.FIELD_NUMBER, -1), length


def _integers(stream: Stream, last: int) -> dict[int, int]:
    """Read integer attributes up to `last`, which is followed by data instead of a length."""
    integers: dict[int, int] = {}
    while (attribute := stream.byte()) != last:
        length = stream.byte()
        if attribute not in _ATTRIBUTES or length > 8:
            raise stream.damage(f"attribute {attribute} of {length} bytes in a row or blob")
        integers[attribute] = stream.integer(length)
    return integers


# Attributes of rows, blobs (type, longest segment) and arrays (dimensions, bounds)
_ATTRIBUTES = frozenset({*DataAttribute, 4, 6, 13, 14, 15, 16})
