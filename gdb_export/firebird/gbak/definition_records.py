"""The definitions of a backup as rows of system tables.

While the backup is read, only the offsets of the records are kept. The records are read again when
their rows are asked for.
"""

from array import array
from collections.abc import Iterator

from gdb_export.firebird.catalogue.reference_system_rows import SystemRow
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.definition_attributes import (
    CHILDREN,
    INDEX_COLUMN,
    INDEXED_TABLE,
    ROWS,
    RecordColumns,
)
from gdb_export.firebird.gbak.stream.record_types import RecordType
from gdb_export.firebird.gbak.stream.stream import ReadableAt, Stream
from gdb_export.firebird.values.value_types import Value

# Records in all, and bytes of the rows of one table: bound the memory that a hostile file takes. A
# zipped backup can unpack to a thousand times its size, so the limits follow its length as it is
# stored.
_MIN_RECORDS, _BYTES_PER_RECORD = 1 << 15, 2
_MIN_BYTES, _BYTES_PER_STORED = 32 << 20, 16
_MAX_TEXT = 64 << 20  # bytes of a source text or description
_BLOCK = 1 << 14

# The record types that begin an object; the records of its parts follow
_PARENTS: dict[str, tuple[int, int]] = {
    "RELATION_FIELDS": (RecordType.RELATION, RecordType.FIELD),
    "INDICES": (RecordType.RELATION_DATA, RecordType.INDEX),
    "INDEX_SEGMENTS": (RecordType.RELATION_DATA, RecordType.INDEX),
    "FUNCTION_ARGUMENTS": (RecordType.FUNCTION, RecordType.FUNCTION_ARGUMENT),
    "PROCEDURE_PARAMETERS": (RecordType.PROCEDURE, RecordType.PARAMETER),
}
_TYPES_OF_TABLES = {columns.table: record_type for record_type, columns in ROWS.items()}
_BEFORE_ROWS = (
    RecordType.DATABASE,
    RecordType.DOMAIN,
    RecordType.DIMENSIONS,
    RecordType.RELATION,
    RecordType.CHARSET,
    RecordType.COLLATION,
)
_INDEXED_TABLE = RecordColumns("", INDEXED_TABLE)
# Columns of an object's row whose values the rows of its parts repeat
_SHARED_NAMES = (
    *("RELATION_NAME", "FUNCTION_NAME", "PROCEDURE_NAME", "SCHEMA_NAME", "PACKAGE_NAME"),
)


def follows_rows(table: str) -> bool:
    """Whether records of a system table may come between or after the rows of the backup."""
    record_type = _PARENTS.get(table, (_TYPES_OF_TABLES.get(table, -1), 0))[0]
    return record_type not in _BEFORE_ROWS


class DefinitionRecords:
    """The offsets of the records with definitions, by type, and the rows that they stand for.

    `stored_bytes` is the size of the file.
    """

    def __init__(self, stored_bytes: int) -> None:
        self._stored_bytes = stored_bytes
        self._offsets: dict[int, array[int]] = {}
        self._count = 0
        self._max_count = _MIN_RECORDS + stored_bytes // _BYTES_PER_RECORD

    def add(self, record_type: int, offset: int) -> None:
        """Keep the offset of an undamaged record, if it has a definition."""
        is_known = record_type in ROWS or record_type == RecordType.RELATION_DATA
        if is_known and self._count < self._max_count:
            self._count += 1
            self._offsets.setdefault(record_type, array("Q")).append(offset)

    def rows(
        self, source: ReadableAt, table: str, wanted: frozenset[str], log: DamageLog
    ) -> Iterator[SystemRow]:
        """The wanted columns of a system table; columns that the format lacks are missing.

        What can't be read is logged and left out.
        """
        if self._count >= self._max_count:
            log.add(Damage(f"the backup has more than {self._max_count} definitions"))
        budget = _MIN_BYTES + _BYTES_PER_STORED * self._stored_bytes
        for row in self._all_rows(source, table, wanted, log):
            budget -= sum(len(value) for value in row.values() if isinstance(value, (str, bytes)))
            if budget < 0:
                log.add(
                    Damage(f"the definitions in {table} are too long for the size of the backup")
                )
                return
            yield row

    def sequence_value(self, source: ReadableAt, generator: int) -> int | None:
        """The value of the sequence with that GENERATOR_ID in its row; None if it has none."""
        offsets = self._offsets.get(RecordType.GENERATOR, ())
        if not 0 <= generator < len(offsets):
            return None
        stream = Stream(source, offsets[generator], _BLOCK)
        try:
            record_type = stream.byte()
            value = _row(stream, record_type, ROWS[RecordType.GENERATOR], None).get("VALUE")
        except Damage:
            return None
        return value if isinstance(value, int) else None

    def _all_rows(
        self, source: ReadableAt, table: str, wanted: frozenset[str], log: DamageLog
    ) -> Iterator[SystemRow]:
        record_type, child_type = _PARENTS.get(table, (_TYPES_OF_TABLES.get(table, -1), -1))
        offsets = self._offsets.get(record_type, ())
        blocks = sorted({offset // _BLOCK * _BLOCK for offset in offsets})
        source.will_read((block, _BLOCK) for block in blocks)
        stream = Stream(source, 0, _BLOCK)
        for ordinal, offset in enumerate(offsets):
            try:
                if stream.is_buffered(offset):
                    stream.seek(offset)
                else:
                    # a new stream for each record: a stream that moves on reads ever longer blocks
                    stream = Stream(source, offset, _BLOCK)
                stream.byte()
                if child_type >= 0:
                    yield from _parts(stream, record_type, child_type, table, wanted)
                    continue
                row = _row(stream, record_type, ROWS[record_type], wanted)
                if record_type == RecordType.GENERATOR and "GENERATOR_ID" in wanted:
                    row["GENERATOR_ID"] = ordinal
                yield row
            except Damage as damage:
                log.add(damage)


def _parts(
    stream: Stream, record_type: int, child_type: int, table: str, wanted: frozenset[str]
) -> Iterator[SystemRow]:
    """The rows of the parts of the object at the stream's position: columns, indices, arguments."""
    columns = ROWS.get(record_type, _INDEXED_TABLE)
    parent = _row(stream, record_type, columns, None)
    shared = {name: parent[name] for name in _SHARED_NAMES if name in parent and name in wanted}
    while stream.peek_byte() == child_type:
        stream.byte()
        if table == "INDEX_SEGMENTS":
            yield from _segments(stream, shared)
        else:
            yield shared | _row(stream, child_type, CHILDREN[child_type], wanted)


def _segments(stream: Stream, shared: SystemRow) -> Iterator[SystemRow]:
    """A row for each column of the index whose attributes are next."""
    names: list[bytes] = []
    index: SystemRow = {}
    columns = CHILDREN[RecordType.INDEX].columns
    read_name = columns[1].read
    for attribute, value in stream.attributes(RecordType.INDEX):
        if attribute == INDEX_COLUMN:
            names.append(value)
        elif attribute == 1:
            index["INDEX_NAME"] = read_name(value)
    for position, name in enumerate(names):
        yield shared | index | {"FIELD_NAME": read_name(name), "FIELD_POSITION": position}


def _row(
    stream: Stream, record_type: int, columns: RecordColumns, wanted: frozenset[str] | None
) -> SystemRow:
    """The columns of a record; the stream is after its type and is left after its attributes."""
    row: dict[str, Value] = {}
    for attribute, value in stream.attributes(record_type, _MAX_TEXT):
        column = columns.columns.get(attribute)
        if column is not None and (wanted is None or column.name in wanted):
            row[column.name] = column.read(value)
    return row
