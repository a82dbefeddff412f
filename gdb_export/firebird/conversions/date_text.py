"""Dates and times out of text, as the engine reads them when it converts a string.

Known are YYYY-MM-DD, MM/DD/YYYY, MM-DD-YYYY, DD.MM.YYYY and DD-MON-YYYY, each with a time behind.
"""

import re

from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.temporal import (
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    civil_date,
    day_number,
)
from gdb_export.firebird.values.time_zones import parse_zone

MONTHS = (
    "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER"
).split()
# Words for the moment of reading: no value of the file
SPECIAL = frozenset({"NOW", "TODAY", "TOMORROW", "YESTERDAY"})

_DATE = re.compile(
    r"[ \t]*([0-9]+|[A-Za-z]{3,})[ \t]*([-./ ])[ \t]*([0-9]+|[A-Za-z]{3,})"
    r"(?:[ \t]*([-./ ])[ \t]*([0-9]+))?(?:[ \t]+|\Z|(?=[ \t\0]))",
)
# Behind a digit; a date with the month's name in the middle ends in digits
_ZONE = re.compile(r"(?<=[0-9 ])([+-] *[0-9]{1,2} *: *[0-9]{1,2}|[A-Za-z_][A-Za-z0-9_/+-]*) *\Z")
_TIME = re.compile(
    r"[ \t]*([0-9]{1,2})[ \t]*:[ \t]*([0-9]{1,2})"
    r"(?:[ \t]*:[ \t]*([0-9]{1,2})(?:[ \t]*\.[ \t]*([0-9]{1,4}))?)?[ \t]*\Z"
)


def parse_date(text: str) -> Date:
    return Date(_day_and_rest(text, "")[0])


def parse_timestamp(text: str) -> Timestamp:
    days, rest = _day_and_rest(text, None)
    return Timestamp(days, _ticks(rest, text) if rest.strip(" \t") else 0)


def parse_time(text: str) -> Time:
    return Time(_ticks(text, text))


def without_zone(text: str) -> tuple[str, int | None]:
    """The text of a date or time before its time zone, and the zone's id if there is one."""
    match = _ZONE.search(text)
    if not match:
        return text, None
    return text[: match.start(1)], parse_zone(match[1])


def _day_and_rest(text: str, expected_rest: str | None) -> tuple[int, str]:
    match = _DATE.match(text)
    if not match:
        raise _no_date(text)
    rest = text[match.end() :]
    if expected_rest is not None and rest.strip(" \t\0") != expected_rest:
        raise _no_date(text)
    first, separator, second, separator_2, third = match.groups()
    if third is None or separator_2 != separator:
        # Without a year the engine takes that of the day on which it reads
        raise _no_date(text)
    return _day(first, second, third, separator, text), rest


def _day(first: str, second: str, third: str, separator: str, text: str) -> int:
    if first.isdigit() and len(first) >= 3:
        year, month, day = first, second, third
    elif second.isalpha() or (separator == "." and first.isdigit()):
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    if not day.isdigit() or len(day) > 2 or not year.isdigit() or len(year) > 4:
        raise _no_date(text)
    month_number = _month(month)
    full_year = _full_year(year)
    # A day that the calendar has is one that comes back
    if not 1 <= month_number <= 12 or not 1 <= int(day) <= 31 or not 1 <= full_year <= 9999:
        raise _no_date(text)
    days = day_number(full_year, month_number, int(day))
    if civil_date(days) != (full_year, month_number, int(day)):
        raise _no_date(text)
    return days


def _month(text: str) -> int:
    if text.isdigit():
        return int(text) if len(text) <= 2 else 0
    name = text.upper()
    return next((i for i, month in enumerate(MONTHS, 1) if month.startswith(name)), 0)


def _full_year(year: str) -> int:
    """Two digits are the nearest such year; the engine asks the clock for it, and this a fixed
    turn in 2026, so that the same file always gives the same bytes."""
    number = int(year)
    if len(year) > 2:
        return number
    return number + (2000 if number < 76 else 1900)


def _ticks(text: str, whole: str) -> int:
    match = _TIME.match(text)
    if not match:
        raise _no_date(whole)
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise _no_date(whole)
    fraction = int((match[4] or "").ljust(4, "0"))
    return (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction


def _no_date(text: str) -> EvaluationError:
    shown = text.strip()[:40]
    if shown.upper() in SPECIAL:
        return EvaluationError(f"{shown!r} depends on the moment of reading")
    return EvaluationError(f"{shown!r} is no date or time")
