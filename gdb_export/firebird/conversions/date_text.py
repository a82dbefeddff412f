"""Parsing of dates and times in text, as the engine converts strings.

Accepted are YYYY-MM-DD, MM/DD/YYYY, MM-DD-YYYY, DD.MM.YYYY and DD-MON-YYYY, each optionally
followed by a time.
"""

import re
import string

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
# Words whose value depends on the time of reading
SPECIAL = frozenset({"NOW", "TODAY", "TOMORROW", "YESTERDAY"})
# Two-digit years from this one on are 19xx, others 20xx. The engine takes the year nearest to the
# current one; here the current year is always 2026, so that a file always gives the same bytes.
_FIRST_YEAR_OF_1900 = 76

# Possessive quantifiers (*+): a text may be long and hostile, and backtracking into several runs of
# blanks would take time that grows with the cube of its length
_DATE = re.compile(
    r"[ \t]*+([0-9]++|[A-Za-z]{3,}+)(?:[ \t]*+([-./])|\t*+( ))[ \t]*+([0-9]++|[A-Za-z]{3,}+)"
    r"(?:(?:[ \t]*+([-./])|\t*+( ))[ \t]*+([0-9]++))?(?:[ \t]++|\Z|(?=[ \t\0]))",
)
# A time zone ends the text and follows a digit or space; a month's name never ends the text
_ZONE_OFFSET = re.compile(r"(?<=[0-9 ])[+-] *+[0-9]{1,2} *+: *+[0-9]{1,2}\Z")
_ZONE_NAME_START = re.compile(r"(?<=[0-9 ])[A-Za-z_]")
_ZONE_NAME_CHARACTERS = f"{string.ascii_letters}{string.digits}_/+-"
_TIME = re.compile(
    r"[ \t]*([0-9]{1,2})[ \t]*:[ \t]*([0-9]{1,2})"
    r"(?:[ \t]*:[ \t]*([0-9]{1,2})(?:[ \t]*\.[ \t]*([0-9]{1,4}))?)?[ \t]*\Z"
)


def parse_date(text: str) -> Date:
    """The date of a text that contains nothing else; raises EvaluationError."""
    days, rest = _day_and_rest(text)
    if rest.strip(" \t\0"):
        raise _not_a_date(text)
    return Date(days)


def parse_timestamp(text: str) -> Timestamp:
    """The timestamp of a date that a time may follow; the default is midnight.

    Raises EvaluationError.
    """
    days, rest = _day_and_rest(text)
    return Timestamp(days, _ticks(rest, text) if rest.strip(" \t") else 0)


def parse_time(text: str) -> Time:
    """The time of a text that contains nothing else; raises EvaluationError."""
    return Time(_ticks(text, text))


def without_zone(text: str) -> tuple[str, int | None]:
    """The text without its time zone, and the zone's id; None for a text without a zone."""
    stripped = text.rstrip(" ")
    name_limit = len(stripped.rstrip(_ZONE_NAME_CHARACTERS))
    match = _ZONE_OFFSET.search(stripped) or _ZONE_NAME_START.search(stripped, name_limit)
    if not match:
        return text, None
    return text[: match.start()], parse_zone(stripped[match.start() :])


def _day_and_rest(text: str) -> tuple[int, str]:
    """The day number of the date at the start of the text, and the text after it."""
    match = _DATE.match(text)
    if not match:
        raise _not_a_date(text)
    first, sign, space, second, other_sign, other_space, third = match.groups()
    separator = sign or space
    if third is None or (other_sign or other_space) != separator:
        # For a date without a year the engine uses the current year
        raise _not_a_date(text)
    return _day(first, second, third, separator, text), text[match.end() :]


def _day(first: str, second: str, third: str, separator: str, text: str) -> int:
    """The day number of a date's three parts; `text` is for the error message."""
    if first.isdigit() and len(first) >= 3:
        year, month, day = first, second, third
    elif second.isalpha() or (separator == "." and first.isdigit()):
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    if not day.isdigit() or len(day) > 2 or not year.isdigit() or len(year) > 4:
        raise _not_a_date(text)
    month_number = _month(month)
    full_year = _full_year(year)
    if not 1 <= month_number <= 12 or not 1 <= int(day) <= 31 or not 1 <= full_year <= 9999:
        raise _not_a_date(text)
    days = day_number(full_year, month_number, int(day))
    # `day_number` turns a day that the month lacks into a day of the next month
    if civil_date(days) != (full_year, month_number, int(day)):
        raise _not_a_date(text)
    return days


def _month(text: str) -> int:
    """The month, 1 to 12, of a number or an abbreviated name; otherwise 0 or a number above 12."""
    if text.isdigit():
        return int(text) if len(text) <= 2 else 0
    name = text.upper()
    return next((i for i, month in enumerate(MONTHS, 1) if month.startswith(name)), 0)


def _full_year(year: str) -> int:
    value = int(year)
    if len(year) > 2:
        return value
    return value + (2000 if value < _FIRST_YEAR_OF_1900 else 1900)


def _ticks(text: str, full_text: str) -> int:
    """The ticks of a time; `full_text` is for the error message."""
    match = _TIME.match(text)
    if not match:
        raise _not_a_date(full_text)
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise _not_a_date(full_text)
    fraction = int((match[4] or "").ljust(4, "0"))
    return (hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction


def _not_a_date(text: str) -> EvaluationError:
    excerpt = text.strip()[:40]
    if excerpt.upper() in SPECIAL:
        return EvaluationError(f"{excerpt!r} depends on the time of reading")
    return EvaluationError(f"{excerpt!r} is not a date or time")
