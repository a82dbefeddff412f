"""Formats the rows of chunks as CSV and deflates it; runs in each worker."""

import base64
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gdb_export.chunks.chunks import Chunk, ChunkLines, ChunkSource, TablePlan
from gdb_export.chunks.ordered_work import Emit
from gdb_export.chunks.text_options import text_decoder
from gdb_export.csv_rows.field_texts import BinaryText, uuid_text
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.options import DIALECTS, EXCEL, BadOption, ExportOptions
from gdb_export.zip.deflate import DEFAULT_LEVEL, ChunkDeflater, crc32

# The compressor gets the CSV in blocks of exactly this size: its output depends on the chunk alone
_BLOCK_BYTES = 1 << 18

_BINARY: dict[str, BinaryText] = {
    "hex": bytes.hex,
    "base64": lambda data: base64.b64encode(data).decode("ascii"),
    "uuid": uuid_text,
}


class ChunkResult(NamedTuple):
    """Size in bytes and CRC-32 of a chunk's CSV, and its statistics."""

    size: int
    crc: int
    stats: TableStats


# Deflated bytes; the last block of a chunk comes with the result
DeflatedBlock = tuple[bytes, ChunkResult | None]


class ChunkExport:
    """Exports chunks of one source; called by several workers at once."""

    def __init__(self, source: ChunkSource, options: ExportOptions) -> None:
        self._source = source
        self._decoder = text_decoder(options, source.reader)
        if options.binary not in _BINARY:
            raise BadOption(f"{options.binary!r} is not hex, base64 or uuid", "binary")
        self._binary_text = _BINARY[options.binary]
        if options.dialect not in DIALECTS:
            raise BadOption(f"{options.dialect!r} is neither standard nor excel", "dialect")
        self._is_excel = options.dialect == EXCEL
        self._level = DEFAULT_LEVEL if options.compression is None else options.compression
        self._local = threading.local()

    def __call__(self, chunks: Sequence[Chunk], emit: Emit[DeflatedBlock]) -> None:
        for chunk in chunks:
            self._export(chunk, emit)

    def _export(self, chunk: Chunk, emit: Emit[DeflatedBlock]) -> None:
        stats = TableStats(DamageLog(chunk.plan.table.name))
        lines = self._lines(chunk.plan)
        deflater = ChunkDeflater(self._level)
        size = crc = 0
        deflated = b""
        for block in _blocks(self._csv(chunk, lines, stats)):
            if deflated:
                emit((deflated, None), len(deflated))
            size += len(block)
            crc = crc32(block, crc)
            deflated = deflater.compress(block)
        # complete only now: a column's default is evaluated for the first row that needs it
        stats.unsupported.update(lines.formatter.unsupported)
        deflated += deflater.finish()
        emit((deflated, ChunkResult(size, crc, stats)), len(deflated))

    def _csv(
        self, chunk: Chunk, lines: ChunkLines, stats: TableStats
    ) -> Iterator[bytes | memoryview]:
        header, rows = lines.formatter.header, lines.lines(chunk, stats)
        if self._is_excel:
            # imported late: docs/architecture.md
            from gdb_export.csv_rows.excel import ExcelLines

            dialect = ExcelLines(chunk.plan.table.columns)
            header, rows = dialect.header(header), dialect.lines(rows)
        if chunk.is_first:
            yield header
        yield from rows

    def _lines(self, plan: TablePlan) -> ChunkLines:
        """The formatter of a table. Each worker keeps the formatter of its last table, and reuses
        it for tables with the same layout."""
        last_plan, lines = getattr(self._local, "last", (None, None))
        if lines is None or last_plan is not plan:
            if lines is None or not lines.rebind(plan.table):
                lines = self._source.chunk_lines(plan.table, self._decoder, self._binary_text)
            self._local.last = (plan, lines)
        last: ChunkLines = lines
        return last


def _blocks(csv: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Cut the CSV into blocks of _BLOCK_BYTES; the last one may be shorter. Only blocks that
    consist of several items are copied."""
    pending = bytearray()
    for data in csv:
        position = 0
        if pending:
            position = min(_BLOCK_BYTES - len(pending), len(data))
            pending += data[:position]
            if len(pending) == _BLOCK_BYTES:
                yield memoryview(pending)
                pending = bytearray()
        while len(data) - position >= _BLOCK_BYTES:
            yield data[position : position + _BLOCK_BYTES]
            position += _BLOCK_BYTES
        pending += data[position:]
    if pending:
        yield memoryview(pending)
