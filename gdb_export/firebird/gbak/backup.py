"""Backup: the bytes of a gbak backup in, tables and the images of their rows out. Start here.

Opening reads the description of the tables, which stands first. Where the rows are is found by one
pass over the whole stream, when it is first asked for.
"""

import threading
from collections.abc import Iterable, Iterator

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.declared_types import EMPTY_BLOB
from gdb_export.firebird.core.boundary import translate_unexpected, translate_unexpected_items
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, UnreadableDatabase
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.gbak.arrays import array_blob
from gdb_export.firebird.gbak.data_records import DataRecords
from gdb_export.firebird.gbak.index import Index, Span
from gdb_export.firebird.gbak.metadata import Metadata
from gdb_export.firebird.gbak.opening import read_header
from gdb_export.firebird.gbak.records import ODS_OF_FORMAT, OLDEST_ODS, Record
from gdb_export.firebird.gbak.resync import Search
from gdb_export.firebird.gbak.rows import RowLayout
from gdb_export.firebird.gbak.span_rows import SpanRows
from gdb_export.firebird.gbak.stream import BLOCK, Stream
from gdb_export.firebird.gbak.window import Readable, Window
from gdb_export.firebird.gbak.zipped import Unzipped
from gdb_export.firebird.records.formats import Format

_BLOB_BLOCK = 1 << 12
_FEW_BYTES = 1 << 16  # of images, for who may want only the first rows

_NO_END = "the backup has no end: it was cut off, or it goes on in a further volume"

FORMAT = 1  # the number of the only format that a table has in a backup


class Backup:
    """One backup. Raises FirebirdError and nothing else; safe to use from several threads.

    The id of a blob or an array is the offset of its record in the stream.
    """

    has_wide_arrays = False

    @translate_unexpected
    def __init__(self, source: Source) -> None:
        self.damage = DamageLog()
        self._source: Readable = source
        self._unzipped: Unzipped | None = None
        stream = Stream(source)
        self.header = read_header(stream)
        if self.header.is_zipped:
            self._source = self._unzipped = Unzipped(source, stream.position)
            stream = Stream(self._source)
        self._records = DataRecords(self.header.is_compressed, self.header.is_transportable)
        self._metadata = Metadata(self.header.is_transportable, self.ods[0])
        self._read_metadata(stream)
        self._rows_begin = stream.position
        self._known = self._metadata.tables
        self.tables = [one.table for _, one in sorted(self._known.items()) if not one.is_system]
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._local = threading.local()

    @property
    def ods(self) -> tuple[int, int]:
        """That of the engine whose gbak writes this format."""
        return ODS_OF_FORMAT.get(self.header.format, OLDEST_ODS)

    @property
    def format_label(self) -> str:
        return f"gbak {self.header.format}"

    @property
    def page_size(self) -> int:
        """Of the database that was backed up."""
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

    @translate_unexpected
    def index(self, cut: int) -> Index:
        """Where the rows are, in spans of about `cut` bytes; made once."""
        with self._lock:
            if self._index is None:
                self._will_read_all()
                stream = Stream(self._source, self._rows_begin, BLOCK)
                self._index = Index(stream, self._records, self._known, cut)
                if self._unzipped and self._unzipped.damage and not self._index.is_whole:
                    self.damage.add(self._unzipped.damage)
                self.damage.extend(self._index.damage)
                if not self._index.is_whole:
                    self.damage.note(_NO_END)
            return self._index

    @translate_unexpected
    def will_read(self, spans: Iterable[Span]) -> None:
        """A hint: the rows of these spans will be asked for, in about this order."""
        self._source.will_read((begin, end - begin) for begin, end in spans)

    @translate_unexpected_items
    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Number of the format, format and image of every row that is not damaged."""
        layout = self._layout(table)
        for span in self._made_index().tables[table.name].spans:
            rows = self.span_rows(table, span)
            while (found := rows.next_rows(_FEW_BYTES)) is not None:
                offsets, images = found
                if isinstance(images, bytes):
                    length = len(images) // len(offsets)
                    for at in range(0, len(images), length):
                        yield FORMAT, layout.format, images[at : at + length]

    @translate_unexpected
    def span_rows(self, table: Table, span: Span) -> SpanRows:
        """The rows of a span, from the first on."""
        # the blobs and arrays of a row lie behind it: who reads them looks here first
        window = self._local.window = Window(self._source, *span)
        return SpanRows(window, *span, self._layout(table), self._records)

    @translate_unexpected
    def format(self, table: Table, number: int) -> Format:
        return self._layout(table).format

    @translate_unexpected
    def blob(self, blob_id: bytes) -> bytes:
        """The content of a blob, or an array as a database keeps it; raises Damage."""
        if blob_id == EMPTY_BLOB:
            return b""
        offset = int.from_bytes(blob_id, "little")
        stream = Stream(getattr(self._local, "window", self._source), offset, _BLOB_BLOCK)
        if stream.byte() == Record.BLOB:
            return self._records.blob(stream)
        number, elements = self._records.array(stream)
        layout = self._known[self._made_index().table_at(offset)].layout
        if layout is None or number not in layout.places:
            raise Damage("an array that belongs to no column")
        field = layout.fields[layout.places[number]]
        return array_blob(field, elements, self.header.is_transportable)

    def _will_read_all(self) -> None:
        blocks = range(self._rows_begin // BLOCK + 1, -(-self._source.size // BLOCK))
        self._source.will_read((block * BLOCK, BLOCK) for block in blocks)

    def _made_index(self) -> Index:
        assert self._index is not None
        return self._index

    def _layout(self, table: Table) -> RowLayout:
        layout = self._known[table.name].layout
        if layout is None:
            raise self._known[table.name].refusal or Damage("the table has no rows")
        return layout

    def _read_metadata(self, stream: Stream) -> None:
        """Up to the first rows; raises UnreadableDatabase where there are none."""
        search = Search(stream, self._records, self._metadata.tables)
        while True:
            begin = stream.position
            try:
                record = stream.peek(1)
                if record and record[0] == Record.RELATION_DATA:
                    return
                if record and record[0] == Record.END:
                    self._refuse_early_end(stream)
                    return
                self._metadata.add(stream.byte(), stream)
            except Damage as damage:
                self.damage.add(damage)
                if not search.next_description(begin):
                    cause = (self._unzipped and self._unzipped.damage) or damage
                    raise UnreadableDatabase(
                        f"{cause.reason}, before the rows of its tables begin"
                    ) from damage

    def _refuse_early_end(self, stream: Stream) -> None:
        """A backup may have no tables, but not tables without a place for their rows."""
        if self._metadata.tables or self.damage.count:
            stream.byte()
            raise stream.damage("the end of the backup, before the rows of its tables")
