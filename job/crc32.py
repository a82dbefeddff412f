"""CRC-32 of joined pieces from the CRCs of the pieces, by the algebra that zlib's combine uses."""

from functools import lru_cache

from isal import isal_zlib

_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31  # the polynomial 1: bits are reflected, the highest stands for x^0

crc32 = isal_zlib.crc32


def combine(first: int, second: int, second_length: int) -> int:
    """CRC of A + B from those of A and B and the length of B in bytes."""
    if first == 0:  # of nothing, most often: a table of one chunk
        return second
    return _multiply(_zeros_operator(second_length), first) ^ second


@lru_cache
def _zeros_operator(length: int) -> int:
    """x^(8 · length) modulo the polynomial."""
    power, result = _multiply(_X_8, _ONE), _ONE
    while length:
        if length & 1:
            result = _multiply(power, result)
        power = _multiply(power, power)
        length >>= 1
    return result


def _multiply(a: int, b: int) -> int:
    product = 0
    bit = _ONE
    while a:
        if a & bit:
            product ^= b
            a ^= bit
        bit >>= 1
        b = b >> 1 ^ (_POLYNOMIAL if b & 1 else 0)
    return product


_X_8 = 1 << 31 - 8
