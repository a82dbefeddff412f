"""Exact numerics, and their unscaled integers.

An exact numeric is an int, or a Decimal whose exponent is the scale. A scale is zero or negative,
as in Firebird's columns: NUMERIC(9,2) has scale -2.
"""

from decimal import Context, Decimal
from typing import TypeGuard

Exact = int | Decimal

# More digits than the product of two INT128s has, so that no operation rounds
WIDE = Context(prec=200)


def exact(unscaled_value: int, scale: int) -> Exact:
    """The number `unscaled_value` * 10 ** `scale`, with -`scale` decimals."""
    if scale >= 0:
        return unscaled_value * int(10**scale)
    return Decimal(unscaled_value).scaleb(scale, WIDE)


def is_exact_value(value: object) -> TypeGuard[Exact]:
    """True for exact numerics; False for a bool, although Python's bool is an int."""
    return isinstance(value, Exact) and not isinstance(value, bool)


def scale_of(value: Exact) -> int:
    """The scale: 0, or the negative count of decimals."""
    if isinstance(value, int):
        return 0
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def unscaled(value: Exact) -> int:
    """The value without its decimal point."""
    return value if isinstance(value, int) else int(value.scaleb(-scale_of(value), WIDE))


def rescaled(unscaled_value: int, scale: int, to_scale: int) -> int:
    """The unscaled value at another scale; removed digits round half away from zero."""
    if to_scale <= scale:
        return unscaled_value * int(10 ** (scale - to_scale))
    divisor = int(10 ** (to_scale - scale))
    quotient, remainder = divmod(abs(unscaled_value), divisor)
    quotient += 2 * remainder >= divisor
    return -quotient if unscaled_value < 0 else quotient


def at_scale(value: Exact, scale: int) -> int:
    """The unscaled integer of the value at `scale`, rounded half away from zero."""
    return rescaled(unscaled(value), scale_of(value), scale)


def truncated_quotient(dividend: int, divisor: int) -> int:
    """Integer division towards zero, as C divides."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient
