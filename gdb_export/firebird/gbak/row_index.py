"""Index of a backup: the byte ranges that hold each table's rows.

One pass over the stream skips the rows without unpacking them. After damage the pass continues at
the next row of the same table, or where the rows of another table begin.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.gbak.backup_row_batch import RowBatchFactory
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.definition_records import DefinitionRecords
from gdb_export.firebird.gbak.metadata import BackupTable, add_sequence, skip_record
from gdb_export.firebird.gbak.resync import Resync, read_table_name
from gdb_export.firebird.gbak.stream.record_types import RecordType
from gdb_export.firebird.gbak.stream.stream import Stream

if TYPE_CHECKING:
    from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch

ByteRange = tuple[int, int]  # first byte, end

# Allowed RELATION_DATA records besides two for each table. An engine writes one for each table
_MAX_EXTRA_BEGINNINGS = 1000


@dataclass(slots=True)
class TableRanges:
    """The byte ranges of whole rows of one table, each of about `range_bytes`; the number of its
    rows; and their damage."""

    damage: DamageLog
    range_bytes: int
    ranges: list[ByteRange] = field(default_factory=list)
    rows: int = 0
    is_found: bool = False

    def add(self, begin: int, end: int, rows: int = 1) -> None:
        """Add rows that follow each other, by their bytes."""
        self.rows += rows
        if self._continues_last(begin):
            self.ranges[-1] = (self.ranges[-1][0], end)
        else:
            self.ranges.append((begin, end))

    def bytes_to_fill(self, begin: int) -> int:
        """Bytes from `begin` on after which the range with the row at `begin` is complete."""
        if self._continues_last(begin):
            return self.range_bytes - (begin - self.ranges[-1][0])
        return self.range_bytes

    def _continues_last(self, begin: int) -> bool:
        if not self.ranges:
            return False
        first, end = self.ranges[-1]
        return end == begin and end - first < self.range_bytes


class RowIndex:
    """The ranges of each table, by name, from one pass over a stream at its first rows.

    `names` maps the names in the stream to those of `tables`; `resync` moves on after damage.
    `definitions` gets the offsets of the definitions that are found.
    `damage` is the damage that belongs to no table; `is_whole` says whether the record that ends
    a backup was found.
    """

    def __init__(
        self,
        stream: Stream,
        records: DataRecords,
        tables: Mapping[str, BackupTable],
        names: Mapping[QualifiedName, str],
        resync: Resync,
        range_bytes: int,
        make_batch: RowBatchFactory,
        definitions: DefinitionRecords,
    ) -> None:
        self.damage = DamageLog()
        self.is_whole = False
        self.tables = {name: TableRanges(DamageLog(name), range_bytes) for name in tables}
        self.sequences: set[str] = set()  # of the user, described after the first rows
        self._stream = stream
        self._records = records
        self._backup_tables = tables
        self._names = names
        self._make_batch = make_batch
        self._definitions = definitions
        self._resync = resync
        self._begin = stream.position  # of the current record
        self._sound_to = stream.position  # end of the last sound row or RELATION_DATA record
        self._table_offsets: list[int] = []
        self._table_names: list[str] = []
        self._read()

    def table_at(self, offset: int) -> str:
        """The name of the table whose rows are at an offset."""
        return self._table_names[bisect_right(self._table_offsets, offset) - 1]

    def _read(self) -> None:
        """Read all records to the last; continue after damaged ones."""
        table: BackupTable | None = None
        while True:
            try:
                if table is None:
                    table = self._next_table()
                    if table is None:
                        break
                self._read_rows(table, self.tables[table.table.name])
                table = None
            except Damage as damage:
                log = self.damage if table is None else self.tables[table.table.name].damage
                log.add(damage)
                if self._has_too_many_beginnings() or not self._resync.find_rows(
                    self._sound_to, table
                ):
                    break
                if self._stream.peek(1)[0] == RecordType.RELATION_DATA:
                    table = None
        self._report_missing_tables()

    def _next_record(self) -> int:
        self._begin = self._stream.position
        return self._stream.byte()

    def _next_table(self) -> BackupTable | None:
        """The table whose rows come next; None at the end of the backup."""
        while (record_type := self._next_record()) != RecordType.RELATION_DATA:
            if record_type == RecordType.END:
                self._refuse_early_end()
                self.is_whole = True
                return None
            if record_type == RecordType.GENERATOR:
                add_sequence(self.sequences, self._stream)
            else:
                skip_record(record_type, self._stream)
            self._definitions.add(record_type, self._begin)
        stored_name = read_table_name(self._stream)
        if stored_name not in self._names:
            raise self._stream.damage(f"rows of a table {str(stored_name)!r} that is not described")
        name = self._names[stored_name]
        self._sound_to = self._stream.position
        if self._has_too_many_beginnings():
            raise self._stream.damage("the rows of the same tables begin again and again")
        self._table_offsets.append(self._begin)
        self._table_names.append(name)
        self._definitions.add(RecordType.RELATION_DATA, self._begin)
        ranges = self.tables[name]
        ranges.is_found = True
        refusal = self._backup_tables[name].refusal
        if refusal is not None:
            ranges.damage.add(refusal)
        return self._backup_tables[name]

    def _has_too_many_beginnings(self) -> bool:
        """Whether reading must end: the list of beginnings would grow with the unpacked bytes."""
        return len(self._table_offsets) >= 2 * len(self.tables) + _MAX_EXTRA_BEGINNINGS

    def _refuse_early_end(self) -> None:
        """Raise Damage if a table has no RELATION_DATA record, which even empty tables have."""
        for name, ranges in self.tables.items():
            if not ranges.is_found:
                raise self._stream.damage(f"the backup ends before the rows of {name}")

    def _read_rows(self, table: BackupTable, ranges: TableRanges) -> None:
        """Read to the end of a table's rows. The records of its indices and triggers come first."""
        stream, records, layout = self._stream, self._records, table.layout
        batch = None if layout is None else self._make_batch(layout, records)
        while True:
            if batch is not None:
                self._skip_batches(batch, ranges)
            record_type = self._next_record()
            if record_type == RecordType.DATA:
                records.skip_row(stream, layout)
                for _ in records.skip_blobs(stream):
                    pass
                if layout is not None:
                    ranges.add(self._begin, stream.position)
                self._sound_to = stream.position
            elif record_type == RecordType.RELATION_END:
                return
            elif record_type in (
                RecordType.INDEX,
                RecordType.TRIGGER,
                RecordType.GENERATOR_VALUE,
            ):
                skip_record(record_type, stream)
            else:
                raise stream.damage(f"a record of type {record_type} among the rows of a table")

    def _skip_batches(self, batch: "BackupRowBatch", ranges: TableRanges) -> None:
        """Skip the buffered rows that compiled code can read."""
        while True:
            begin = self._stream.position
            data, at = self._stream.buffered()
            count, end = batch.skip(data, at, ranges.bytes_to_fill(begin))
            if not count:
                return
            self._stream.skip(end - at)
            self._sound_to = self._stream.position
            ranges.add(begin, self._sound_to, count)

    def _report_missing_tables(self) -> None:
        logs = [self.damage, *(ranges.damage for ranges in self.tables.values())]
        if not any(log.count for log in logs):
            return
        for name, ranges in self.tables.items():
            if not ranges.is_found and self._backup_tables[name].layout is not None:
                ranges.damage.add(Damage("its rows were not found in the damaged backup"))
