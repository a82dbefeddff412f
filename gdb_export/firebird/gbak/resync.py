"""Resynchronisation in a damaged backup: finds the next description, row or table's rows.

A candidate is accepted if it can be read to its end and the type of the record after it is allowed
there. A shared budget limits the bytes read for rejected candidates, so a search is linear in the
file's length.
"""

from collections.abc import Callable, Container, Sequence

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.metadata import BackupTable, Metadata, relation_name
from gdb_export.firebird.gbak.stream.record_types import (
    FieldAttribute,
    RecordType,
    RelationAttribute,
)
from gdb_export.firebird.gbak.stream.stream import Stream

# The first bytes of records whose first attribute is the length of a row, a name or a schema
_ROW = bytes([RecordType.DATA, 1, 4])
_TABLE_ROWS = (bytes([RecordType.RELATION_DATA, RelationAttribute.NAME]),)
_DESCRIPTIONS = (bytes([RecordType.DOMAIN, 1]), bytes([RecordType.RELATION, 1]))
_TABLE_ROWS_OF_SCHEMA = (bytes([RecordType.RELATION_DATA, RelationAttribute.SCHEMA]),)
_DESCRIPTIONS_OF_SCHEMA = (
    bytes([RecordType.DOMAIN, FieldAttribute.SCHEMA]),
    bytes([RecordType.RELATION, RelationAttribute.SCHEMA]),
)
_BLOCK = 1 << 18
_OVERLAP = 260  # bytes of the next block: a candidate may cross the border
_AFTER_ROW = (RecordType.DATA, RecordType.RELATION_END)
_AFTER_DESCRIPTION = frozenset(
    {
        RecordType.DOMAIN,
        RecordType.RELATION,
        RecordType.RELATION_DATA,
        RecordType.DIMENSIONS,
        RecordType.FILE,
        RecordType.CHARSET,
        RecordType.COLLATION,
        RecordType.TYPE,
        RecordType.FILTER,
        RecordType.GENERATOR,
        RecordType.EXCEPTION,
        RecordType.FUNCTION,
        RecordType.PROCEDURE,
        RecordType.PACKAGE,
        RecordType.SCHEMA,
        RecordType.CONSTANT,
    }
)


def read_table_name(stream: Stream) -> QualifiedName:
    """Read the attributes of a RELATION_DATA record; return its table. Raises Damage."""
    return relation_name(dict(stream.attributes(RecordType.RELATION_DATA)))


class Resync:
    """Moves a stream to the next record from which reading can continue.

    `tables` are the names of the known tables; `has_schemas` is True for backup formats in which
    names have schemas.
    """

    def __init__(
        self,
        stream: Stream,
        records: DataRecords,
        tables: Container[QualifiedName],
        has_schemas: bool,
    ) -> None:
        self._table_rows = _TABLE_ROWS_OF_SCHEMA if has_schemas else _TABLE_ROWS
        self._descriptions = _DESCRIPTIONS_OF_SCHEMA if has_schemas else _DESCRIPTIONS
        self._stream = stream
        self._records = records
        self._tables = tables
        self._budget = 2 * stream.remaining + _BLOCK  # bytes that candidates may take in all

    def find_rows(self, begin: int, table: BackupTable | None) -> bool:
        """Move to the next row of `table`, if given, or to where a table's rows begin.

        `begin` is the offset of the damaged record. Returns False where there is neither.
        """
        self._go_back(begin)
        if table is None:
            return self._find(self._table_rows, self._is_table_rows)
        return self._find(
            (*self._table_rows, _ROW), lambda: self._is_table_rows() or self._is_row(table)
        )

    def find_description(self, begin: int) -> bool:
        """Move to the next domain or table, or to where the rows of a known table begin."""
        self._go_back(begin)
        return self._find(
            (*self._table_rows, *self._descriptions),
            lambda: self._is_table_rows() or self._is_description(),
        )

    def _go_back(self, begin: int) -> None:
        """Move to the byte after `begin`: reading the damaged record may have skipped intact
        records."""
        self._budget -= self._stream.position - begin
        if self._budget > 0:
            self._stream.seek(begin + 1)

    def _find(self, patterns: Sequence[bytes], is_accepted: Callable[[], bool]) -> bool:
        stream = self._stream
        while stream.remaining > 0:
            begin = stream.position
            block = stream.peek(_BLOCK + _OVERLAP)
            offsets = (offset for pattern in patterns for offset in _occurrences(block, pattern))
            for offset in sorted(offsets):
                if offset >= _BLOCK:
                    break
                if self._try(begin + offset, is_accepted):
                    return True
            stream.seek(begin)
            stream.skip(min(_BLOCK, len(block)))
        return False

    def _try(self, offset: int, is_accepted: Callable[[], bool]) -> bool:
        """Check the candidate at `offset` and leave the stream there."""
        if self._budget <= 0:
            return False
        self._stream.seek(offset)
        try:
            return is_accepted()
        except Damage:
            return False
        finally:
            self._budget -= self._stream.position - offset + 1
            self._stream.seek(offset)

    def _is_table_rows(self) -> bool:
        if self._stream.peek(1)[0] != RecordType.RELATION_DATA:
            return False
        self._stream.byte()
        return read_table_name(self._stream) in self._tables

    def _is_row(self, table: BackupTable) -> bool:
        if self._stream.byte() != RecordType.DATA:
            return False
        self._records.skip_row(self._stream, table.layout)
        for _ in self._records.skip_blobs(self._stream):
            pass
        return self._stream.byte() in _AFTER_ROW

    def _is_description(self) -> bool:
        record_type = self._stream.byte()
        if record_type == RecordType.RELATION_DATA:
            return False
        scratch = Metadata(self._records.is_transportable, stored_bytes=self._stream.remaining)
        scratch.add(record_type, self._stream)
        return not scratch.is_empty and self._stream.byte() in _AFTER_DESCRIPTION


def _occurrences(block: bytes, pattern: bytes) -> list[int]:
    """The offsets of the pattern in the block."""
    offsets = []
    offset = block.find(pattern)
    while offset >= 0:
        offsets.append(offset)
        offset = block.find(pattern, offset + 1)
    return offsets
