"""The rows of one byte range of a backup as record images, in order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.row_layout import RowLayout
from gdb_export.firebird.gbak.stream.stream import BLOCK, ReadableAt, Stream

if TYPE_CHECKING:
    from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch

_BLOB_ID_BYTES = 8


class RowReader:
    """Reads the rows from `begin` to `end`. Raises only FirebirdError; for one thread."""

    def __init__(
        self,
        source: ReadableAt,
        begin: int,
        end: int,
        layout: RowLayout,
        records: DataRecords,
        batch: "BackupRowBatch | None",
    ) -> None:
        self._stream = Stream(source, begin, BLOCK)
        self._end = end
        self._layout = layout
        self._records = records
        self._batch = batch

    @translate_unexpected
    def next_rows(self, max_bytes: int) -> tuple[Sequence[int], bytes | Damage] | None:
        """Return the offsets of the next rows and their joined images, or one row and its damage.

        Ends with the row that makes the images reach `max_bytes`. Returns None at the end of the
        range.
        """
        stream = self._stream
        if stream.position >= self._end:
            return None
        if self._batch is not None:
            data, at = stream.buffered()
            base = stream.position - at
            offsets, images, end = self._batch.images(data, at, self._end - base, max_bytes, base)
            if images:
                stream.skip(end - at)
                return [base + offset for offset in offsets], images
        offset = stream.position
        try:
            return (offset,), self._next_image()
        except Damage as damage:
            return (offset,), damage

    @translate_unexpected
    def _next_image(self) -> bytes:
        layout = self._layout
        try:
            row, blobs = self._next_row()
        except Damage:
            # the source returned other bytes when the index was made: give up the range's rest
            self._stream.seek(self._end)
            raise
        image = layout.image(row)
        for field_number, blob_offset in blobs:
            index = layout.blob_fields.get(field_number)
            if index is None:
                raise Damage(f"a blob of field {field_number}, which is not a blob column")
            at = layout.format.descriptors[index].offset
            image[at : at + _BLOB_ID_BYTES] = blob_offset.to_bytes(_BLOB_ID_BYTES, "little")
        return bytes(image)

    @translate_unexpected
    def _next_row(self) -> tuple[bytes, list[tuple[int, int]]]:
        """The unpacked row; field number and record offset of each of its blobs and arrays."""
        self._stream.byte()
        row = self._records.row(self._stream, self._layout)
        return row, list(self._records.skip_blobs(self._stream))
