"""The chunks of a backup: byte ranges of its stream that hold whole rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gdb_export.chunks import sizes
from gdb_export.chunks.chunks import Chunk
from gdb_export.chunks.sizes import max_row_bytes
from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.implementation import MakeImages, TableImages
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog, RowLocation
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.backup import FORMAT_NUMBER, Backup
from gdb_export.firebird.gbak.row_index import ByteRange
from gdb_export.firebird.values.text import TextDecoder

_BATCH_BYTES = 1 << 20  # of record images
_MAX_EXPANSION = 16  # the most bytes of CSV for each byte of a blob or an array


@dataclass(frozen=True, slots=True)
class BackupChunks:
    """A backup, divided into chunks."""

    reader: Backup
    make_images: MakeImages

    def plan(self, table: Table) -> "BackupPlan":
        """Plan a table; the first call reads the whole stream once."""
        index = self.reader.index().tables[table.name]
        chunk_ranges = list(_joined(index.ranges, sizes.CHUNK_BYTES))
        chunk_pages = [self._pages(ranges) for ranges in chunk_ranges]
        return BackupPlan(table, index.damage, chunk_ranges, chunk_pages, index.rows)

    @property
    def coalescing_window(self) -> int:
        return 0

    def reading_order(self, chunks: Sequence[Chunk]) -> range:
        """The order of the chunks: the stream has its tables one after another."""
        return range(len(chunks))

    def will_read(self, chunks: Iterator[Chunk]) -> None:
        self.reader.will_read(location for chunk in chunks for location in chunk.locations)

    def _pages(self, ranges: list[ByteRange]) -> int:
        return max(1, sum(end - begin for begin, end in ranges) // self.reader.page_size)

    def chunk_lines(
        self, table: Table, decoder: TextDecoder, binary_text: BinaryText
    ) -> "BackupLines":
        images = self.make_images(self.reader, table, decoder, binary_text)
        return BackupLines(self.reader, table, images)


def _joined(ranges: list[ByteRange], max_bytes: int) -> Iterator[list[ByteRange]]:
    """Join short ranges, which damage in the stream separates, up to `max_bytes`."""
    joined: list[ByteRange] = []
    length = 0
    for begin, end in ranges:
        if joined and length + end - begin > max_bytes:
            yield joined
            joined, length = [], 0
        joined.append((begin, end))
        length += end - begin
    if joined:
        yield joined


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """A table of a backup; for each chunk its ranges and its size in pages."""

    table: Table
    damage: DamageLog
    chunk_ranges: list[list[ByteRange]] = field(repr=False)
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
        return max(1, len(self.chunk_ranges))

    def chunks(self) -> Iterator[Chunk]:
        last = self.chunk_count - 1
        for ordinal, pages in enumerate(self.chunk_pages or [0]):
            yield Chunk(self, ordinal, ordinal == 0, ordinal == last, pages)

    def locations(self, ordinal: int) -> list[ByteRange]:
        return self.chunk_ranges[ordinal] if self.chunk_ranges else []

    def max_csv_bytes(self) -> int:
        all_bytes = sum(end - begin for ranges in self.chunk_ranges for begin, end in ranges)
        return (self.rows + 1) * max_row_bytes(self.table.columns) + _MAX_EXPANSION * all_bytes

    def estimated_rows(self, tables: int = 1) -> int:
        return self.rows


class BackupLines:
    """Formats the rows of one table of a backup."""

    def __init__(self, backup: Backup, table: Table, images: TableImages) -> None:
        self.formatter = images.formatter
        self._backup = backup
        self._table = table
        self._images = images

    def rebind(self, table: Table) -> bool:
        return False

    def lines(self, chunk: Chunk, stats: TableStats) -> Iterator[bytes | memoryview]:
        for images, offsets in image_batches(self._backup, self._table, chunk, stats.damage):
            yield from self._images.lines(FORMAT_NUMBER, images, offsets, stats)


def image_batches(
    backup: Backup, table: Table, chunk: Chunk, log: DamageLog
) -> Iterator[tuple[bytes, list[int]]]:
    """Yield concatenated record images and the offsets of their rows, in batches. Damage is logged
    in the order of the rows, between the batches."""
    for byte_range in chunk.locations:
        rows = backup.row_reader(table, byte_range)
        batch: list[bytes] = []
        batch_offsets: list[int] = []
        length = 0
        while (next_rows := rows.next_rows(_BATCH_BYTES - length)) is not None:
            offsets, images = next_rows
            if isinstance(images, bytes):
                batch.append(images)
                batch_offsets += offsets
                length += len(images)
                if length < _BATCH_BYTES:
                    continue
            yield b"".join(batch), batch_offsets
            batch, batch_offsets, length = [], [], 0
            if isinstance(images, Damage):
                log.add(RowLocation(offset=offsets[0]).locate(images))
        yield b"".join(batch), batch_offsets
