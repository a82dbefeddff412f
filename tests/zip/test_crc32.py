"""The CRC-32 of joined blocks from those of the blocks."""

import zlib

import pytest

from gdb_export.zip.deflate import combine_crc32, crc32


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"", b""),
        (b"", b"abc"),
        (b"abc", b""),
        (b"abc", b"def"),
        (bytes(100_000), b"\xff" * 3),
        (b"x", bytes(range(256)) * 999),
    ],
)
def test_two_blocks(first: bytes, second: bytes) -> None:
    joined = combine_crc32(zlib.crc32(first), zlib.crc32(second), len(second))
    assert joined == zlib.crc32(first + second)


def test_many_blocks() -> None:
    data = bytes(number * number % 251 for number in range(10_000))
    whole = 0
    for start in range(0, len(data), 777):
        block = data[start : start + 777]
        whole = combine_crc32(whole, crc32(block), len(block))
    assert whole == zlib.crc32(data)


def test_blocks_larger_than_memory() -> None:
    """The CRC of 2^40 zeros is that of 2^39 zeros combined with itself."""
    checksum, length = crc32(bytes(1024)), 1024
    while length < 1 << 40:
        checksum, length = combine_crc32(checksum, checksum, length), 2 * length
    assert combine_crc32(0, checksum, length) == checksum
    assert combine_crc32(checksum, 0, 0) == checksum
