"""EXTRACT: a part of a date, a time or a time zone."""

from datetime import date as CalendarDate

from gdb_export.firebird.computed.blr import session_zone
from gdb_export.firebird.computed.blr.descriptors import (
    SHORT,
    UNKNOWN,
    ZONED_TYPES,
    exact_type,
    is_date,
    is_unknown,
    text_type,
)
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import DatePart, Verb
from gdb_export.firebird.computed.dates.date_arithmetic import TIME_SCALE, checked_year
from gdb_export.firebird.core.charsets import ASCII
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.exact import exact, truncated_quotient
from gdb_export.firebird.values.temporal import (
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    civil_date,
    day_number,
)
from gdb_export.firebird.values.time_zones import (
    TIME_TZ_DAY,
    local_time,
    local_timestamp,
    offset_minutes,
    zone_name,
)
from gdb_export.firebird.values.value_types import TypedValue, Value

_DATE_PARTS = frozenset(
    {
        DatePart.YEAR,
        DatePart.MONTH,
        DatePart.DAY,
        DatePart.WEEKDAY,
        DatePart.YEARDAY,
        DatePart.WEEK,
        DatePart.QUARTER,
    }
)
TIME_PARTS = frozenset({DatePart.HOUR, DatePart.MINUTE, DatePart.SECOND, DatePart.MILLISECOND})
_ZONE_PARTS = frozenset({DatePart.TIMEZONE_HOUR, DatePart.TIMEZONE_MINUTE, DatePart.TIMEZONE_NAME})
# Milliseconds have one decimal: a tick is a tenth of a millisecond
MILLISECOND_SCALE = -1


def _extract(parser: Parser, _: Verb) -> Node:
    code = parser.blr.u8()
    if code not in set(DatePart):
        raise UnsupportedExpression(f"extracts the unknown part {code} of a date")
    part = DatePart(code)
    operand = parser.value()
    if is_unknown(operand.type):
        return Node(UNKNOWN, lambda scope: None)
    if not is_date(operand.type) or not _has_part(Dtype(operand.type.dtype), part):
        raise UnsupportedExpression(f"extracts {part.name} from a type without this part")
    if part in _ZONE_PARTS and operand.type.dtype not in ZONED_TYPES:
        raise UnsupportedExpression(session_zone.NEEDS_SESSION_ZONE)

    def run(scope: Scope) -> Value | None:
        value = operand.run(scope)
        return None if value is None else _extracted(part, value)

    result = {
        DatePart.SECOND: exact_type(Dtype.LONG, TIME_SCALE),
        DatePart.MILLISECOND: exact_type(Dtype.LONG, MILLISECOND_SCALE),
        DatePart.TIMEZONE_NAME: text_type(ASCII),
    }.get(part, SHORT)
    return Node(result, run)


def _has_part(dtype: Dtype, part: DatePart) -> bool:
    if part in _DATE_PARTS:
        return dtype not in (Dtype.TIME, Dtype.TIME_TZ)
    return part not in TIME_PARTS | _ZONE_PARTS or dtype != Dtype.DATE


def _extracted(part: DatePart, value: Value) -> Value:
    if part in _ZONE_PARTS:
        return _zone_part(part, value)
    days, ticks = local_parts(value)
    if part in _DATE_PARTS:
        return _date_part(part, days)
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    if part == DatePart.SECOND:
        return exact(seconds % 60 * TICKS_PER_SECOND + fraction, TIME_SCALE)
    if part == DatePart.MILLISECOND:
        return exact(fraction, MILLISECOND_SCALE)
    return seconds // 3600 if part == DatePart.HOUR else seconds // 60 % 60


def local_parts(value: Value) -> tuple[int, int]:
    """Day number and ticks of the local time in the value's zone; day 0 for a time."""
    if isinstance(value, Date):
        return value.days, 0
    if isinstance(value, Time):
        return 0, value.ticks
    if isinstance(value, TimeTz):
        return 0, local_time(value)
    if isinstance(value, TimestampTz):
        return local_timestamp(value)
    if isinstance(value, Timestamp):
        return value.days, value.ticks
    raise EvaluationError("a part of a value that is not a date or time")


def _date_part(part: DatePart, days: int) -> int:
    year, month, day = civil_date(days)
    if part == DatePart.WEEKDAY:
        return (days + 3) % 7  # day 0 was a Wednesday, and Sunday is 0
    if part == DatePart.YEARDAY:
        return days - day_number(year, 1, 1)
    if part == DatePart.WEEK:
        return CalendarDate(checked_year(year), month, day).isocalendar().week
    values = {
        DatePart.YEAR: year,
        DatePart.MONTH: month,
        DatePart.DAY: day,
        DatePart.QUARTER: (month + 2) // 3,
    }
    return values[part]


def _zone_part(part: DatePart, value: TypedValue) -> Value:
    if part == DatePart.TIMEZONE_NAME:
        return zone_name(value.zone)
    # A time has the offset of a fixed day
    days = value.days if isinstance(value, TimestampTz) else TIME_TZ_DAY
    minutes = offset_minutes(value.zone, days, value.ticks)
    unit = truncated_quotient(minutes, 60)
    return unit if part == DatePart.TIMEZONE_HOUR else minutes - unit * 60


VERB_PARSERS: dict[int, VerbParser] = {Verb.EXTRACT: _extract}
