"""The chunks of a backup: spans of its stream that hold whole rows, as (first byte, end)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gdb_export.chunks.chunks import CHUNK_BYTES, Chunk, longest_row
from gdb_export.csv_rows import TableImages, table_images
from gdb_export.csv_rows.made_by import MadeBy
from gdb_export.csv_rows.row_lines import BinaryText
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.backup import FORMAT_NUMBER, Backup
from gdb_export.firebird.gbak.row_index import ByteRange
from gdb_export.firebird.values.text import TextDecoder

_BATCH_BYTES = 1 << 20  # of images
_LONGEST_TEXT = 16  # bytes of CSV for one of a blob or an array


@dataclass(frozen=True, slots=True)
class BackupChunks:
    """A backup, to be exported in chunks."""

    contents: Backup

    def plan(self, table: Table) -> "BackupPlan":
        """The first plan reads the whole stream once."""
        found = self.contents.index().tables[table.name]
        parts = list(_gathered(found.ranges, CHUNK_BYTES))
        pages = [self._pages(spans) for spans in parts]
        return BackupPlan(table, found.damage, parts, pages, found.rows)

    @property
    def coalescing_window(self) -> int:
        return 0

    def reading_order(self, chunks: Sequence[Chunk]) -> range:
        """The stream has its tables one after another."""
        return range(len(chunks))

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        self.contents.will_read(span for chunk in chunks for span in chunk.parts)

    def _pages(self, spans: list[ByteRange]) -> int:
        return max(1, sum(end - begin for begin, end in spans) // self.contents.page_size)

    def chunk_lines(
        self, table: Table, text: TextDecoder, binary_text: BinaryText
    ) -> "BackupLines":
        rows = table_images(self.contents, table, text, binary_text)
        return BackupLines(self.contents, table, rows)


def _gathered(spans: list[ByteRange], cut: int) -> Iterator[list[ByteRange]]:
    """Spans together that are short because the stream is damaged between them."""
    part: list[ByteRange] = []
    length = 0
    for begin, end in spans:
        if part and length + end - begin > cut:
            yield part
            part, length = [], 0
        part.append((begin, end))
        length += end - begin
    if part:
        yield part


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """`chunk_spans` are where each chunk lies, `chunk_pages` the work that each of them is."""

    table: Table
    damage: DamageLog
    chunk_spans: list[list[ByteRange]] = field(repr=False)
    chunk_pages: list[int] = field(repr=False)
    rows: int

    @property
    def pages(self) -> int:
        return sum(self.chunk_pages)

    @property
    def work(self) -> int:
        return self.pages

    @property
    def chunk_count(self) -> int:
        return max(1, len(self.chunk_spans))

    def chunks(self) -> Iterator[Chunk]:
        last = self.chunk_count - 1
        for place, pages in enumerate(self.chunk_pages or [0]):
            yield Chunk(self, place, place == 0, place == last, pages)

    def parts(self, place: int) -> list[ByteRange]:
        return self.chunk_spans[place] if self.chunk_spans else []

    def longest_csv(self) -> int:
        blobs = sum(end - begin for spans in self.chunk_spans for begin, end in spans)
        return (self.rows + 1) * longest_row(self.table.columns) + _LONGEST_TEXT * blobs

    def estimated_rows(self) -> int:
        return self.rows


class BackupLines(MadeBy):
    """The lines of a table's rows in a backup."""

    def __init__(self, backup: Backup, table: Table, rows: TableImages) -> None:
        self._backup = backup
        self._table = table
        self._rows = rows
        super().__init__(rows)

    def rebind(self, table: Table) -> bool:
        return False

    def lines(self, chunk: Chunk) -> Iterator[bytes | memoryview]:
        for span in chunk.parts:
            yield from self._span_lines(span)

    def _span_lines(self, span: ByteRange) -> Iterator[bytes | memoryview]:
        """A batch of rows at a time; damage is met in the order of the rows."""
        rows = self._backup.row_reader(self._table, span)
        parts: list[bytes] = []
        offsets: list[int] = []
        length = 0
        while (found := rows.next_rows(_BATCH_BYTES - length)) is not None:
            places, images = found
            if isinstance(images, bytes):
                parts.append(images)
                offsets += places
                length += len(images)
                if length < _BATCH_BYTES:
                    continue
            yield from self._rows.lines(FORMAT_NUMBER, b"".join(parts), offsets)
            parts, offsets, length = [], [], 0
            if isinstance(images, Damage):
                self._rows.add_row_damage(images, places[0])
        yield from self._rows.lines(FORMAT_NUMBER, b"".join(parts), offsets)
