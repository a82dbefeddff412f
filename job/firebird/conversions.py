"""Values of one type as values of another, as the engine's "move" converts them.

It happens where a record has an older format than its table, where a column was added with a
default, at each CAST, and at the end of each computed column. Values are None, bool, int or Decimal
(exact numerics), float, DecFloat, str, bytes (OCTETS), and the classes of `temporal`.
"""

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from job.firebird import charsets, date_text
from job.firebird.decfloat import DIGITS_16, DIGITS_34, DecFloat
from job.firebird.errors import EvaluationError
from job.firebird.exact import at_scale, exact, rescaled, scale_of, unscaled
from job.firebird.float_text import DOUBLE_DIGITS, REAL_DIGITS, WIDEST, float_text
from job.firebird.formats import Descriptor
from job.firebird.number_text import LARGEST_POWER, parse_double, parse_exact, power_of_ten
from job.firebird.ods import TEXT_TYPES, Dtype
from job.firebird.temporal import (
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    civil_date,
)
from job.firebird.time_zones import (
    GMT,
    local_time,
    local_timestamp,
    utc_of_local,
    utc_of_local_time,
    zone_name,
)

# bool, int, Decimal, float, DecFloat, str, bytes, Date, Time, Timestamp, TimeTz, TimestampTz
Value = Any

_INTEGER_BITS = {
    Dtype.SHORT: 16,
    Dtype.LONG: 32,
    Dtype.QUAD: 64,
    Dtype.INT64: 64,
    Dtype.INT128: 128,
}
# Before Firebird 2.0 a text of UNICODE_FSS had as many characters as fit its bytes
ODS_COUNTING_CHARACTERS = (11, 0)
# What the engine adds before it cuts a floating number to an integer
_ROUNDING_REAL = 0.5 + 1e-5
_ROUNDING_DOUBLE = 0.5 + 1e-14
# Zone of the session: values without a zone are taken to be in it
SESSION_ZONE = GMT


def convert(
    value: Value | None,
    source: Descriptor | None,
    target: Descriptor,
    ods: tuple[int, int],
    is_dialect_1: bool = False,
) -> Value | None:
    """The value as `target` has it; `source` is its own type where it is known.

    Raises EvaluationError where the engine would refuse: overflow, no number, no date, too long.
    `is_dialect_1` is for text of timestamps, which BLR of version 4 spells otherwise.
    """
    if value is None:
        return None
    dtype = target.dtype
    if dtype in TEXT_TYPES:
        room = target.length - 2 if dtype == Dtype.VARYING else target.length
        return fitted_text(to_text(value, source, ods, room, is_dialect_1), target, ods)
    if dtype in _INTEGER_BITS:
        return to_exact(value, source, dtype, target.scale)
    converter = _CONVERTERS.get(dtype)
    return value if converter is None else converter(value)


# ---------------------------------------------------------------- text
def character_length(descriptor: Descriptor) -> int:
    """Characters that a value of the text type may have."""
    length = descriptor.length - 2 if descriptor.dtype == Dtype.VARYING else descriptor.length
    return length // charsets.width(descriptor.charset_id)


def fitted_text(text: str | bytes, target: Descriptor, ods: tuple[int, int]) -> str | bytes:
    """Padded to the length of a CHAR; what does not fit may be blanks only."""
    room = character_length(target)
    is_counted_in_bytes = ods < ODS_COUNTING_CHARACTERS and isinstance(text, str)
    if is_counted_in_bytes and target.charset_id == charsets.UNICODE_FSS:
        length = target.length - 2 if target.dtype == Dtype.VARYING else target.length
        room = length - len(as_str(text).encode("utf-8")) + len(text)
    if len(text) > room:
        rest = text[room:]
        if rest.strip(" ") if isinstance(rest, str) else rest.strip(b"\0 "):
            raise EvaluationError(f"a text of {len(text)} characters does not fit {room}")
        text = text[:room]
    if target.dtype != Dtype.TEXT:
        return text
    return text.ljust(room) if isinstance(text, str) else text.ljust(room, b"\0")


