"""DECFLOAT(16) and DECFLOAT(34): IEEE 754-2008 decimal64 and decimal128 in DPD encoding."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage

# decimal64 and decimal128 with the engine's default rounding; no condition raises
DIGITS_16 = Context(prec=16, rounding=ROUND_HALF_UP, Emin=-383, Emax=384, clamp=1, traps=[])
DIGITS_34 = Context(prec=34, rounding=ROUND_HALF_UP, Emin=-6143, Emax=6144, clamp=1, traps=[])


class DecFloat(NamedTuple):
    """A DECFLOAT value; a NUMERIC or DECIMAL value is a bare Decimal."""

    value: Decimal

    def __str__(self) -> str:
        """The text that the engine shows: 1.00, 1E+10, 0E+5, -0, NaN, Infinity."""
        return str(self.value)


class _Layout(NamedTuple):
    """Bits of the exponent's low part, ten-bit groups of three digits, and the exponent's bias."""

    exponent_bits: int
    declets: int
    bias: int


# By the length in bytes
_LAYOUTS = {8: _Layout(8, 5, 398), 16: _Layout(12, 11, 6176)}


def decode_decfloat(raw: bytes) -> DecFloat:
    """The value of 8 or 16 little-endian bytes. Raises Damage for any other length."""
    layout = _LAYOUTS.get(len(raw))
    if layout is None:
        raise Damage(f"a DECFLOAT of {len(raw)} bytes")
    bits = int.from_bytes(raw, "little")
    coefficient_bits = 10 * layout.declets
    sign = bits >> (len(raw) * 8 - 1)
    combination = bits >> (coefficient_bits + layout.exponent_bits) & 31
    exponent_low = bits >> coefficient_bits & (1 << layout.exponent_bits) - 1
    if combination == 31:
        is_signalling = exponent_low >> (layout.exponent_bits - 1)
        return DecFloat(Decimal(("-" if sign else "") + ("sNaN" if is_signalling else "NaN")))
    if combination == 30:
        return DecFloat(Decimal("-Infinity" if sign else "Infinity"))
    if combination >= 24:
        exponent_high, first_digit = combination >> 1 & 3, 8 + (combination & 1)
    else:
        exponent_high, first_digit = combination >> 3, combination & 7
    coefficient = first_digit
    for shift in range(coefficient_bits - 10, -1, -10):
        coefficient = coefficient * 1000 + DECLETS[bits >> shift & 1023]
    exponent = (exponent_high << layout.exponent_bits | exponent_low) - layout.bias
    return DecFloat(Decimal((sign, tuple(map(int, str(coefficient))), exponent)))


def _declet(bits: int) -> int:
    """The three digits of a declet of ten bits; the standard's table names the bits p to y."""
    p, q, r, s, t, u, v, w, x, y = (bits >> i & 1 for i in range(9, -1, -1))
    pqr, stu, wxy = 4 * p + 2 * q + r, 4 * s + 2 * t + u, 4 * w + 2 * x + y
    if not v:
        digits = (pqr, stu, wxy)
    elif not w:
        digits = (pqr, 8 + u, 4 * s + 2 * t + y) if x else (pqr, stu, 8 + y)
    elif not x:
        digits = (8 + r, stu, 4 * p + 2 * q + y)
    else:
        digits = (
            (8 + r, 8 + u, 4 * p + 2 * q + y),
            (8 + r, 4 * p + 2 * q + u, 8 + y),
            (pqr, 8 + u, 8 + y),
            (8 + r, 8 + u, 8 + y),
        )[2 * s + t]
    return digits[0] * 100 + digits[1] * 10 + digits[2]


# The digits of each declet
DECLETS = tuple(_declet(bits) for bits in range(1024))
