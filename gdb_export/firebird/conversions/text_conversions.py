"""Conversion of values to the engine's text, and fitting of text to the length of a column."""

from decimal import Decimal

from gdb_export.firebird.conversions import date_text
from gdb_export.firebird.conversions.float_text import (
    DOUBLE_DIGITS,
    REAL_DIGITS,
    WIDEST,
    float_text,
)
from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import (
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    civil_date,
)
from gdb_export.firebird.values.time_zones import local_time, local_timestamp, zone_name
from gdb_export.firebird.values.value_types import Value, as_str

# Before Firebird 2.0 the length of a UNICODE_FSS text was limited in bytes, not in characters
ODS_COUNTING_CHARACTERS = (11, 0)


def character_length(descriptor: Descriptor) -> int:
    """The declared length of a text type in characters."""
    length = descriptor.length - 2 if descriptor.dtype == Dtype.VARYING else descriptor.length
    return length // charsets.max_character_bytes(descriptor.charset_id)


def with_all_blanks(text: str, stored: Descriptor) -> str:
    """A decoded CHAR with all blanks of its stored bytes.

    In a multi-byte set the bytes hold more blanks than the declared length has characters. A
    conversion to VARCHAR keeps as many of them as fit.
    """
    if charsets.max_character_bytes(stored.charset_id) == 1:
        return text
    codec = charsets.CHARSETS[stored.charset_id].codec
    return text + " " * (stored.length - len(text.encode(codec, "replace")))


def fitted_text(text: str | bytes, target: Descriptor, ods: tuple[int, int]) -> str | bytes:
    """The text, padded to the length of a CHAR; blanks that don't fit are cut.

    Raises EvaluationError if other characters don't fit.
    """
    room = character_length(target)
    is_counted_in_bytes = ods < ODS_COUNTING_CHARACTERS and isinstance(text, str)
    if is_counted_in_bytes and target.charset_id == charsets.UNICODE_FSS:
        length = target.length - 2 if target.dtype == Dtype.VARYING else target.length
        room = length - len(as_str(text).encode("utf-8")) + len(text)
    if len(text) > room:
        excess = text[room:]
        if excess.strip(" ") if isinstance(excess, str) else excess.strip(b"\0 "):
            raise EvaluationError(f"a text of {len(text)} characters does not fit in {room}")
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
    """The engine's text of any value, for a target of `room` bytes."""
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        is_real = source is not None and source.dtype == Dtype.REAL
        scale = 0 if source is None else source.scale
        digits = REAL_DIGITS if is_real else DOUBLE_DIGITS
        return float_text(value, digits, ods, min(room, WIDEST), scale)
    text = _temporal_text(value, is_dialect_1) or _number_text(value)
    if len(text) > room:
        if is_dialect_1 and isinstance(value, Timestamp):
            return text[:room]
        raise EvaluationError(f"{text!r} does not fit in {room} bytes")
    return text


def _number_text(value: Value) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _temporal_text(value: Value, is_dialect_1: bool) -> str:
    """The text of a time or timestamp with four decimals, unlike the CSV; "" for other types."""
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
    """DD-MON-YYYY, followed by the time unless it is midnight."""
    year, month, day = civil_date(value.days)
    text = f"{day:02d}-{date_text.MONTHS[month - 1][:3]}-{year:04d}"
    if not value.ticks:
        return text
    clock = _clock(value.ticks)
    return f"{text} {clock[1:] if clock.startswith('0') else clock}"