def to_text(
    value: Value,
    source: Descriptor | None,
    ods: tuple[int, int],
    room: int = 32765,
    is_dialect_1: bool = False,
) -> str | bytes:
    """The engine's text of any value; `room` in bytes matters to floating numbers."""
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        is_real = source is not None and source.dtype == Dtype.REAL
        scale = 0 if source is None else source.scale
        digits = REAL_DIGITS if is_real else DOUBLE_DIGITS
        return float_text(value, digits, ods, min(room, WIDEST), scale)
    text = _temporal_text(value, is_dialect_1) or _plain_text(value)
    if len(text) > room:
        if is_dialect_1 and isinstance(value, Timestamp):
            return text[:room]
        raise EvaluationError(f"{text!r} does not fit a text of {room} bytes")
    return text


def _plain_text(value: Value) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _temporal_text(value: Value, is_dialect_1: bool) -> str:
    """Always with four decimals of the second, unlike the CSV."""
    if isinstance(value, Timestamp):
        if is_dialect_1:
            return _dialect_1_text(value)
        return f"{Date(value.days)} {_clock(value.ticks)}"
    if isinstance(value, Time):
        return _clock(value.ticks)
    if isinstance(value, TimeTz):
        return f"{_clock(local_time(value))} {zone_name(value.zone)}"
    if isinstance(value, TimestampTz):
        days, ticks = local_timestamp(value)
        return f"{Date(days)} {_clock(ticks)} {zone_name(value.zone)}"
    return ""


def _clock(ticks: int) -> str:
    return str(Time(ticks - ticks % TICKS_PER_SECOND)) + f".{ticks % TICKS_PER_SECOND:04d}"


def _dialect_1_text(value: Timestamp) -> str:
    """DD-MON-YYYY, and the time only where it is not midnight."""
    year, month, day = civil_date(value.days)
    text = f"{day:02d}-{date_text.MONTHS[month - 1][:3]}-{year:04d}"
    if not value.ticks:
        return text
    clock = _clock(value.ticks)
    return f"{text} {clock[1:] if clock.startswith('0') else clock}"


# ---------------------------------------------------------------- numbers
def to_exact(value: Value, source: Descriptor | None, dtype: int, scale: int) -> int | Decimal:
    """The exact numeric of a type and scale, rounded half away from zero."""
    return exact(to_integer(value, source, scale, _INTEGER_BITS[Dtype(dtype)]), scale)


def to_integer(value: Value, source: Descriptor | None, scale: int, bits: int = 64) -> int:
    """The unscaled integer at a scale; EvaluationError where it has more bits than `bits`."""
    number = _integer(value, source, scale, bits)
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise EvaluationError(f"{_shown(value)} is out of range")
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
        return _rounded(value, scale, _ROUNDING_REAL if is_real else _ROUNDING_DOUBLE)
    if isinstance(value, DecFloat) and value.value.is_finite():
        number = value.value
        sign, digits, exponent = number.as_tuple()
        if number.adjusted() > 40:
            raise EvaluationError(f"{value} is out of range")
        assert isinstance(exponent, int)
        coefficient = int("".join(map(str, digits)) or "0")
        return rescaled(-coefficient if sign else coefficient, max(exponent, -6200), scale)
    raise EvaluationError(f"{_shown(value)} is no number")


def _rounded(value: float, scale: int, rounding: float) -> int:
    if abs(scale) > LARGEST_POWER:
        raise EvaluationError(f"{value} is out of range")
    number = value / power_of_ten(scale) if scale > 0 else value * power_of_ten(-scale)
    if number != number or number in (float("inf"), float("-inf")):
        raise EvaluationError(f"{value} is out of range")
    return int(number + rounding if number > 0 else number - rounding)


def to_double(value: Value) -> float:
    """The value as a double; exact numerics by one division, as in the engine."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        raise EvaluationError("a boolean is no number")
    if isinstance(value, int | Decimal):
        number = float(unscaled(value))
        return number if isinstance(value, int) else number / power_of_ten(-scale_of(value))
    if isinstance(value, str | bytes):
        return parse_double(as_str(value))
    if isinstance(value, DecFloat) and not value.value.is_nan():
        converted = float(value.value)
        if value.value.is_finite() and converted in (float("inf"), float("-inf")):
            raise EvaluationError(f"{_shown(value)} is out of range")
        return converted
    raise EvaluationError(f"{_shown(value)} is no number")


def to_real(value: Value) -> float:
    """The nearest value of a 32-bit float."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", to_double(value)))[0])
    except OverflowError:
        raise EvaluationError(f"{_shown(value)} is out of range") from None


