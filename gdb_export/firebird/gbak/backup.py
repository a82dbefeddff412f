"""Backup: tables of a gbak backup and the record images of their rows. Start here.

Opening reads the table descriptions, which come first. The rows are located by one pass over the
whole stream when they are first asked for.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.declared_types import EMPTY_BLOB
from gdb_export.firebird.catalogue.reference_system_rows import SystemRow
from gdb_export.firebird.core.boundary import translate_unexpected, translate_unexpected_items
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, UnreadableDatabase
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.ods import UNRELEASED
from gdb_export.firebird.core.qualified_names import unique_texts
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.gbak.arrays import array_blob
from gdb_export.firebird.gbak.backup_row_batch import RowBatchFactory, compiled_row_batch
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.definition_records import DefinitionRecords, follows_rows
from gdb_export.firebird.gbak.header import read_header
from gdb_export.firebird.gbak.metadata import BackupTable, Metadata
from gdb_export.firebird.gbak.resync import Resync
from gdb_export.firebird.gbak.row_index import ByteRange, RowIndex
from gdb_export.firebird.gbak.row_layout import RowLayout
from gdb_export.firebird.gbak.row_reader import RowReader
from gdb_export.firebird.gbak.stream.record_types import (
    FIRST_FORMAT_WITH_SCHEMAS,
    ODS_OF_FORMAT,
    OLDEST_ODS,
    RecordType,
)
from gdb_export.firebird.gbak.stream.stream import BLOCK, ReadableAt, Stream
from gdb_export.firebird.gbak.stream.unzipped import UnzippedSource
from gdb_export.firebird.gbak.stream.window import Window
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.records.large_blobs import MAX_WHOLE_BLOB, LargeBlob, joined

_BLOB_BLOCK = 1 << 12  # bytes of a read for a blob
_RANGE_BYTES = 1 << 20
# Bytes of a batch of images: few, because a caller may want only the first rows
_IMAGES_BYTES = 1 << 16

_NO_END = "the backup has no end: it was cut off, or it continues in another volume"

FORMAT_NUMBER = 1  # of the only format that a table has in a backup


class Backup:
    """One backup. Raises only FirebirdError; safe to use from several threads.

    The id of a blob or an array is the offset of its record in the stream. `range_bytes` is the
    approximate length of the byte ranges into which the index divides the rows of a table.
    """

    has_wide_arrays = False
    is_interbase = False  # backups of InterBase are refused
    system_tables = None  # a backup holds definitions, not the rows of system tables

    @translate_unexpected
    def __init__(
        self,
        source: Source,
        range_bytes: int = _RANGE_BYTES,
        make_batch: RowBatchFactory = compiled_row_batch,
    ) -> None:
        self.damage = DamageLog()
        self._source: ReadableAt = source
        # a read of one byte, in which the caller may cancel
        self.budget = EvaluationBudget(source.size, partial(source.read, 0, 1))
        self._range_bytes = range_bytes
        self._make_batch = make_batch
        self._unzipped: UnzippedSource | None = None
        stream = Stream(source)
        self.header = read_header(stream)
        if self.header.is_zipped:
            self._source = self._unzipped = UnzippedSource(source, stream.position)
            stream = Stream(self._source)
        if self.ods[0] in UNRELEASED:
            self.damage.note(UNRELEASED[self.ods[0]])
        self._records = DataRecords(self.header.is_compressed, self.header.is_transportable)
        self._metadata = Metadata(self.header.is_transportable, self.ods[0], source.size)
        self._definitions = DefinitionRecords(source.size)
        self._read_metadata(stream)
        self._rows_begin = stream.position
        self._names = unique_texts(self._metadata.tables)
        self._backup_tables = {
            self._names[name]: _renamed(backup_table, self._names[name])
            for name, backup_table in self._metadata.tables.items()
        }
        self.tables = [
            backup_table.table
            for _, backup_table in sorted(self._backup_tables.items())
            if not backup_table.is_system
        ]
        self._lock = threading.Lock()
        self._index: RowIndex | None = None
        self._local = threading.local()

    @property
    def ods(self) -> tuple[int, int]:
        """The ODS of the engine whose gbak writes this format."""
        return ODS_OF_FORMAT.get(self.header.format, OLDEST_ODS)

    @property
    def format_label(self) -> str:
        return f"gbak {self.header.format}"

    @property
    def page_size(self) -> int:
        """The page size of the database that was backed up."""
        return self._metadata.page_size

    @property
    def page_count(self) -> int:
        return -(-self._source.size // self.page_size)

    @property
    def dialect(self) -> int:
        return self._metadata.dialect

    @property
    def default_charset(self) -> str:
        return self._metadata.default_charset

    @property
    def sequences(self) -> list[str]:
        """The names of the user's sequences; their records come before or after the rows."""
        return sorted(self._metadata.sequences | self.index().sequences)

    @translate_unexpected
    def index(self) -> RowIndex:
        """The byte ranges of each table's rows; the first call reads the whole stream."""
        with self._lock:
            if self._index is None:
                self._will_read_all()
                stream = Stream(self._source, self._rows_begin, BLOCK)
                self._index = RowIndex(
                    stream,
                    self._records,
                    self._backup_tables,
                    self._names,
                    self._resync(stream),
                    self._range_bytes,
                    self._make_batch,
                    self._definitions,
                )
                if self._unzipped and self._unzipped.damage and not self._index.is_whole:
                    self.damage.add(self._unzipped.damage)
                self.damage.extend(self._index.damage)
                if not self._index.is_whole:
                    self.damage.note(_NO_END)
            return self._index

    @translate_unexpected
    def will_read(self, ranges: Iterable[ByteRange]) -> None:
        """Announce that the rows of these ranges are read next, in about this order."""
        self._source.will_read((begin, end - begin) for begin, end in ranges)

    @translate_unexpected_items
    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Yield format number, format and image of every undamaged row."""
        layout = self._layout(table)
        for byte_range in self.index().tables[table.name].ranges:
            rows = self.row_reader(table, byte_range)
            while (batch := rows.next_rows(_IMAGES_BYTES)) is not None:
                offsets, images = batch
                if isinstance(images, bytes):
                    length = len(images) // len(offsets)
                    for start in range(0, len(images), length):
                        yield FORMAT_NUMBER, layout.format, images[start : start + length]

    @translate_unexpected
    def row_reader(self, table: Table, byte_range: ByteRange) -> RowReader:
        """A reader of the rows of a range, from the first on."""
        # the blobs and arrays of these rows are in the same range: `blob` reads from the window
        window = self._local.window = Window(self._source, *byte_range)
        layout = self._layout(table)
        batch = self._make_batch(layout, self._records)
        return RowReader(window, *byte_range, layout, self._records, batch)

    @translate_unexpected_items
    def definition_rows(
        self, table: str, wanted: frozenset[str], log: DamageLog
    ) -> Iterator[SystemRow]:
        """The wanted fields of the rows of a system table, from the records of the backup.

        The first call for records after the rows of the tables reads the whole stream. The values
        of blobs are their content.
        """
        if follows_rows(table):
            self.index()
        yield from self._definitions.rows(self._source, table, wanted, log)

    def definition_blob(self, value: bytes) -> bytes:
        return value

    @translate_unexpected
    def sequence_value(self, generator: int) -> int | None:
        return self._definitions.sequence_value(self._source, generator)

    def row_bytes(self) -> tuple[bytes, int]:
        """The bytes of the range whose rows this thread reads, and their offset in the stream; no
        bytes if the range is too long to be held in memory."""
        window: Window | None = getattr(self._local, "window", None)
        return (b"", 0) if window is None else (window.data, window.begin)

    @translate_unexpected
    def format(self, table: Table, format_number: int) -> Format:
        return self._layout(table).format

    @translate_unexpected
    def blob(self, blob_id: bytes) -> bytes:
        """The content of a blob, or of an array as a database stores it; raises Damage."""
        content = self.open_blob(blob_id)
        return content if isinstance(content, bytes) else b"".join(content.parts())

    @translate_unexpected
    def open_blob(self, blob_id: bytes) -> bytes | LargeBlob:
        """The content of a blob, as a LargeBlob if it is too long to be held in memory, or of an
        array as a database stores it; raises Damage."""
        if blob_id == EMPTY_BLOB:
            return b""
        offset = int.from_bytes(blob_id, "little")
        source: ReadableAt = getattr(self._local, "window", self._source)
        stream = Stream(source, offset, _BLOB_BLOCK)
        if stream.byte() == RecordType.BLOB:
            segments: list[bytes] = []
            length = 0
            for segment in self._records.blob_parts(stream):
                segments.append(segment)
                length += len(segment)
                if length > MAX_WHOLE_BLOB:
                    stream.seek(offset + 1)
                    length = self._records.blob_length(stream)
                    return LargeBlob(partial(self._blob_parts, source, offset), length)
            return b"".join(segments)
        field_number, elements = self._records.array(stream)
        layout = self._backup_tables[self.index().table_at(offset)].layout
        if layout is None or field_number not in layout.blob_fields:
            raise Damage("an array that belongs to no column")
        field = layout.fields[layout.blob_fields[field_number]]
        return array_blob(field, elements, self.header.is_transportable)

    def _blob_parts(self, source: ReadableAt, offset: int, is_charged: bool) -> Iterator[bytes]:
        """The content of the blob whose record is at an offset."""
        stream = Stream(source, offset, _BLOB_BLOCK)
        stream.byte()
        return joined(self._records.blob_parts(stream))

    def _will_read_all(self) -> None:
        blocks = range(self._rows_begin // BLOCK + 1, -(-self._source.size // BLOCK))
        self._source.will_read((block * BLOCK, BLOCK) for block in blocks)

    def _layout(self, table: Table) -> RowLayout:
        backup_table = self._backup_tables[table.name]
        if backup_table.layout is None:
            # a new exception: the traceback of a stored one would be a reference cycle
            raise Damage(
                backup_table.refusal.reason if backup_table.refusal else "the table has no rows"
            )
        return backup_table.layout

    def _resync(self, stream: Stream) -> Resync:
        has_schemas = self.header.format >= FIRST_FORMAT_WITH_SCHEMAS
        return Resync(stream, self._records, self._metadata.tables, has_schemas)

    def _read_metadata(self, stream: Stream) -> None:
        """Read to the first rows; raises UnreadableDatabase where there are none."""
        resync = self._resync(stream)
        while True:
            begin = stream.position
            try:
                next_byte = stream.peek_byte()
                if next_byte == RecordType.RELATION_DATA:
                    return
                if next_byte == RecordType.END:
                    self._refuse_early_end(stream)
                    return
                self._metadata.add(stream.byte(), stream)
                self._definitions.add(next_byte, begin)
            except Damage as damage:
                self.damage.add(damage)
                if not resync.find_description(begin):
                    cause = (self._unzipped and self._unzipped.damage) or damage
                    raise UnreadableDatabase(
                        f"{cause.reason}, before the rows of its tables begin"
                    ) from damage

    def _refuse_early_end(self, stream: Stream) -> None:
        """Raise Damage if the backup ends before the rows of its tables. Without damage, a backup
        without tables ends here."""
        if self._metadata.tables or self.damage.count:
            stream.byte()
            raise stream.damage("the backup ends before the rows of its tables")


def _renamed(backup_table: BackupTable, name: str) -> BackupTable:
    if backup_table.table.name == name:
        return backup_table
    return replace(backup_table, table=backup_table.table._replace(name=name))
