"""Values as numbers and booleans, with the engine's rounding and limits."""

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
# What the engine adds before it cuts a floating number to an integer
_ROUNDING_REAL = 0.5 + 1e-5
_ROUNDING_DOUBLE = 0.5 + 1e-14
_LARGEST_DOUBLE = 10**LARGEST_POWER


def to_exact(value: Value, source: Descriptor | None, dtype: int, scale: int) -> int | Decimal:
    """The exact numeric of a type and scale, rounded half away from zero."""
    return exact(to_integer(value, source, scale, INTEGER_BITS[Dtype(dtype)]), scale)


def to_integer(value: Value, source: Descriptor | None, scale: int, bits: int = 64) -> int:
    """The unscaled integer at a scale; EvaluationError where it has more bits than `bits`."""
    number = _integer(value, source, scale, bits)
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise EvaluationError(f"{shown(value)} is out of range")
    return number


def _integer(value: Value, source: Descriptor | None, scale: int, bits: int) -> int:
    if isinstance(value, bool):
        raise EvaluationError("a boolean is no number")
    if isinstance(value, int | Decimal):
        return at_scale(value, scale)
    if isinstance(value, str | bytes):
        mantissa, own_scale = parse_exact(as_str(value), max(bits, 32))
        return rescaled(mantissa, own_scale, scale)
    if isinstance(value, float):
        is_real = source is not None and source.dtype == Dtype.REAL
        whole = _rounded(value, scale, _ROUNDING_REAL if is_real else _ROUNDING_DOUBLE)
        return _int128(whole) if bits == 128 else int(whole)
    if isinstance(value, DecFloat) and value.value.is_finite():
        number = value.value
        sign, digits, exponent = number.as_tuple()
        if number.adjusted() > 40:
            raise EvaluationError(f"{value} is out of range")
        assert isinstance(exponent, int)
        coefficient = int("".join(map(str, digits)) or "0")
        return rescaled(-coefficient if sign else coefficient, max(exponent, -6200), scale)
    raise EvaluationError(f"{shown(value)} is no number")


def _rounded(value: float, scale: int, rounding: float) -> float:
    if abs(scale) > LARGEST_POWER:
        raise EvaluationError(f"{value} is out of range")
    number = value / power_of_ten(scale) if scale > 0 else value * power_of_ten(-scale)
    if number != number or number in (float("inf"), float("-inf")):
        raise EvaluationError(f"{value} is out of range")
    return number + rounding if number > 0 else number - rounding


def _int128(number: float) -> int:
    """The engine takes the 32-bit words of a double apart beginning with the highest, and loses
    what is more than two words below one that is not zero: Int128::set, on every amd64."""
    if abs(number) >= 2.0**127:
        raise EvaluationError(f"{number} is out of range")
    parts = [abs(number) / 2.0 ** (32 * place) for place in range(4)]
    taken, result = 0.0, 0
    for part in reversed(parts):
        rest = part - taken
        word = int(rest) & 0xFFFFFFFF if rest < 2.0**63 else 0
        taken += 2.0**32 * word
        result = result << 32 | word
    return -result if number < 0 else result


def to_double(value: Value) -> float:
    """The value as a double; exact numerics by one division, as in the engine."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        raise EvaluationError("a boolean is no number")
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
    raise EvaluationError(f"{shown(value)} is no number")


def to_real(value: Value) -> float:
    """The nearest value of a 32-bit float."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", to_double(value)))[0])
    except OverflowError:
        raise EvaluationError(f"{shown(value)} is out of range") from None


def to_decfloat_34(value: Value) -> DecFloat:
    if isinstance(value, DecFloat):
        if value.value.is_snan():
            raise EvaluationError("a signalling NaN")
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return DecFloat(DIGITS_34.create_decimal(value))
    if isinstance(value, float):
        return DecFloat(DIGITS_34.create_decimal(f"{value:.16e}"))
    if isinstance(value, str | bytes):
        text = as_str(value).strip(" ").lower()
        number = DIGITS_34.create_decimal(text)
        if number.is_infinite() and "inf" not in text:
            raise EvaluationError(f"{shown(value)} is out of range")
        if not number.is_nan() or "nan" in text:
            return DecFloat(number)
    raise EvaluationError(f"{shown(value)} is no number")


def to_decfloat_16(value: Value) -> DecFloat:
    number = to_decfloat_34(value).value
    rounded = DIGITS_16.create_decimal(number)
    if number.is_finite() and not rounded.is_finite():
        raise EvaluationError(f"{shown(value)} is out of range")
    return DecFloat(rounded)


def to_boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    word = as_str(value).strip(" ").lower() if isinstance(value, str | bytes) else ""
    if word not in ("true", "false"):
        raise EvaluationError(f"{shown(value)} is no boolean")
    return word == "true"
