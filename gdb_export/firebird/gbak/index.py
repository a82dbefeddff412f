"""Where each table's rows lie in a backup: one pass over the stream, in which rows are passed
over and not unpacked.

Where the stream breaks, what comes before is known, and reading goes on at the next place that
begins like a row of the same table or like the rows of another one.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.backup_row_batch import backup_row_batch
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.metadata import BackupTable, skip_record
from gdb_export.firebird.gbak.records import Record
from gdb_export.firebird.gbak.resync import Search, table_name
from gdb_export.firebird.gbak.stream import Stream

if TYPE_CHECKING:
    from gdb_export.firebird.gbak._backup_row_batch import BackupRowBatch

Span = tuple[int, int]


@dataclass(slots=True)
class TableSpans:
    """The spans of the stream (first byte, end) that hold whole rows of one table, how many rows,
    and what was damaged."""

    damage: DamageLog
    spans: list[Span] = field(default_factory=list)
    rows: int = 0
    is_found: bool = False

    def add(self, begin: int, end: int, cut: int, rows: int = 1) -> None:
        """Rows that follow each other, no more than `room` has bytes for and one."""
        self.rows += rows
        if self._goes_on(begin, cut):
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((begin, end))

    def room(self, begin: int, cut: int) -> int:
        """How many bytes from `begin` on the span has still room for: one of `cut` is enough."""
        return cut - (begin - self.spans[-1][0]) if self._goes_on(begin, cut) else cut

    def _goes_on(self, begin: int, cut: int) -> bool:
        if not self.spans:
            return False
        first, last = self.spans[-1]
        return last == begin and last - first < cut


class Index:
    """Made by one pass over the stream from where the rows begin. `damage` is what belongs to no
    table, `tables` has the spans by name."""

    def __init__(
        self, stream: Stream, records: DataRecords, tables: dict[str, BackupTable], cut: int
    ) -> None:
        self.damage = DamageLog()
        self.is_whole = False  # was the record found that ends a backup?
        self.tables = {name: TableSpans(DamageLog(name)) for name in tables}
        self._stream = stream
        self._records = records
        self._known = tables
        self._cut = cut
        self._search = Search(stream, records, tables)
        self._begin = stream.position  # of the record at hand
        self._sound_to = stream.position  # what lies before was a row, or began a table
        self._begins: list[int] = []
        self._names: list[str] = []
        self._read()

    def table_at(self, offset: int) -> str:
        """The name of the table whose rows are there."""
        return self._names[bisect_right(self._begins, offset) - 1]

    def _read(self) -> None:
        """All records up to the last; where one is damaged, on from the next that is known."""
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
                if not self._search.next_rows(self._sound_to, table):
                    break
                if self._stream.peek(1)[0] == Record.RELATION_DATA:
                    table = None
        self._name_what_is_missing()

    def _next_record(self) -> int:
        self._begin = self._stream.position
        return self._stream.byte()

    def _next_table(self) -> BackupTable | None:
        """The table whose rows come next; None at the end."""
        while (record := self._next_record()) != Record.RELATION_DATA:
            if record == Record.END:
                self._refuse_early_end()
                self.is_whole = True
                return None
            skip_record(record, self._stream)
        name = table_name(self._stream)
        if name not in self._known:
            raise self._stream.damage(f"rows of a table {name!r} that is not described")
        self._sound_to = self._stream.position
        self._begins.append(self._begin)
        self._names.append(name)
        spans = self.tables[name]
        spans.is_found = True
        refusal = self._known[name].refusal
        if refusal is not None:
            spans.damage.add(refusal)
        return self._known[name]

    def _refuse_early_end(self) -> None:
        """Every table has its place in a backup, also one without rows."""
        for name, spans in self.tables.items():
            if not spans.is_found:
                raise self._stream.damage(f"the end of the backup, before the rows of {name}")

    def _read_rows(self, table: BackupTable, spans: TableSpans) -> None:
        """Up to the end of the table's rows; indices stand before them."""
        stream, records, layout = self._stream, self._records, table.layout
        ordinary = backup_row_batch(layout, records)
        while True:
            if ordinary is not None:
                self._skip_ordinary(ordinary, spans)
            record = self._next_record()
            if record == Record.DATA:
                records.skip_row(stream, layout)
                for _ in records.followers(stream):
                    pass
                if layout is not None:
                    spans.add(self._begin, stream.position, self._cut)
                self._sound_to = stream.position
            elif record == Record.RELATION_END:
                return
            elif record in (Record.INDEX, Record.TRIGGER, Record.GENERATOR_VALUE):
                skip_record(record, stream)
            else:
                raise stream.damage(f"record {record} among the rows of a table")

    def _skip_ordinary(self, rows: "BackupRowBatch", spans: TableSpans) -> None:
        """As many rows as are at hand and are as most are."""
        while True:
            begin = self._stream.position
            data, at = self._stream.at_hand()
            count, behind = rows.skip(data, at, spans.room(begin, self._cut))
            if not count:
                return
            self._stream.skip(behind - at)
            self._sound_to = self._stream.position
            spans.add(begin, self._sound_to, self._cut, count)

    def _name_what_is_missing(self) -> None:
        logs = [self.damage, *(spans.damage for spans in self.tables.values())]
        if not any(log.count for log in logs):
            return
        for name, spans in self.tables.items():
            if not spans.is_found and self._known[name].layout is not None:
                spans.damage.add(Damage("its rows were not found in what is left of the backup"))
