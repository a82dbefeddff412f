"""Numbers, booleans, dates and times as text: one function per type."""

import struct
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.time_zones import time_tz_text, timestamp_tz_text
from gdb_export.firebird.values.value_types import TypedValue

TextOfValue = Callable[[TypedValue], str]

_REAL_DIGITS = 9  # significant digits that distinguish any two FLOATs


def text_of(descriptor: Descriptor) -> TextOfValue:
    """The function that converts values of a declared type to text; not for strings, blobs and
    arrays.

    A double with a scale is a NUMERIC of dialect 1: it has exactly that number of decimals.
    """
    if descriptor.dtype in (Dtype.DOUBLE, Dtype.D_FLOAT) and descriptor.scale < 0:
        decimals = -descriptor.scale
        return lambda value: fixed_text(value, decimals)
    return _TEXT_FUNCTIONS.get(descriptor.dtype, str)


def number_text(value: int | Decimal) -> str:
    return str(value) if isinstance(value, int) else f"{value:f}"


def boolean_text(value: bool) -> str:
    return "true" if value else "false"


def double_text(value: float) -> str:
    """The shortest decimal that round-trips: 5.0, 1e-300, NaN, Infinity."""
    return _special(value) or repr(value)


def fixed_text(value: float, decimals: int) -> str:
    return _special(value) or f"{value:.{decimals}f}"


def real_text(value: float) -> str:
    """The shortest decimal that round-trips in 32 bits; of several, the nearest to the value."""
    if value == 0:
        return repr(value)
    return _special(value) or repr(float(_shortest_real(value)))


def _special(value: float) -> str | None:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return None


def _shortest_real(value: float) -> Decimal:
    exact = Decimal(value)
    for digits in range(1, _REAL_DIGITS):
        candidates = [
            Context(prec=digits, rounding=rounding).plus(exact)
            for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING)
        ]
        equal = [candidate for candidate in candidates if _as_real(candidate) == value]
        if equal:
            return min(equal, key=lambda candidate: abs(candidate - exact))
    return Context(prec=_REAL_DIGITS).plus(exact)


def _as_real(decimal: Decimal) -> float:
    """The 32-bit float nearest to a decimal, infinite beyond the largest float."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", float(decimal)))[0]
    except OverflowError:
        return float("inf") if decimal > 0 else float("-inf")
    return rounded


_TEXT_FUNCTIONS: dict[int, TextOfValue] = {
    Dtype.SHORT: number_text,
    Dtype.LONG: number_text,
    Dtype.QUAD: number_text,
    Dtype.INT64: number_text,
    Dtype.INT128: number_text,
    Dtype.REAL: real_text,
    Dtype.DOUBLE: double_text,
    Dtype.D_FLOAT: double_text,
    Dtype.BOOLEAN: boolean_text,
    Dtype.TIME_TZ: time_tz_text,
    Dtype.TIMESTAMP_TZ: timestamp_tz_text,
}
