"""Chunks: their rows read and made CSV, the CSV deflated. What a worker does."""

import base64
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gdb_export.chunks.chunks import Chunk, ChunkLines, ChunkSource, TablePlan
from gdb_export.chunks.ordered_work import Emit
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.core.charsets import OCTETS, charset_number, single_byte_table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.options import BadOption, ExportOptions
from gdb_export.zip.crc32 import crc32
from gdb_export.zip.deflate import DEFAULT_LEVEL, ChunkDeflater

# CSV is given to the compressor in pieces of exactly this size, so that its output depends on
# nothing but the chunk
_PIECE_BYTES = 1 << 18

_BINARY = {"hex": bytes.hex, "base64": lambda data: base64.b64encode(data).decode("ascii")}


class ChunkResult(NamedTuple):
    """What a chunk came to; `size` in bytes and `crc` are of its CSV."""

    size: int
    crc: int
    account: TableStats


# Deflated bytes; with the last of a chunk what it came to
DeflatedBlock = tuple[bytes, ChunkResult | None]


class ChunkExport:
    """Exports chunks of one source; called by several workers at once."""

    def __init__(self, source: ChunkSource, options: ExportOptions) -> None:
        self._source = source
        self._text = TextDecoder(_fallback_charset(options.charset))
        if options.binary not in _BINARY:
            raise BadOption(f"{options.binary!r} is neither hex nor base64", "binary")
        self._binary_text = _BINARY[options.binary]
        self._level = DEFAULT_LEVEL if options.compression is None else options.compression
        self._local = threading.local()

    def __call__(self, chunks: Sequence[Chunk], emit: Emit[DeflatedBlock]) -> None:
        for chunk in chunks:
            self._export(chunk, emit)

    def _export(self, chunk: Chunk, emit: Emit[DeflatedBlock]) -> None:
        account = TableStats(DamageLog(chunk.plan.table.name))
        lines = self._lines(chunk.plan)
        lines.account = account
        deflater = ChunkDeflater(self._level)
        size = crc = 0
        deflated = b""
        for piece in _pieces(_csv(chunk, lines)):
            if deflated:
                emit((deflated, None), len(deflated))
            size += len(piece)
            crc = crc32(piece, crc)
            deflated = deflater.compress(piece)
        # of defaults it is known only now: they are met with the first row that needs them
        account.unsupported.update(lines.unsupported)
        deflated += deflater.finish()
        emit((deflated, ChunkResult(size, crc, account)), len(deflated))

    def _lines(self, plan: TablePlan) -> ChunkLines:
        """Each worker keeps the lines of the table that it is at: they are made once a table,
        or once for several that are alike."""
        held, lines = getattr(self._local, "held", (None, None))
        if lines is None or held is not plan:
            if lines is None or not lines.rebind(plan.table):
                lines = self._source.chunk_lines(plan.table, self._text, self._binary_text)
            self._local.held = (plan, lines)
        made: ChunkLines = lines
        return made


def _csv(chunk: Chunk, lines: ChunkLines) -> Iterator[bytes | memoryview]:
    if chunk.is_first:
        yield lines.header()
    yield from lines.lines(chunk)


def _pieces(csv: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """The same bytes cut anew; the last piece may be shorter. What lies right is not copied."""
    held = bytearray()
    for part in csv:
        at = 0
        if held:
            at = min(_PIECE_BYTES - len(held), len(part))
            held += part[:at]
            if len(held) == _PIECE_BYTES:
                yield memoryview(held)
                held = bytearray()
        while len(part) - at >= _PIECE_BYTES:
            yield part[at : at + _PIECE_BYTES]
            at += _PIECE_BYTES
        held += part[at:]
    if held:
        yield memoryview(held)


def _fallback_charset(name: str) -> int:
    number = charset_number(name)
    if number is None or number == OCTETS or single_byte_table(number) is None:
        raise BadOption(
            f"{name!r} is no single-byte character set of Firebird; WIN1252, ISO8859_1 and"
            " DOS850 are",
            "charset",
        )
    return number
