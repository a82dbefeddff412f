"""The result of a chunk: size, CRC-32 and statistics of its CSV."""

import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from gdb_export.chunks import chunk_export
from gdb_export.chunks.chunk_export import ChunkExport, DeflatedBlock
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.options import ExportOptions
from gdb_export.zip.deflate import END_OF_STREAM

HEADER = b"A,B\n"


class Lines:
    """Lines of two rows for each chunk; column B becomes unsupported at the second row."""

    def __init__(self, *_: object) -> None:
        self.formatter = SimpleNamespace(header=HEADER, unsupported={})
        self.chunks: list[Chunk] = []

    def rebind(self, table: object) -> bool:
        return False

    def lines(self, chunk: Chunk, stats: TableStats) -> Iterator[bytes]:
        self.chunks.append(chunk)
        stats.rows += 1
        yield b"1,\n"
        self.formatter.unsupported["B"] = "is odd"
        stats.rows += 1
        yield b"2,\n"


def chunks_of_one_table(count: int) -> list[Chunk]:
    plan = SimpleNamespace(table=SimpleNamespace(name="T"))
    chunks = [SimpleNamespace(plan=plan, is_first=ordinal == 0) for ordinal in range(count)]
    return cast(list[Chunk], chunks)


def exported(chunks: list[Chunk]) -> list[DeflatedBlock]:
    """The blocks that ChunkExport emits for these chunks."""
    reader = SimpleNamespace(tables=[])
    source = SimpleNamespace(chunk_lines=Lines, reader=reader)
    work = ChunkExport(cast(ChunkSource, source), ExportOptions())
    blocks: list[DeflatedBlock] = []

    def emit(block: DeflatedBlock, size: int) -> None:
        assert size == len(block[0])
        blocks.append(block)

    work(chunks, emit)
    return blocks


def inflated(blocks: list[DeflatedBlock]) -> bytes:
    return zlib.decompress(b"".join(data for data, _ in blocks) + END_OF_STREAM, -15)


def test_only_the_first_chunk_of_a_table_has_the_header() -> None:
    blocks = exported(chunks_of_one_table(3))
    assert inflated(blocks) == HEADER + 3 * b"1,\n2,\n"


def test_a_chunk_has_size_crc_and_statistics_of_its_own_csv() -> None:
    """Also the column that is found to be unsupported while its rows are formatted."""
    blocks = exported(chunks_of_one_table(2))
    results = [result for _, result in blocks if result is not None]
    for result, csv in zip(results, (HEADER + b"1,\n2,\n", b"1,\n2,\n"), strict=True):
        assert (result.size, result.crc) == (len(csv), zlib.crc32(csv))
        assert result.stats.rows == 2
        assert result.stats.unsupported == {"B": "is odd"}
    assert results[0].stats is not results[1].stats


@pytest.mark.parametrize("block_bytes", [1, 3, 4, 5, 1000])
def test_the_compressor_gets_blocks_of_one_size(block_bytes: int) -> None:
    csv = [b"", b"abc", b"defghijklmnop", b"q", b"rst"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk_export, "_BLOCK_BYTES", block_bytes)
        blocks = [bytes(block) for block in chunk_export._blocks(iter(csv))]
    assert b"".join(blocks) == b"".join(csv)
    assert {len(block) for block in blocks[:-1]} <= {block_bytes}
    assert 0 < len(blocks[-1]) <= block_bytes
