"""Independently deflated chunks are one deflate stream together."""

import zlib

import pytest

from gdb_export.zip.deflate import END_OF_STREAM, LEVELS, ChunkDeflater

CHARACTERS = "".join(map(chr, range(0x180))).encode()
CHUNKS = [b"id;name\n" * 5000, b"", b"x", CHARACTERS * 300]

# Before a copy of itself: only the hash of the first position finds the first byte of the copy
ROW = b"".join(b"%d," % (number**5 % 10 ** (number % 6 + 1)) for number in range(60)) + b"\n"
COMPRESSORS = 16_000  # about one of 4,000 differs if ChunkDeflater gives zlib no history
MAX_ALIVE = 3000


def deflated(level: int, chunk: bytes, step: int) -> bytes:
    """The chunk, deflated in pieces of `step` bytes."""
    deflater = ChunkDeflater(level)
    starts = range(0, len(chunk), step)
    parts = [deflater.compress(chunk[start : start + step]) for start in starts]
    return b"".join(parts) + deflater.finish()


@pytest.mark.parametrize("level", LEVELS)
def test_joined_chunks_are_one_stream(level: int) -> None:
    stream = b"".join(deflated(level, chunk, 1 << 18) for chunk in CHUNKS) + END_OF_STREAM
    decompressor = zlib.decompressobj(-15)
    assert decompressor.decompress(stream) == b"".join(CHUNKS)
    assert decompressor.eof
    assert decompressor.unused_data == b""


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_chunk_is_always_the_same_bytes(level: int) -> None:
    assert deflated(level, CHUNKS[0], 1000) == deflated(level, CHUNKS[0], 1000)


def test_the_bytes_do_not_depend_on_the_address_of_the_compressor() -> None:
    """Compressors that are kept alive give the next one another address."""
    alive: list[ChunkDeflater] = []
    outputs = set()
    for _ in range(COMPRESSORS):
        deflater = ChunkDeflater(1)
        outputs.add(deflater.compress(ROW + ROW) + deflater.finish())
        alive.append(deflater)
        if len(alive) == MAX_ALIVE:
            del alive[: MAX_ALIVE // 2]
    assert len(outputs) == 1


def test_the_highest_level_is_smaller_than_the_lowest() -> None:
    assert len(deflated(9, CHUNKS[3], 1 << 18)) < len(deflated(0, CHUNKS[3], 1 << 18))


def test_without_chunks_the_stream_is_empty() -> None:
    assert zlib.decompress(END_OF_STREAM, -15) == b""
