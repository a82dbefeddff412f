"""Sums and differences with dates, times and timestamps."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.descriptors import (
    DOUBLE,
    TIME_TYPES,
    TIMESTAMP,
    TIMESTAMP_TYPES,
    TIMESTAMP_TZ,
    exact_type,
    is_date,
    is_numeric,
    is_text,
)
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.session_zone import check_zones
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.conversions.number_conversions import to_double, to_integer
from gdb_export.firebird.conversions.temporal_conversions import to_timestamp
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.exact import exact, truncated_quotient
from gdb_export.firebird.values.temporal import (
    TICKS_PER_DAY,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    day_number,
)
from gdb_export.firebird.values.value_types import TypedValue, Value

MAX_YEAR = 9999
MIN_DAY_NUMBER = day_number(1, 1, 1)
MAX_DAY_NUMBER = day_number(MAX_YEAR, 12, 31)
_MAX_DAYS = MAX_DAY_NUMBER - MIN_DAY_NUMBER
# Differences of times are seconds with four decimals
TIME_SCALE = -4
# Differences of timestamps are days with nine decimals
_DAYS_SCALE = -9
# First ODS (Firebird 2.0) whose engine rounds fractions of a day; older ones truncate them
ODS_ROUNDING_DAYS = (11, 0)

OUT_OF_RANGE = "a date outside the years 1 to 9999"

# Computes the result of an operator from the operands' values
Operator = Callable[[Value, Value], Value]
# The result's type and the operator; None if the operands' types cannot be combined
_Rule = tuple[Descriptor, Operator] | None


def sum_node(parser: Parser, verb: Verb, left: Node, right: Node) -> Node:
    """The sum or difference of two operands; one or both are dates, times or timestamps."""
    if parser.is_dialect_1 or not (is_text(left.type) or is_text(right.type)):
        if not (_can_be_date(left.type) and _can_be_date(right.type)):
            rule = _shift(parser, verb, left, right)
        elif verb == Verb.SUBTRACT:
            rule = _difference(parser, left, right)
        else:
            rule = _date_plus_time(left, right)
        if rule is not None:
            result, operator = rule
            return null_propagating(result, operator, left, right)
    raise UnsupportedExpression(
        "adds or subtracts values of types that cannot be combined with a date or time"
    )


def _can_be_date(descriptor: Descriptor) -> bool:
    return is_date(descriptor) or is_text(descriptor)


# ---------------------------------------------------------------- date - date
def _difference(parser: Parser, left: Node, right: Node) -> _Rule:
    a, b = left.type.dtype, right.type.dtype
    check_zones(left, right)
    if a == b == Dtype.DATE:
        return exact_type(Dtype.LONG, 0), lambda x, y: x.days - y.days
    if a in TIME_TYPES and b in TIME_TYPES:
        return exact_type(Dtype.LONG, TIME_SCALE), _seconds_between
    timestamps = TIMESTAMP_TYPES | TEXT_TYPES
    if a not in timestamps or b not in timestamps:
        # The engine accepts DATE - TIMESTAMP but fails when it evaluates it
        return DOUBLE, _unsupported_difference
    rounds = parser.ods >= ODS_ROUNDING_DAYS
    return DOUBLE, _days_between(parser.is_dialect_1, rounds)


def _unsupported_difference(a: Value, b: Value) -> Value:
    raise EvaluationError("the difference of a date and a timestamp")


def _seconds_between(a: TypedValue, b: TypedValue) -> Value:
    return exact(a.ticks - b.ticks, TIME_SCALE)


def _days_between(is_dialect_1: bool, rounds: bool) -> Operator:
    """A DOUBLE in dialect 1, else an exact numeric with nine decimals."""

    def run(a: Value, b: Value) -> Value:
        ticks = ticks_of(a) - ticks_of(b)
        if is_dialect_1:
            return ticks / TICKS_PER_DAY
        # A tick is 1000 / 864 billionths of a day
        half = 864 // 2 if rounds else 0
        scaled = ticks * 1000 + (half if ticks >= 0 else -half)
        return exact(truncated_quotient(scaled, 864), _DAYS_SCALE)

    return run


# ---------------------------------------------------------------- date + time
def _date_plus_time(left: Node, right: Node) -> _Rule:
    types = {left.type.dtype, right.type.dtype}
    if Dtype.DATE not in types or not types & TIME_TYPES:
        return None
    return (TIMESTAMP_TZ if Dtype.TIME_TZ in types else TIMESTAMP), _combined


def _combined(a: TypedValue, b: TypedValue) -> Value:
    day, time = (a, b) if isinstance(a, Date) else (b, a)
    if isinstance(time, TimeTz):
        return TimestampTz(day.days, time.ticks, time.zone)
    return Timestamp(day.days, time.ticks)


# ---------------------------------------------------------------- date + number
def _shift(parser: Parser, verb: Verb, left: Node, right: Node) -> _Rule:
    """Adds days to a date or timestamp, or seconds to a time, or subtracts them."""
    if not is_date(left.type) and verb == Verb.SUBTRACT:
        return None
    result = left.type if is_date(left.type) else right.type
    amount = right.type if is_date(left.type) else left.type
    if not (is_numeric(amount) or is_text(amount)):
        return None
    shift = {
        Dtype.DATE: _shifted_date,
        Dtype.TIME: _shifted_time,
        Dtype.TIME_TZ: _shifted_time,
    }.get(Dtype(result.dtype), _shifted_timestamp(parser.ods >= ODS_ROUNDING_DAYS))
    sign = -1 if verb == Verb.SUBTRACT else 1
    if is_date(left.type):
        return result, lambda a, b: shift(a, b, amount, sign)
    return result, lambda a, b: shift(b, a, amount, sign)


def _shifted_date(date: TypedValue, amount: Value, descriptor: Descriptor, sign: int) -> Value:
    days = to_integer(amount, descriptor, 0)
    return Date(checked_day(date.days + sign * days))


def _shifted_time(time: TypedValue, amount: Value, descriptor: Descriptor, sign: int) -> Value:
    """Adds seconds, modulo a day."""
    ticks = (time.ticks + sign * to_integer(amount, descriptor, TIME_SCALE)) % TICKS_PER_DAY
    return TimeTz(ticks, time.zone) if isinstance(time, TimeTz) else Time(ticks)


def _shifted_timestamp(rounds: bool) -> Callable[[Value, Value, Descriptor, int], Value]:
    def run(timestamp: TypedValue, amount: Value, descriptor: Descriptor, sign: int) -> Value:
        days = to_double(amount)
        if not abs(days) <= _MAX_DAYS:
            raise EvaluationError(OUT_OF_RANGE)
        shift = round(days * TICKS_PER_DAY) if rounds else int(days * TICKS_PER_DAY)
        return _later(timestamp, sign * shift)

    return run


def _later(timestamp: Timestamp | TimestampTz, ticks: int) -> Timestamp | TimestampTz:
    days, rest = divmod(ticks_of(timestamp) + ticks, TICKS_PER_DAY)
    checked_day(days)
    if isinstance(timestamp, TimestampTz):
        return TimestampTz(days, rest, timestamp.zone)
    return Timestamp(days, rest)


def checked_day(days: int) -> int:
    """The day number. Raises EvaluationError outside the years 1 to 9999."""
    if not MIN_DAY_NUMBER <= days <= MAX_DAY_NUMBER:
        raise EvaluationError(OUT_OF_RANGE)
    return days


def checked_year(year: int) -> int:
    """The year. Raises EvaluationError outside the years 1 to 9999."""
    if not 1 <= year <= MAX_YEAR:
        raise EvaluationError(OUT_OF_RANGE)
    return year


def ticks_of(value: Value) -> int:
    """Ticks since day 0; in UTC if the value has a time zone."""
    if not isinstance(value, TimestampTz):
        value = to_timestamp(value)
    return int(value.days * TICKS_PER_DAY + value.ticks)
