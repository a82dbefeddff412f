"""Numbers out of text, as the engine reads them when it converts a string."""

import re

from gdb_export.firebird.core.errors import EvaluationError

_DECIMAL = re.compile(r" *([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?)(\d+))? *\Z", re.ASCII)
_HEXADECIMAL = re.compile(r" *0[xX]([0-9A-Fa-f]{1,32}) *\Z", re.ASCII)
# Exponents beyond are refused by the engine too
_LARGEST_EXPONENT = 3276
LARGEST_POWER = 308
_TENS = [float(10**exponent) for exponent in range(LARGEST_POWER + 1)]
# Digits beyond cannot be part of an INT128 or change a double
_MAX_DIGITS = 400


def parse_exact(text: str, bits: int = 128) -> tuple[int, int]:
    """Unscaled value and scale of a decimal or hexadecimal number; the scale may be positive.

    All the digits must fit a number of so many bits, but for zeros at the end of a fraction.
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
    """Digit by digit and with one power of ten, which is where the engine's last bit comes from."""
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
    """10.0 ** exponent for 0 to 308, as the product of two doubles that the engine makes of it."""
    return _TENS[exponent & ~31] * _TENS[exponent & 31]


def _signed(sign: str, digits: str) -> int:
    return -int(digits) if sign == "-" else int(digits)


def _fits(value: int, bits: int) -> bool:
    return -(1 << (bits - 1)) <= value < 1 << (bits - 1)


def _out_of_range(text: str) -> EvaluationError:
    return EvaluationError(f"the number {text.strip()[:40]!r} is out of range")


def _parts(text: str) -> tuple[str, str, str, int]:
    match = _DECIMAL.match(text)
    if not match or not (match[2] or match[3]) or len(text.strip()) > _MAX_DIGITS:
        raise EvaluationError(f"{text.strip()[:40]!r} is no number")
    exponent = int(match[5] or 0)
    if exponent > _LARGEST_EXPONENT:
        raise _out_of_range(text)
    return match[1], match[2], match[3] or "", -exponent if match[4] == "-" else exponent


def _signed_hexadecimal(digits: str) -> int:
    """Up to 8 digits are 32 bits with a sign, up to 16 are 64 bits, up to 32 are 128."""
    bits = 32 if len(digits) <= 8 else 64 if len(digits) <= 16 else 128
    value = int(digits, 16)
    return value - (1 << bits) if value >> (bits - 1) else value
