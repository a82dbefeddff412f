"""System functions of dates: DATEADD, DATEDIFF, FIRST_DAY and LAST_DAY."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.descriptors import INT64
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, SystemFunction
from gdb_export.firebird.computed.blr.session_zone import check_zones
from gdb_export.firebird.computed.blr.verbs import DatePart
from gdb_export.firebird.computed.dates.date_arithmetic import (
    MAX_YEAR,
    OUT_OF_RANGE,
    checked_day,
    checked_year,
    ticks_of,
)
from gdb_export.firebird.computed.dates.extract import MILLISECOND_SCALE, TIME_PARTS, local_parts
from gdb_export.firebird.conversions.number_conversions import to_integer
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.exact import exact, truncated_quotient
from gdb_export.firebird.values.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    TimeTz,
    civil_date,
    day_number,
)
from gdb_export.firebird.values.time_zones import utc_of_local
from gdb_export.firebird.values.value_types import TypedValue, Value

_TICKS_PER_UNIT = {
    DatePart.HOUR: 3600 * TICKS_PER_SECOND,
    DatePart.MINUTE: 60 * TICKS_PER_SECOND,
    DatePart.SECOND: TICKS_PER_SECOND,
    DatePart.MILLISECOND: 1,  # amounts of milliseconds have one decimal
}
_DAYS_PER_UNIT = {DatePart.DAY: 1, DatePart.WEEK: 7}


# ---------------------------------------------------------------- DATEADD
def _dateadd(parser: Parser, amount: Node, part: Node, value: Node) -> Node:
    def run(scope: Scope) -> Value | None:
        quantity, unit_code, date = amount.run(scope), part.run(scope), value.run(scope)
        if quantity is None or unit_code is None or date is None:
            return None
        unit = to_integer(unit_code, None, 0, 32)
        scale = MILLISECOND_SCALE if unit == DatePart.MILLISECOND else 0
        return _added(to_integer(quantity, amount.type, scale), unit, date)

    return Node(value.type, run)


def _added(quantity: int, unit: int, value: TypedValue) -> Value:
    if unit in (DatePart.YEAR, DatePart.MONTH):
        shift = _years_later if unit == DatePart.YEAR else _months_later
        return _with_days(value, lambda days: shift(days, quantity))
    if unit in _DAYS_PER_UNIT:
        return _with_days(value, lambda days: days + quantity * _DAYS_PER_UNIT[DatePart(unit)])
    if unit not in _TICKS_PER_UNIT:
        raise EvaluationError(f"DATEADD with the unknown part {unit}")
    ticks = quantity * _TICKS_PER_UNIT[DatePart(unit)]
    if isinstance(value, Date):
        return Date(checked_day(value.days + truncated_quotient(ticks, TICKS_PER_DAY)))
    if isinstance(value, Time | TimeTz):
        return _with_ticks(value, (value.ticks + ticks) % TICKS_PER_DAY)
    carry, rest = divmod(value.ticks + ticks, TICKS_PER_DAY)
    days = checked_day(value.days + carry)
    if isinstance(value, Timestamp):
        return Timestamp(days, rest)
    return TimestampTz(days, rest, value.zone)


def _with_ticks(value: Time | TimeTz, ticks: int) -> Time | TimeTz:
    return TimeTz(ticks, value.zone) if isinstance(value, TimeTz) else Time(ticks)


def _with_days(value: Value, change: Callable[[int], int]) -> Value:
    """The value with its day number changed."""
    if isinstance(value, Date):
        return Date(checked_day(change(value.days)))
    if isinstance(value, Timestamp):
        return Timestamp(checked_day(change(value.days)), value.ticks)
    if isinstance(value, TimestampTz):
        return TimestampTz(checked_day(change(value.days)), value.ticks, value.zone)
    raise EvaluationError("DATEADD of days, months or years to a time")


def _years_later(days: int, years: int) -> int:
    """The same day of another year, or 28 February for 29 February."""
    year, month, day = civil_date(days)
    new_year = checked_year(year + years)
    return day_number(new_year, month, min(day, _month_length(new_year, month)))


def _months_later(days: int, months: int) -> int:
    """The same day of a later month, or the month's last day if it is shorter.

    From 29 February forward into a year that is not a leap year the engine takes the last day of
    the month, as if the 29th had been the last day of its month.
    """
    if abs(months) > MAX_YEAR * 12:
        raise EvaluationError(OUT_OF_RANGE)
    year, month, day = civil_date(days)
    index = year * 12 + month - 1 + months
    new_year, new_month = checked_year(index // 12), index % 12 + 1
    length = _month_length(new_year, new_month)
    if months >= 0 and (month, day) == (2, 29) and _month_length(new_year, 2) == 28:
        day = length
    return day_number(new_year, new_month, min(day, length))


def _month_length(year: int, month: int) -> int:
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return day_number(*following, 1) - day_number(year, month, 1)


# ---------------------------------------------------------------- DATEDIFF
def _datediff(parser: Parser, part: Node, start: Node, end: Node) -> Node:
    check_zones(start, end)

    def run(scope: Scope) -> Value | None:
        unit_code, a, b = part.run(scope), start.run(scope), end.run(scope)
        if unit_code is None or a is None or b is None:
            return None
        return _difference(to_integer(unit_code, None, 0, 32), a, b)

    return Node(INT64, run)


def _difference(unit: int, a: Value, b: Value) -> Value:
    are_times = [isinstance(value, Time | TimeTz) for value in (a, b)]
    if any(are_times) and (not all(are_times) or unit not in TIME_PARTS):
        raise EvaluationError("DATEDIFF of a time and a date, or of times in days or longer units")
    first, second = _ticks(a), _ticks(b)
    if unit == DatePart.MILLISECOND:
        return exact(second - first, MILLISECOND_SCALE)
    if unit in _TICKS_PER_UNIT:
        size = _TICKS_PER_UNIT[DatePart(unit)]
        return second // size - first // size
    days = second // TICKS_PER_DAY - first // TICKS_PER_DAY
    if unit in _DAYS_PER_UNIT:
        return truncated_quotient(days, _DAYS_PER_UNIT[DatePart(unit)])
    from_year, from_month, _ = civil_date(first // TICKS_PER_DAY)
    to_year, to_month, _ = civil_date(second // TICKS_PER_DAY)
    if unit == DatePart.YEAR:
        return to_year - from_year
    if unit == DatePart.MONTH:
        return 12 * (to_year - from_year) + to_month - from_month
    raise EvaluationError(f"DATEDIFF with the unknown part {unit}")


def _ticks(value: Value) -> int:
    """Ticks since midnight for a time, else since day 0."""
    return int(value.ticks) if isinstance(value, Time | TimeTz) else ticks_of(value)


# ---------------------------------------------------------------- FIRST_DAY, LAST_DAY
def _first_day(parser: Parser, part: Node, value: Node) -> Node:
    return _boundary_day(part, value, is_last=False)


def _last_day(parser: Parser, part: Node, value: Node) -> Node:
    return _boundary_day(part, value, is_last=True)


def _boundary_day(part: Node, value: Node, is_last: bool) -> Node:
    def run(scope: Scope) -> Value | None:
        unit_code, date = part.run(scope), value.run(scope)
        if unit_code is None or date is None:
            return None
        days, ticks = local_parts(date)
        boundary = checked_day(_boundary(to_integer(unit_code, None, 0, 32), days, is_last))
        if isinstance(date, TimestampTz):
            return utc_of_local(boundary, ticks, date.zone)
        return Date(boundary) if isinstance(date, Date) else Timestamp(boundary, ticks)

    return Node(value.type, run)


def _boundary(unit: int, days: int, is_last: bool) -> int:
    """The first or last day of the week, month, quarter or year that contains a day."""
    year, month, _ = civil_date(days)
    if unit == DatePart.WEEK:
        sunday = days - (days + 3) % 7  # day 0 was a Wednesday
        return sunday + 6 if is_last else sunday
    if unit not in (DatePart.YEAR, DatePart.QUARTER, DatePart.MONTH):
        raise EvaluationError(f"FIRST_DAY or LAST_DAY with the unknown part {unit}")
    months = {DatePart.YEAR: 12, DatePart.QUARTER: 3, DatePart.MONTH: 1}[DatePart(unit)]
    first = (month - 1) // months * months  # first month of the period, from 0
    if not is_last:
        return day_number(year, first + 1, 1)
    following = first + months
    return day_number(year + following // 12, following % 12 + 1, 1) - 1


FUNCTIONS: dict[str, SystemFunction] = {
    "DATEADD": (3, 3, _dateadd),
    "DATEDIFF": (3, 3, _datediff),
    "FIRST_DAY": (2, 2, _first_day),
    "LAST_DAY": (2, 2, _last_day),
}