def to_decfloat_34(value: Value) -> DecFloat:
    if isinstance(value, DecFloat):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return DecFloat(DIGITS_34.create_decimal(value))
    if isinstance(value, float):
        return DecFloat(DIGITS_34.create_decimal(f"{value:.16e}"))
    if isinstance(value, str | bytes):
        text = as_str(value).strip(" ").lower()
        number = DIGITS_34.create_decimal(text)
        if number.is_infinite() and "inf" not in text:
            raise EvaluationError(f"{_shown(value)} is out of range")
        if not number.is_nan() or "nan" in text:
            return DecFloat(number)
    raise EvaluationError(f"{_shown(value)} is no number")


def _to_decfloat_16(value: Value) -> DecFloat:
    number = to_decfloat_34(value).value
    rounded = DIGITS_16.create_decimal(number)
    if number.is_finite() and not rounded.is_finite():
        raise EvaluationError(f"{_shown(value)} is out of range")
    return DecFloat(rounded)


def _to_boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    word = as_str(value).strip(" ").lower() if isinstance(value, str | bytes) else ""
    if word not in ("true", "false"):
        raise EvaluationError(f"{_shown(value)} is no boolean")
    return word == "true"


# ---------------------------------------------------------------- dates
def _to_date(value: Value) -> Date:
    if isinstance(value, Date):
        return value
    if isinstance(value, str | bytes):
        return date_text.parse_date(as_str(value))
    if isinstance(value, Time | TimeTz):
        raise EvaluationError("a time is no date")
    return Date(to_timestamp(value).days)


def _to_time(value: Value) -> Time:
    if isinstance(value, Time):
        return value
    if isinstance(value, str | bytes):
        text, zone = date_text.without_zone(as_str(value))
        time = date_text.parse_time(text)
        return time if zone is None else _to_time(utc_of_local_time(time.ticks, zone))
    if isinstance(value, TimeTz):
        return Time(local_time(TimeTz(value.ticks, SESSION_ZONE)))
    if isinstance(value, Date):
        raise EvaluationError("a date is no time")
    return Time(to_timestamp(value).ticks)


def to_timestamp(value: Value) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    if isinstance(value, Date):
        return Timestamp(value.days, 0)
    if isinstance(value, str | bytes):
        text, zone = date_text.without_zone(as_str(value))
        local = date_text.parse_timestamp(text)
        return local if zone is None else to_timestamp(utc_of_local(local.days, local.ticks, zone))
    if isinstance(value, TimestampTz):
        return Timestamp(*local_timestamp(TimestampTz(value.days, value.ticks, SESSION_ZONE)))
    if isinstance(value, Time | TimeTz):
        raise EvaluationError("the day of a time depends on the moment of reading")
    raise EvaluationError(f"{_shown(value)} is no timestamp")


def to_timestamp_tz(value: Value) -> TimestampTz:
    if isinstance(value, TimestampTz):
        return value
    zone = None
    if isinstance(value, str | bytes):
        value, zone = date_text.without_zone(as_str(value))
    local = to_timestamp(value)
    return utc_of_local(local.days, local.ticks, SESSION_ZONE if zone is None else zone)


def to_time_tz(value: Value) -> TimeTz:
    if isinstance(value, TimeTz):
        return value
    if isinstance(value, TimestampTz):
        return TimeTz(value.ticks, value.zone)
    zone = None
    if isinstance(value, str | bytes):
        value, zone = date_text.without_zone(as_str(value))
    return utc_of_local_time(_to_time(value).ticks, SESSION_ZONE if zone is None else zone)


def as_str(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _shown(value: Value) -> str:
    return repr(value[:40]) if isinstance(value, str | bytes) else str(value)[:60]


_CONVERTERS: dict[int, Callable[[Value], Value]] = {
    Dtype.REAL: to_real,
    Dtype.DOUBLE: to_double,
    Dtype.D_FLOAT: to_double,
    Dtype.DEC64: _to_decfloat_16,
    Dtype.DEC128: to_decfloat_34,
    Dtype.BOOLEAN: _to_boolean,
    Dtype.DATE: _to_date,
    Dtype.TIME: _to_time,
    Dtype.TIMESTAMP: to_timestamp,
    Dtype.TIME_TZ: to_time_tz,
    Dtype.TIMESTAMP_TZ: to_timestamp_tz,
}
