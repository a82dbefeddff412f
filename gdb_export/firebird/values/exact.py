"""Exact numerics: an int, or a Decimal whose exponent is the scale; unscaled integers of them.

A scale is never positive here, as in Firebird's columns: NUMERIC(9,2) has scale -2.
"""

from decimal import Context, Decimal
from typing import Any, TypeGuard

Exact = int | Decimal

# More digits than any INT128 or product of two has, so that nothing is ever rounded
WIDE = Context(prec=200)


def exact(unscaled_value: int, scale: int) -> Exact:
    """The number `unscaled_value` * 10 ** `scale`, with -`scale` decimals."""
    if scale >= 0:
        return unscaled_value * int(10**scale)
    return Decimal(unscaled_value).scaleb(scale, WIDE)


def is_exact_value(value: Any) -> TypeGuard[Exact]:
    """True for exact numerics; a bool is none."""
    return isinstance(value, Exact) and not isinstance(value, bool)


def scale_of(value: Exact) -> int:
    if isinstance(value, int):
        return 0
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def unscaled(value: Exact) -> int:
    return value if isinstance(value, int) else int(value.scaleb(-scale_of(value), WIDE))


def rescaled(unscaled_value: int, scale: int, to_scale: int) -> int:
    """The unscaled value at another scale; digits that fall away round half away from zero."""
    if to_scale <= scale:
        return unscaled_value * int(10 ** (scale - to_scale))
    divisor = int(10 ** (to_scale - scale))
    quotient, rest = divmod(abs(unscaled_value), divisor)
    quotient += 2 * rest >= divisor
    return -quotient if unscaled_value < 0 else quotient


def at_scale(value: Exact, scale: int) -> int:
    """The unscaled integer that the value has at `scale`."""
    return rescaled(unscaled(value), scale_of(value), scale)


def truncated_quotient(dividend: int, divisor: int) -> int:
    """Integer division towards zero, as C divides."""
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient
