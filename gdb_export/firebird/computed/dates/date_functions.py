"""Functions of dates: DATEADD, DATEDIFF, FIRST_DAY, LAST_DAY."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import INT64, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.blr.session_zone import check_zones
from gdb_export.firebird.computed.blr.verbs import Part
from gdb_export.firebird.computed.dates.date_arithmetic import checked_day, ticks_of
from gdb_export.firebird.computed.dates.date_parts import (
    MAX_YEARS,
    MILLISECOND_SCALE,
    TIME_PARTS,
    local_parts,
)
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
from gdb_export.firebird.values.value_types import Value

_TICKS_PER_UNIT = {
    Part.HOUR: 3600 * TICKS_PER_SECOND,
    Part.MINUTE: 60 * TICKS_PER_SECOND,
    Part.SECOND: TICKS_PER_SECOND,
    Part.MILLISECOND: 1,  # of amounts with one decimal
}
_DAYS_PER_UNIT = {Part.DAY: 1, Part.WEEK: 7}


# ---------------------------------------------------------------- DATEADD
def dateadd(parser: Parser, amount: Node, part: Node, value: Node) -> Node:
    def run(scope: Scope) -> Value | None:
        quantity, number, date = amount.run(scope), part.run(scope), value.run(scope)
        if quantity is None or number is None or date is None:
            return None
        unit = to_integer(number, None, 0, 32)
        scale = MILLISECOND_SCALE if unit == Part.MILLISECOND else 0
        return _added(to_integer(quantity, amount.type, scale), unit, date)

    return Node(value.type, run)


def _added(quantity: int, unit: int, value: Value) -> Value:
    if unit in (Part.YEAR, Part.MONTH):
        later = _years_later if unit == Part.YEAR else _months_later
        return _with_days(value, lambda days: later(days, quantity))
    if unit in _DAYS_PER_UNIT:
        return _with_days(value, lambda days: days + quantity * _DAYS_PER_UNIT[Part(unit)])
    if unit not in _TICKS_PER_UNIT:
        raise EvaluationError(f"DATEADD of the unknown part {unit}")
    ticks = quantity * _TICKS_PER_UNIT[Part(unit)]
    if isinstance(value, Date):
        return Date(checked_day(value.days + truncated_quotient(ticks, TICKS_PER_DAY)))
    if isinstance(value, Time | TimeTz):
        return _with_ticks(value, (value.ticks + ticks) % TICKS_PER_DAY)
    carry, rest = divmod(value.ticks + ticks, TICKS_PER_DAY)
    days = checked_day(value.days + carry)
    return (
        Timestamp(days, rest)
        if isinstance(value, Timestamp)
        else TimestampTz(days, rest, value.zone)
    )


def _with_ticks(value: Time | TimeTz, ticks: int) -> Time | TimeTz:
    return TimeTz(ticks, value.zone) if isinstance(value, TimeTz) else Time(ticks)


def _with_days(value: Value, change: Callable[[int], int]) -> Value:
    if isinstance(value, Date):
        return Date(checked_day(change(value.days)))
    if isinstance(value, Timestamp):
        return Timestamp(checked_day(change(value.days)), value.ticks)
    if isinstance(value, TimestampTz):
        return TimestampTz(checked_day(change(value.days)), value.ticks, value.zone)
    raise EvaluationError("DATEADD of days to a time")


def _years_later(days: int, years: int) -> int:
    """The same day of another year; the 28th of February for the 29th."""
    year, month, day = civil_date(days)
    if not 1 <= year + years <= MAX_YEARS:
        raise EvaluationError("a date beyond the years 1 to 9999")
    length = _month_length(year + years, month)
    return day_number(year + years, month, min(day, length))


def _months_later(days: int, months: int) -> int:
    """The same day of a later month, or its last. Forward from a 29th of February into a year
    without one is always the last, as if it had been the last of its month."""
    if abs(months) > MAX_YEARS * 12:
        raise EvaluationError("a date beyond the years 1 to 9999")
    year, month, day = civil_date(days)
    index = year * 12 + month - 1 + months
    new_year, new_month = index // 12, index % 12 + 1
    if not 1 <= new_year <= MAX_YEARS:
        raise EvaluationError("a date beyond the years 1 to 9999")
    length = _month_length(new_year, new_month)
    if months >= 0 and (month, day) == (2, 29) and _month_length(new_year, 2) == 28:
        day = length
    return day_number(new_year, new_month, min(day, length))


def _month_length(year: int, month: int) -> int:
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return day_number(*following, 1) - day_number(year, month, 1)


# ---------------------------------------------------------------- DATEDIFF
def datediff(parser: Parser, part: Node, start: Node, end: Node) -> Node:
    check_zones(start, end)

    def run(scope: Scope) -> Value | None:
        number, a, b = part.run(scope), start.run(scope), end.run(scope)
        if number is None or a is None or b is None:
            return None
        return _difference(to_integer(number, None, 0, 32), a, b)

    return Node(INT64, run)


def _difference(unit: int, a: Value, b: Value) -> Value:
    are_times = [isinstance(one, Time | TimeTz) for one in (a, b)]
    if any(are_times) and (not all(are_times) or unit not in TIME_PARTS):
        raise EvaluationError("DATEDIFF of values that do not go together")
    first, second = _instant(a), _instant(b)
    if unit == Part.MILLISECOND:
        return exact(second - first, MILLISECOND_SCALE)
    if unit in _TICKS_PER_UNIT:
        size = _TICKS_PER_UNIT[Part(unit)]
        return second // size - first // size
    days = second // TICKS_PER_DAY - first // TICKS_PER_DAY
    if unit in _DAYS_PER_UNIT:
        return truncated_quotient(days, _DAYS_PER_UNIT[Part(unit)])
    from_year, from_month, _ = civil_date(first // TICKS_PER_DAY)
    to_year, to_month, _ = civil_date(second // TICKS_PER_DAY)
    if unit == Part.YEAR:
        return to_year - from_year
    if unit == Part.MONTH:
        return 12 * (to_year - from_year) + to_month - from_month
    raise EvaluationError(f"DATEDIFF of the unknown part {unit}")


def _instant(value: Value) -> int:
    return int(value.ticks) if isinstance(value, Time | TimeTz) else ticks_of(value)


# ---------------------------------------------------------------- FIRST_DAY, LAST_DAY
def first_day(parser: Parser, part: Node, value: Node) -> Node:
    return _border_day(part, value, is_last=False)


def last_day(parser: Parser, part: Node, value: Node) -> Node:
    return _border_day(part, value, is_last=True)


def _border_day(part: Node, value: Node, is_last: bool) -> Node:
    def run(scope: Scope) -> Value | None:
        number, date = part.run(scope), value.run(scope)
        if number is None or date is None:
            return None
        days, ticks = local_parts(date)
        border = checked_day(_border(to_integer(number, None, 0, 32), days, is_last))
        if isinstance(date, TimestampTz):
            return utc_of_local(border, ticks, date.zone)
        return Date(border) if isinstance(date, Date) else Timestamp(border, ticks)

    return Node(value.type, run)


def _border(unit: int, days: int, is_last: bool) -> int:
    year, month, _ = civil_date(days)
    if unit == Part.WEEK:
        sunday = days - (days + 3) % 7
        return sunday + 6 if is_last else sunday
    if unit not in (Part.YEAR, Part.QUARTER, Part.MONTH):
        raise EvaluationError(f"FIRST_DAY or LAST_DAY of the unknown part {unit}")
    months = {Part.YEAR: 12, Part.QUARTER: 3, Part.MONTH: 1}[Part(unit)]
    first = (month - 1) // months * months
    if not is_last:
        return day_number(year, first + 1, 1)
    following = first + months
    return day_number(year + following // 12, following % 12 + 1, 1) - 1
