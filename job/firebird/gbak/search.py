"""Finding the way again in a damaged backup: the next row, or the next table's rows.

A row of the table at hand is believed if it can be passed over and a record follows that may
follow one. What is tried in vain is counted, so that the whole search takes a time that is linear
in the length of the file.
"""

from job.firebird.charsets import decode_name
from job.firebird.errors import Damage
from job.firebird.gbak.data_records import DataRecords
from job.firebird.gbak.metadata import BackupTable
from job.firebird.gbak.records import Record, RelationAttribute
from job.firebird.gbak.stream import Stream

_ROW = bytes([Record.DATA, 1, 4])  # a row begins with the attribute of its length
_ROWS = bytes([Record.RELATION_DATA, RelationAttribute.NAME])
_BLOCK = 1 << 18
_OVERLAP = 260  # the longest beginning that is looked for
_AFTER_ROW = (Record.DATA, Record.RELATION_END)


def table_name(stream: Stream) -> str:
    """Of the record that begins a table's rows, behind its number; raises Damage."""
    name = b""
    for attribute, value in stream.attributes(Record.RELATION_DATA):
        if attribute == RelationAttribute.NAME:
            name = value
    return decode_name(name)


class Search:
    """Moves a stream on to where reading can go on."""

    def __init__(
        self, stream: Stream, records: DataRecords, tables: dict[str, BackupTable]
    ) -> None:
        self._stream = stream
        self._records = records
        self._tables = tables
        self._tries_left = 2 * stream.left + _BLOCK  # bytes

    def next(self, table: BackupTable | None) -> bool:
        """To the next row of the table, if there is one, or to the next record that begins a
        table's rows; False if there is neither."""
        stream = self._stream
        while stream.left:
            begin = stream.position
            block = stream.peek(_BLOCK + _OVERLAP)
            for place in _places(block, table is not None):
                if place >= _BLOCK:
                    break
                if self._is_believed(begin + place, table):
                    stream.seek(begin + place)
                    return True
            stream.seek(begin)
            stream.skip(min(_BLOCK, len(block)))
        return False

    def _is_believed(self, offset: int, table: BackupTable | None) -> bool:
        self._stream.seek(offset)
        try:
            if self._stream.byte() == Record.RELATION_DATA:
                return table_name(self._stream) in self._tables
            return table is not None and self._is_row(table)
        except Damage:
            return False

    def _is_row(self, table: BackupTable) -> bool:
        if self._tries_left <= 0:
            return False
        begin = self._stream.position
        try:
            self._records.skip_row(self._stream, table.layout)
            for _ in self._records.followers(self._stream):
                pass
            return self._stream.byte() in _AFTER_ROW
        finally:
            self._tries_left -= self._stream.position - begin + len(_ROW)


def _places(block: bytes, with_rows: bool) -> list[int]:
    """Where something begins that is looked for, in order."""
    found = _all(block, _ROWS)
    return sorted(found + _all(block, _ROW)) if with_rows else found


def _all(block: bytes, begin: bytes) -> list[int]:
    places = []
    at = block.find(begin)
    while at >= 0:
        places.append(at)
        at = block.find(begin, at + 1)
    return places
