"""CRC-32 of pieces, and of joined pieces from the CRCs of the pieces."""

from isal import isal_zlib

crc32 = isal_zlib.crc32


def combine(first: int, second: int, second_length: int) -> int:
    """CRC of A + B from those of A and B and the length of B in bytes."""
    return isal_zlib.crc32_combine(first, second, second_length)
