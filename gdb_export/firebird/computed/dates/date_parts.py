"""Verbs of dates: EXTRACT, AT TIME ZONE, and the moment of CURRENT_DATE and its like."""

from datetime import date as CalendarDate

from gdb_export.firebird.computed.blr import session_zone
from gdb_export.firebird.computed.blr.nodes import (
    ASCII,
    DATE,
    SHORT,
    TIME,
    TIME_TZ,
    TIMESTAMP,
    TIMESTAMP_TZ,
    UNKNOWN,
    ZONED_TYPES,
    Node,
    Scope,
    exact_type,
    is_date,
    is_unknown,
    text_type,
)
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.verbs import AT_ZONE, Part, Verb
from gdb_export.firebird.computed.texts.text_functions import text_of
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
    parse_zone,
    zone_name,
)
from gdb_export.firebird.values.value_types import Value, as_str

_DATE_PARTS = frozenset(
    {Part.YEAR, Part.MONTH, Part.DAY, Part.WEEKDAY, Part.YEARDAY, Part.WEEK, Part.QUARTER}
)
TIME_PARTS = frozenset({Part.HOUR, Part.MINUTE, Part.SECOND, Part.MILLISECOND})
_ZONE_PARTS = frozenset({Part.TIMEZONE_HOUR, Part.TIMEZONE_MINUTE, Part.TIMEZONE_NAME})
# A millisecond has one decimal: a tick is a tenth of it
MILLISECOND_SCALE = -1
MAX_YEARS = 9999


# ---------------------------------------------------------------- EXTRACT
def _extract(parser: Parser, _: Verb) -> Node:
    number = parser.code.u8()
    if number not in set(Part):
        raise UnsupportedExpression(f"extracts the unknown part {number} of a date")
    part = Part(number)
    operand = parser.value()
    if is_unknown(operand.type):
        return Node(UNKNOWN, lambda scope: None)
    if not is_date(operand.type) or not _has_part(Dtype(operand.type.dtype), part):
        raise UnsupportedExpression(f"extracts {part.name} of what has none")
    if part in _ZONE_PARTS and operand.type.dtype not in ZONED_TYPES:
        raise UnsupportedExpression(session_zone.REASON)

    def run(scope: Scope) -> Value | None:
        value = operand.run(scope)
        return None if value is None else extracted(part, value)

    result = {
        Part.SECOND: exact_type(Dtype.LONG, -4),
        Part.MILLISECOND: exact_type(Dtype.LONG, MILLISECOND_SCALE),
        Part.TIMEZONE_NAME: text_type(ASCII),
    }.get(part, SHORT)
    return Node(result, run)


def _has_part(dtype: Dtype, part: Part) -> bool:
    if part in _DATE_PARTS:
        return dtype not in (Dtype.TIME, Dtype.TIME_TZ)
    return part not in TIME_PARTS | _ZONE_PARTS or dtype != Dtype.DATE


def extracted(part: Part, value: Value) -> Value:
    if part in _ZONE_PARTS:
        return _zone_part(part, value)
    days, ticks = local_parts(value)
    if part in _DATE_PARTS:
        return _date_part(part, days)
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    if part == Part.SECOND:
        return exact(seconds % 60 * TICKS_PER_SECOND + fraction, -4)
    if part == Part.MILLISECOND:
        return exact(fraction, MILLISECOND_SCALE)
    return seconds // 3600 if part == Part.HOUR else seconds // 60 % 60


def local_parts(value: Value) -> tuple[int, int]:
    """Day number and ticks as a clock in the value's zone shows them."""
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
    raise EvaluationError("a part of what is no date")


def _date_part(part: Part, days: int) -> int:
    year, month, day = civil_date(days)
    if part == Part.WEEKDAY:
        return (days + 3) % 7  # day 0 was a Wednesday, and Sunday is 0
    if part == Part.YEARDAY:
        return days - day_number(year, 1, 1)
    if part == Part.WEEK:
        if not 1 <= year <= MAX_YEARS:
            raise EvaluationError("a week beyond the years 1 to 9999")
        return CalendarDate(year, month, day).isocalendar().week
    values = {Part.YEAR: year, Part.MONTH: month, Part.DAY: day, Part.QUARTER: (month + 2) // 3}
    return values[part]


def _zone_part(part: Part, value: Value) -> Value:
    if part == Part.TIMEZONE_NAME:
        return zone_name(value.zone)
    days = value.days if isinstance(value, TimestampTz) else TIME_TZ_DAY
    minutes = offset_minutes(value.zone, days, value.ticks)
    unit = truncated_quotient(minutes, 60)
    return unit if part == Part.TIMEZONE_HOUR else minutes - unit * 60


# ---------------------------------------------------------------- the moment
def _moment(parser: Parser, verb: Verb) -> Node:
    """CURRENT_DATE and the like: only defaults have a value for it."""
    if verb in (
        Verb.CURRENT_TIMESTAMP2,
        Verb.CURRENT_TIME2,
        Verb.LOCAL_TIMESTAMP,
        Verb.LOCAL_TIME,
    ):
        parser.code.u8()
    moment = parser.context.moment
    if moment is None:
        raise UnsupportedExpression("depends on the moment of reading")
    value: Value = moment
    result = TIMESTAMP
    if verb == Verb.CURRENT_DATE:
        result, value = DATE, Date(moment.days)
    elif verb in (Verb.CURRENT_TIME, Verb.CURRENT_TIME2, Verb.LOCAL_TIME):
        result, value = TIME, Time(moment.ticks)
    return Node(result, lambda scope: value)


# ---------------------------------------------------------------- AT TIME ZONE
def _at(parser: Parser, _: Verb) -> Node:
    """The same instant on the clock of another zone."""
    operand = parser.value()
    if parser.code.u8() != AT_ZONE:
        raise UnsupportedExpression(session_zone.REASON)
    zone = parser.value()
    is_time = operand.type.dtype == Dtype.TIME_TZ
    if operand.type.dtype not in ZONED_TYPES:
        raise UnsupportedExpression(session_zone.REASON)

    zone_text = text_of(parser, zone)

    def run(scope: Scope) -> Value | None:
        value, name = operand.run(scope), zone_text(scope)
        if value is None or name is None:
            return None
        number = parse_zone(as_str(name))
        if is_time:
            return TimeTz(value.ticks, number)
        return TimestampTz(value.days, value.ticks, number)

    return Node(TIME_TZ if is_time else TIMESTAMP_TZ, run)


VERB_PARSERS: dict[int, Reader] = {
    Verb.EXTRACT: _extract,
    Verb.AT: _at,
    Verb.CURRENT_DATE: _moment,
    Verb.CURRENT_TIMESTAMP: _moment,
    Verb.CURRENT_TIME: _moment,
    Verb.CURRENT_TIMESTAMP2: _moment,
    Verb.CURRENT_TIME2: _moment,
    Verb.LOCAL_TIMESTAMP: _moment,
    Verb.LOCAL_TIME: _moment,
}
