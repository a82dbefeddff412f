"""The rows of one span of a backup as record images, in order."""

from collections.abc import Sequence

from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.backup_row_batch import backup_row_batch
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.rows import RowLayout
from gdb_export.firebird.gbak.stream import BLOCK, Stream
from gdb_export.firebird.gbak.window import Readable

_ID_BYTES = 8


class SpanRows:
    """Reads from where the span begins. Raises FirebirdError and nothing else; for one thread."""

    def __init__(
        self, source: Readable, begin: int, end: int, layout: RowLayout, records: DataRecords
    ) -> None:
        self._stream = Stream(source, begin, BLOCK)
        self._end = end
        self._layout = layout
        self._records = records
        self._ordinary = backup_row_batch(layout, records)

    @translate_unexpected
    def next_rows(self, most: int) -> tuple[Sequence[int], bytes | Damage] | None:
        """Where rows lie and their images joined, up to the one with which they come to `most`
        bytes; or where one row lies and what is wrong with it. None at the end of the span."""
        stream = self._stream
        if stream.position >= self._end:
            return None
        if self._ordinary is not None:
            data, at = stream.at_hand()
            base = stream.position - at
            places, images, behind = self._ordinary.images(data, at, self._end - base, most)
            if images:
                stream.skip(behind - at)
                return [base + place for place in places], images
        offset = stream.position
        try:
            return (offset,), self._next_image()
        except Damage as damage:
            return (offset,), damage

    @translate_unexpected
    def _next_image(self) -> bytes:
        layout = self._layout
        try:
            row, followers = self._next_row()
        except Damage:
            # the index passed over it: the source does not give the same bytes twice
            self._stream.seek(self._end)
            raise
        image = layout.image(row)
        for number, record in followers:
            place = layout.places.get(number)
            if place is None:
                raise Damage(f"a blob of field {number}, which has none")
            at = layout.format.descriptors[place].offset
            image[at : at + _ID_BYTES] = record.to_bytes(_ID_BYTES, "little")
        return bytes(image)

    @translate_unexpected
    def _next_row(self) -> tuple[bytes, list[tuple[int, int]]]:
        """The row, and its blobs and arrays by field number and offset."""
        self._stream.byte()
        row = self._records.row(self._stream, self._layout)
        return row, list(self._records.followers(self._stream))
