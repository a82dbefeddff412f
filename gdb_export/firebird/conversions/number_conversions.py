"""Conversion of values to numbers and booleans, with the engine's rounding and limits.

All functions raise EvaluationError where the engine refuses the value.
"""

import struct
from decimal import Decimal

from gdb_export.firebird.conversions.number_text import (
    LARGEST_POWER,
    parse_double,
    parse_exact,
    power_of_ten,
)
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.decfloat import DIGITS_16, DIGITS_34, DecFloat
from gdb_export.firebird.values.exact import at_scale, exact, rescaled, scale_of, unscaled
from gdb_export.firebird.values.value_types import Value, as_str, shown

INTEGER_BITS = {
    Dtype.SHORT: 16,
    Dtype.LONG: 32,
    Dtype.QUAD: 64,
    Dtype.INT64: 64,
    Dtype.INT128: 128,
}
# The engine adds these to a floating-point number before it truncates it to an integer
_ROUNDING_REAL = 0.5 + 1e-5
_ROUNDING_DOUBLE = 0.5 + 1e-14
_LARGEST_DOUBLE = 10**LARGEST_POWER
# Limits for a DECFLOAT that becomes an integer: an INT128 has up to 39 digits, and a DECFLOAT(34)
# no exponent below -6176
_MAX_EXPONENT = 40
# First ODS (Firebird 4) that refuses a text whose digits, with its decimals, exceed a SMALLINT
_ODS_OF_SHORT_DIGITS = (13, 0)
_MIN_EXPONENT = -6200


def to_exact(
    value: Value, source: Descriptor | None, dtype: int, scale: int, ods: tuple[int, int]
) -> int | Decimal:
    """The exact numeric of the given type and scale, rounded half away from zero."""
    bits = INTEGER_BITS[Dtype(dtype)]
    if isinstance(value, str | bytes) and ods >= _ODS_OF_SHORT_DIGITS:
        parse_exact(as_str(value), bits)  # raises the error for too many digits
    return exact(to_integer(value, source, scale, bits), scale)


def to_integer(value: Value, source: Descriptor | None, scale: int, bits: int = 64) -> int:
    """The unscaled integer at `scale`; raises EvaluationError if it needs more than `bits`."""
    unscaled_value = _integer(value, source, scale, bits)
    if not -(1 << (bits - 1)) <= unscaled_value < 1 << (bits - 1):
        raise EvaluationError(f"{shown(value)} is out of range")
    return unscaled_value


def _integer(value: Value, source: Descriptor | None, scale: int, bits: int) -> int:
    if isinstance(value, bool):
        raise EvaluationError("a boolean is not a number")
    if isinstance(value, int | Decimal):
        return at_scale(value, scale)
    if isinstance(value, str | bytes):
        mantissa, text_scale = parse_exact(as_str(value), max(bits, 32))
        return rescaled(mantissa, text_scale, scale)
    if isinstance(value, float):
        is_real = source is not None and source.dtype == Dtype.REAL
        whole = _rounded(value, scale, _ROUNDING_REAL if is_real else _ROUNDING_DOUBLE)
        return _int128(whole) if bits == 128 else int(whole)
    if isinstance(value, DecFloat) and value.value.is_finite():
        sign, digits, exponent = value.value.as_tuple()
        if value.value.adjusted() > _MAX_EXPONENT:
            raise EvaluationError(f"{value} is out of range")
        assert isinstance(exponent, int)
        coefficient = int("".join(map(str, digits)) or "0")
        return rescaled(-coefficient if sign else coefficient, max(exponent, _MIN_EXPONENT), scale)
    raise EvaluationError(f"{shown(value)} is not a number")


def _rounded(value: float, scale: int, rounding: float) -> float:
    """The value at `scale`, with `rounding` added away from zero; the caller truncates it."""
    if abs(scale) > LARGEST_POWER:
        raise EvaluationError(f"{value} is out of range")
    scaled = value / power_of_ten(scale) if scale > 0 else value * power_of_ten(-scale)
    if scaled != scaled or scaled in (float("inf"), float("-inf")):
        raise EvaluationError(f"{value} is out of range")
    return scaled + rounding if scaled > 0 else scaled - rounding


def _int128(value: float) -> int:
    """The INT128 of a double, including the engine's error.

    The engine splits the double into 32-bit words, from the highest to the lowest. On every amd64
    it loses the words more than two below the first nonzero one. Knowledge: Int128::set.
    """
    if abs(value) >= 2.0**127:
        raise EvaluationError(f"{value} is out of range")
    quotients = [abs(value) / 2.0 ** (32 * index) for index in range(4)]
    taken, result = 0.0, 0
    for quotient in reversed(quotients):
        remainder = quotient - taken
        word = int(remainder) & 0xFFFFFFFF if remainder < 2.0**63 else 0
        taken += 2.0**32 * word
        result = result << 32 | word
    return -result if value < 0 else result


def to_double(value: Value) -> float:
    """The value as a double; an exact numeric by one division, as in the engine."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        raise EvaluationError("a boolean is not a number")
    if isinstance(value, int | Decimal):
        scale = scale_of(value)
        if abs(value) >= _LARGEST_DOUBLE or -scale > LARGEST_POWER:
            raise EvaluationError(f"{shown(value)} is out of range")
        return float(unscaled(value)) / power_of_ten(-scale)
    if isinstance(value, str | bytes):
        return parse_double(as_str(value))
    if isinstance(value, DecFloat) and not value.value.is_nan():
        converted = float(value.value)
        if value.value.is_finite() and converted in (float("inf"), float("-inf")):
            raise EvaluationError(f"{shown(value)} is out of range")
        return converted
    raise EvaluationError(f"{shown(value)} is not a number")


def to_real(value: Value) -> float:
    """The value rounded to a 32-bit float."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", to_double(value)))[0])
    except OverflowError:
        raise EvaluationError(f"{shown(value)} is out of range") from None


def to_decfloat_34(value: Value) -> DecFloat:
    """The value as a DECFLOAT(34); text may be NaN or Infinity."""
    if isinstance(value, DecFloat):
        if value.value.is_snan():
            raise EvaluationError("a signalling NaN")
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return DecFloat(DIGITS_34.create_decimal(value))
    if isinstance(value, float):
        return DecFloat(DIGITS_34.create_decimal(f"{value:.16e}"))
    if isinstance(value, str | bytes):
        text = as_str(value).lower()  # the engine refuses blanks
        decimal = DIGITS_34.create_decimal(text)
        if decimal.is_infinite() and "inf" not in text:
            raise EvaluationError(f"{shown(value)} is out of range")
        if not decimal.is_nan() or "nan" in text:
            return DecFloat(decimal)
    raise EvaluationError(f"{shown(value)} is not a number")


def to_decfloat_16(value: Value) -> DecFloat:
    """The value as a DECFLOAT(16), rounded from its DECFLOAT(34)."""
    decimal = to_decfloat_34(value).value
    rounded = DIGITS_16.create_decimal(decimal)
    if decimal.is_finite() and not rounded.is_finite():
        raise EvaluationError(f"{shown(value)} is out of range")
    return DecFloat(rounded)


def to_boolean(value: Value) -> bool:
    """The value as a BOOLEAN; text must be TRUE or FALSE, in any case."""
    if isinstance(value, bool):
        return value
    word = as_str(value).strip(" ").lower() if isinstance(value, str | bytes) else ""
    if word not in ("true", "false"):
        raise EvaluationError(f"{shown(value)} is not a boolean")
    return word == "true"
