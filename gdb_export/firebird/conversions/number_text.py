"""Parsing of numbers in text, as the engine converts strings."""

import re

from gdb_export.firebird.core.errors import EvaluationError

# Possessive quantifiers (*+), so that a long text takes time linear in its length
_DECIMAL = re.compile(r" *+([+-]?)(\d*+)(?:\.(\d*+))?(?:[eE]([+-]?)(\d++))? *+\Z", re.ASCII)
_HEXADECIMAL = re.compile(r" *+0[xX]([0-9A-Fa-f]{1,32}) *\Z", re.ASCII)
# The engine's limit
_LARGEST_EXPONENT = 3276
# The largest power of ten that a double holds
LARGEST_POWER = 308
_TENS = [float(10**exponent) for exponent in range(LARGEST_POWER + 1)]
# More digits neither fit an INT128 nor change a double
_MAX_DIGITS = 400


def parse_exact(text: str, bits: int = 128) -> tuple[int, int]:
    """Unscaled value and scale of a decimal or hexadecimal number; the scale may be positive.

    Trailing zeros of the fraction are dropped if they don't fit a number of `bits`. Raises
    EvaluationError if other digits don't fit.
    """
    hexadecimal = _HEXADECIMAL.match(text)
    if hexadecimal:
        return _signed_hexadecimal(hexadecimal[1]), 0
    sign, whole, fraction, exponent = _parts(text)
    value = _signed(sign, whole + fraction)
    if not _fits(value, bits):
        fraction = fraction.rstrip("0")
        value = _signed(sign, whole + fraction)
        if not _fits(value, bits):
            raise _out_of_range(text)
    return value, exponent - len(fraction)


def parse_double(text: str) -> float:
    """The engine's double of a decimal number.

    The engine adds the digits one by one and multiplies or divides once by a power of ten; the last
    bit of the result depends on that order.
    """
    sign, whole, fraction, exponent = _parts(text)
    scale = len(fraction) - exponent
    if abs(scale) > LARGEST_POWER:
        raise _out_of_range(text)
    value = 0.0
    for digit in whole + fraction:
        value = value * 10.0 + int(digit)
    value = value / power_of_ten(scale) if scale > 0 else value * power_of_ten(-scale)
    if value == float("inf"):
        raise _out_of_range(text)
    return -value if sign == "-" else value


def power_of_ten(exponent: int) -> float:
    """10.0 ** exponent for 0 to 308, as the engine computes it: the product of two doubles."""
    return _TENS[exponent & ~31] * _TENS[exponent & 31]


def _signed(sign: str, digits: str) -> int:
    return -int(digits) if sign == "-" else int(digits)


def _fits(value: int, bits: int) -> bool:
    return -(1 << (bits - 1)) <= value < 1 << (bits - 1)


def _out_of_range(text: str) -> EvaluationError:
    return EvaluationError(f"the number {text.strip()[:40]!r} is out of range")


def _parts(text: str) -> tuple[str, str, str, int]:
    """Sign, digits before and after the point, and the exponent of a decimal number."""
    match = _DECIMAL.match(text)
    if not match or not (match[2] or match[3]) or len(text.strip()) > _MAX_DIGITS:
        raise EvaluationError(f"{text.strip()[:40]!r} is not a number")
    exponent = int(match[5] or 0)
    if exponent > _LARGEST_EXPONENT:
        raise _out_of_range(text)
    return match[1], match[2], match[3] or "", -exponent if match[4] == "-" else exponent


def _signed_hexadecimal(digits: str) -> int:
    """The signed integer of up to 8 digits (32 bits), 16 digits (64 bits) or 32 digits (128)."""
    bits = 32 if len(digits) <= 8 else 64 if len(digits) <= 16 else 128
    value = int(digits, 16)
    return value - (1 << bits) if value >> (bits - 1) else value
