"""Numbers out of text, as the engine reads them when it converts a string."""

import re

from job.firebird.errors import EvaluationError

_DECIMAL = re.compile(r" *([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?)(\d+))? *\Z", re.ASCII)
_HEXADECIMAL = re.compile(r" *0[xX]([0-9A-Fa-f]{1,32}) *\Z", re.ASCII)
# Exponents beyond are refused by the engine too
_LARGEST_EXPONENT = 3276
# Digits beyond cannot be part of an INT128 or change a double
_MOST_DIGITS = 400


def parse_exact(text: str) -> tuple[int, int]:
    """Unscaled value and scale of a decimal or hexadecimal number; the scale may be positive."""
    hexadecimal = _HEXADECIMAL.match(text)
    if hexadecimal:
        return _signed_hexadecimal(hexadecimal[1]), 0
    sign, whole, fraction, exponent = _parts(text)
    value = int(whole + fraction)
    return (-value if sign == "-" else value), exponent - len(fraction)


def parse_double(text: str) -> float:
    sign, whole, fraction, exponent = _parts(text)
    scale = len(fraction) - exponent
    value = float(int(whole + fraction))
    if abs(scale) > 308:
        raise EvaluationError(f"the number {text.strip()[:40]!r} is out of range")
    # One division or multiplication by a power of ten, with the engine's rounding
    value = value / 10.0**scale if scale > 0 else value * 10.0**-scale
    if value == float("inf"):
        raise EvaluationError(f"the number {text.strip()[:40]!r} is out of range")
    return -value if sign == "-" else value


def _parts(text: str) -> tuple[str, str, str, int]:
    match = _DECIMAL.match(text)
    if not match or not (match[2] or match[3]) or len(text.strip()) > _MOST_DIGITS:
        raise EvaluationError(f"{text.strip()[:40]!r} is no number")
    exponent = int(match[5] or 0)
    if exponent > _LARGEST_EXPONENT:
        raise EvaluationError(f"the number {text.strip()[:40]!r} is out of range")
    return match[1], match[2], match[3] or "", -exponent if match[4] == "-" else exponent


def _signed_hexadecimal(digits: str) -> int:
    """Up to 8 digits are 32 bits with a sign, up to 16 are 64 bits, up to 32 are 128."""
    bits = 32 if len(digits) <= 8 else 64 if len(digits) <= 16 else 128
    value = int(digits, 16)
    return value - (1 << bits) if value >> (bits - 1) else value
