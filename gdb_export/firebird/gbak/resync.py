"""Finding the way again in a damaged backup: the next description of a domain or a table, the next
row, or the next table's rows.

What is found is believed if it can be passed over and a record follows that may follow it. What is
tried in vain is counted, so that the whole search takes a time that is linear in the length of the
file.
"""

from collections.abc import Callable, Sequence

from gdb_export.firebird.core.charsets import decode_name
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.metadata import BackupTable, Metadata
from gdb_export.firebird.gbak.records import Record, RelationAttribute
from gdb_export.firebird.gbak.stream import Stream

_ROW = bytes([Record.DATA, 1, 4])  # a row begins with the attribute of its length
_ROWS = bytes([Record.RELATION_DATA, RelationAttribute.NAME])
_DESCRIPTIONS = (bytes([Record.DOMAIN, 1]), bytes([Record.RELATION, 1]))  # name first
_BLOCK = 1 << 18
_OVERLAP = 260  # the longest beginning that is looked for
_AFTER_ROW = (Record.DATA, Record.RELATION_END)
_IN_DESCRIPTION = frozenset(
    {
        Record.DOMAIN,
        Record.RELATION,
        Record.RELATION_DATA,
        Record.DIMENSIONS,
        Record.FILE,
        Record.CHARSET,
        Record.COLLATION,
        Record.TYPE,
        Record.FILTER,
        Record.GENERATOR,
        Record.EXCEPTION,
        Record.FUNCTION,
        Record.PROCEDURE,
        Record.PACKAGE,
    }
)


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

    def next_rows(self, begin: int, table: BackupTable | None) -> bool:
        """To the next row of the table, if there is one, or to the next record that begins a
        table's rows; False if there is neither. `begin` is that of the record that is damaged."""
        self._go_back(begin)
        if table is None:
            return self._next((_ROWS,), self._is_rows)
        return self._next((_ROWS, _ROW), lambda: self._is_rows() or self._is_row(table))

    def next_description(self, begin: int) -> bool:
        """To the next domain or table, or where the rows of a known table begin."""
        self._go_back(begin)
        return self._next(
            (_ROWS, *_DESCRIPTIONS), lambda: self._is_rows() or self._is_description()
        )

    def _go_back(self, begin: int) -> None:
        """A damaged record may have swallowed what came after it."""
        self._tries_left -= self._stream.position - begin
        if self._tries_left > 0:
            self._stream.seek(begin + 1)

    def _next(self, beginnings: Sequence[bytes], is_believed: Callable[[], bool]) -> bool:
        stream = self._stream
        while stream.left > 0:
            begin = stream.position
            block = stream.peek(_BLOCK + _OVERLAP)
            for place in sorted(place for one in beginnings for place in _all(block, one)):
                if place >= _BLOCK:
                    break
                if self._try(begin + place, is_believed):
                    return True
            stream.seek(begin)
            stream.skip(min(_BLOCK, len(block)))
        return False

    def _try(self, offset: int, is_believed: Callable[[], bool]) -> bool:
        """Is it what is looked for? Then the stream is there."""
        if self._tries_left <= 0:
            return False
        self._stream.seek(offset)
        try:
            return is_believed()
        except Damage:
            return False
        finally:
            self._tries_left -= self._stream.position - offset + 1
            self._stream.seek(offset)

    def _is_rows(self) -> bool:
        if self._stream.peek(1)[0] != Record.RELATION_DATA:
            return False
        self._stream.byte()
        return table_name(self._stream) in self._tables

    def _is_row(self, table: BackupTable) -> bool:
        if self._stream.byte() != Record.DATA:
            return False
        self._records.skip_row(self._stream, table.layout)
        for _ in self._records.followers(self._stream):
            pass
        return self._stream.byte() in _AFTER_ROW

    def _is_description(self) -> bool:
        record = self._stream.byte()
        if record == Record.RELATION_DATA:
            return False
        scratch = Metadata(self._records.is_transportable)
        scratch.add(record, self._stream)
        return not scratch.is_empty and self._stream.byte() in _IN_DESCRIPTION


def _all(block: bytes, begin: bytes) -> list[int]:
    places = []
    at = block.find(begin)
    while at >= 0:
        places.append(at)
        at = block.find(begin, at + 1)
    return places
