"""CAST of a text to a date, a time or a timestamp by a FORMAT.

Knowledge: CvtFormat.cpp, README.cast.format.md (ODS 14).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gdb_export.firebird.computed.blr.session_zone import NEEDS_SESSION_ZONE
from gdb_export.firebird.computed.dates.current_moment import NEEDS_MOMENT
from gdb_export.firebird.computed.dates.date_arithmetic import checked_year
from gdb_export.firebird.computed.dates.format_patterns import (
    HALVES_OF_DAY,
    HOURS_OF_HALF_DAY,
    MONTHS,
    ROUNDED_YEARS,
    SEPARATORS,
    YEAR_ENDS,
)
from gdb_export.firebird.computed.dates.formatted_dates import JULIAN_DAY_OF_DAY_0
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.values.temporal import (
    FIRST_DAY,
    LAST_DAY,
    TICKS_PER_SECOND,
    Date,
    Time,
    Timestamp,
    civil_date,
    day_number,
)
from gdb_export.firebird.values.time_zones import (
    longest_region,
    offset_zone,
    utc_of_local,
    utc_of_local_time,
)
from gdb_export.firebird.values.value_types import Value

SECONDS_PER_DAY = 24 * 60 * 60
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_TOO_LARGE = 1 << 31  # stands for numbers of more than ten digits
_MAX_OFFSET_HOURS = 14


@dataclass(slots=True)
class _Moment:
    """The parts that have been read. `year`, `month` and `day` begin as those of the current date,
    or as None if it is unknown. `zone_minutes` is the offset from UTC, `region` a zone id."""

    year: int | None
    month: int | None
    day: int | None
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    ticks: int = 0
    half_of_day: str | None = None
    zone_minutes: int | None = None
    region: int | None = None


class _Text:
    """A reader of the text, which skips separators between the parts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offset = 0

    def skip_separators(self) -> None:
        while self.peek() in SEPARATORS:
            self._offset += 1

    def peek(self) -> str:
        """The next character; empty at the end."""
        return self._text[self._offset : self._offset + 1]

    def rest(self) -> str:
        return self._text[self._offset :]

    def take(self, count: int) -> str:
        self._offset += count
        return self._text[self._offset - count : self._offset]

    def while_in(self, is_part: Callable[[str], bool], limit: int) -> str:
        """Take the next characters for which `is_part` is true, at most `limit` of them."""
        count = 0
        while count < limit and (char := self._text[self._offset + count :][:1]) and is_part(char):
            count += 1
        return self.take(count)

    def digits(self, limit: int) -> str:
        """At least one digit. Raises EvaluationError if there is none."""
        digits = self.while_in(_is_digit, limit)
        if not digits:
            raise EvaluationError(f"no number at {self.rest()[:40]!r} of a date")
        return digits

    def number(self, limit: int, first: int, last: int) -> int:
        """A number of at most `limit` digits. Raises EvaluationError outside its range."""
        digits = self.digits(limit)
        number = int(digits) if len(digits) <= 10 else _TOO_LARGE
        if not first <= number <= last:
            raise EvaluationError(f"{digits[:40]} in a date, instead of {first} to {last}")
        return number

    def any_number(self, first: int, last: int) -> int:
        return self.number(len(self._text), first, last)

    def sign(self) -> int:
        """-1 after a minus, which is a separator too; skips a plus."""
        if self.peek() == "+":
            self._offset += 1
            return 1
        return -1 if self._text[max(self._offset - 1, 0) : self._offset] == "-" else 1


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"


def _is_letter(char: str) -> bool:
    return "A" <= char <= "Z"


def needs_moment(patterns: Sequence[str], dtype: int) -> bool:
    """Whether the value depends on the current date for every text."""
    if dtype in (Dtype.TIME, Dtype.TIME_TZ):
        return False
    missing = {"year", "month", "day"}
    for pattern in patterns:
        if pattern == "J":
            missing.clear()
        elif pattern in ("YYYY", "RRRR"):  # RRRR: only for texts with two digits
            missing.discard("year")
        elif pattern in (*YEAR_ENDS, "RR"):
            if "year" in missing:
                return True
        elif pattern in ("MM", "MON", "MONTH", "RM"):
            missing.discard("month")
        elif pattern == "DD":
            missing.discard("day")
    return bool(missing)


def parsed(text: str, patterns: Sequence[str], dtype: int, today: Date | None) -> Value:
    """The text as a value of type `dtype`. Raises EvaluationError where the engine would
    raise an error, and where the value depends on the current date and `today` is None."""
    reader = _Text("".join(char.upper() if char.isascii() else char for char in text))
    moment = _Moment(*(civil_date(today.days) if today else (None, None, None)))
    for index, pattern in enumerate(patterns):
        reader.skip_separators()
        if not reader.peek():
            raise EvaluationError(f"{text[:40]!r} ends before {pattern} of its date format")
        _read(reader, pattern, patterns[max(index - 1, 0)], moment)
    if moment.half_of_day is not None:
        moment.hours = moment.hours % 12 + 12 * (moment.half_of_day == HALVES_OF_DAY[1])
    reader.skip_separators()
    if reader.peek():
        raise EvaluationError(f"{reader.rest()[:40]!r} after the end of a date")
    return _value(moment, dtype)


def _read(reader: _Text, pattern: str, previous: str, moment: _Moment) -> None:
    if pattern in YEAR_ENDS or pattern in ROUNDED_YEARS:
        moment.year = _year(reader, pattern, moment.year)
    elif pattern in ("MM", "MON", "MONTH", "RM"):
        moment.month = _month(reader, pattern)
    elif pattern == "DD":
        moment.day = reader.number(2, 1, 31)
    elif pattern == "J":
        first, last = FIRST_DAY + JULIAN_DAY_OF_DAY_0, LAST_DAY + JULIAN_DAY_OF_DAY_0
        days = reader.any_number(first, last) - JULIAN_DAY_OF_DAY_0
        moment.year, moment.month, moment.day = civil_date(days)
    elif pattern in ("TZH", "TZM", "TZR"):
        _read_zone(reader, pattern, previous, moment)
    else:
        _read_time(reader, pattern, moment)


def _read_time(reader: _Text, pattern: str, moment: _Moment) -> None:
    if pattern in HOURS_OF_HALF_DAY:
        moment.hours = reader.number(2, 1, 12)
    elif pattern == "HH24":
        moment.hours = reader.number(2, 0, 23)
    elif pattern == "MI":
        moment.minutes = reader.number(2, 0, 59)
    elif pattern == "SS":
        moment.seconds = reader.number(2, 0, 59)
    elif pattern == "SSSSS":
        moment.seconds = reader.number(5, 0, SECONDS_PER_DAY - 1)
    elif pattern in HALVES_OF_DAY:
        moment.half_of_day = reader.take(len(pattern))
        if moment.half_of_day not in HALVES_OF_DAY:
            raise EvaluationError(f"{moment.half_of_day!r} instead of A.M. or P.M. in a date")
    else:
        moment.ticks = int(reader.digits(int(pattern.removeprefix("FF"))).ljust(4, "0"))


def _year(reader: _Text, pattern: str, current: int | None) -> int:
    """A year; its missing digits are those of the current year, or for RR and RRRR those that
    make it the nearest year by halves of centuries."""
    digits = reader.digits(len(pattern))
    year = int(digits)
    if pattern == "YYYY" or (pattern == "RRRR" and len(digits) > 2):
        return year
    if current is None:
        raise EvaluationError(NEEDS_MOMENT)
    if pattern in YEAR_ENDS:
        unit: int = 10 ** len(pattern)
        return current // unit * unit + year
    century = current // 100 + (year < 50 <= current % 100) - (current % 100 < 50 <= year)
    return century * 100 + year


def _month(reader: _Text, pattern: str) -> int:
    if pattern == "MM":
        return reader.number(2, 1, 12)
    if pattern == "RM":
        return _roman_month(reader.while_in(_ROMAN_DIGITS.__contains__, len(reader.rest())))
    names = MONTHS if pattern == "MONTH" else tuple(name[:3] for name in MONTHS)
    name = reader.while_in(_is_letter, 3 if pattern == "MON" else len(reader.rest()))
    if name not in names:
        raise EvaluationError(f"{name[:40]!r} is not a month")
    return names.index(name) + 1


def _roman_month(text: str) -> int:
    """The value of Roman digits, by the engine's rule, which accepts any order."""
    month = previous = 0
    for digit in text:
        value = _ROMAN_DIGITS[digit]
        month += value - (2 * previous if previous < value else 0)
        previous = value
    if not 1 <= month <= 12:
        raise EvaluationError(f"{text[:40]!r} is not a month")
    return month


def _read_zone(reader: _Text, pattern: str, previous: str, moment: _Moment) -> None:
    """Hours and minutes of an offset, which may stand side by side in any order: the second has
    no sign. Apart from each other, the last one counts."""
    if pattern == "TZR":
        length, moment.region = longest_region(reader.rest())
        if moment.region is None:
            moment.zone_minutes = _displacement(reader)
        reader.take(length)
        return
    unit, last = (60, _MAX_OFFSET_HOURS) if pattern == "TZH" else (1, 59)
    if previous == ("TZM" if pattern == "TZH" else "TZH") and moment.zone_minutes is not None:
        sign = -1 if moment.zone_minutes < 0 else 1
        moment.zone_minutes += sign * reader.any_number(0, last) * unit
    else:
        moment.zone_minutes = reader.sign() * reader.any_number(0, last) * unit


def _displacement(reader: _Text) -> int:
    """An offset in minutes, as hours and minutes. Raises EvaluationError."""
    sign = reader.sign()
    hours = reader.any_number(0, _MAX_OFFSET_HOURS)
    reader.skip_separators()
    return sign * (hours * 60 + reader.any_number(0, 59))


def _value(moment: _Moment, dtype: int) -> Value:
    seconds = (moment.hours * 60 + moment.minutes) * 60 + moment.seconds
    ticks = seconds * TICKS_PER_SECOND + moment.ticks
    if dtype == Dtype.TIME:
        return Time(ticks)
    if dtype == Dtype.TIME_TZ:
        return utc_of_local_time(ticks, _zone(moment))
    days = _days(moment)
    if dtype == Dtype.DATE:
        return Date(days)
    if dtype == Dtype.TIMESTAMP:
        return Timestamp(days, ticks)
    return utc_of_local(days, ticks, _zone(moment))


def _days(moment: _Moment) -> int:
    if moment.year is None or moment.month is None or moment.day is None:
        raise EvaluationError(NEEDS_MOMENT)
    date = checked_year(moment.year), moment.month, moment.day
    days = day_number(*date)
    if civil_date(days) != date:
        raise EvaluationError(f"the month {date[0]}-{date[1]:02d} has no day {date[2]}")
    return days


def _zone(moment: _Moment) -> int:
    if moment.region is not None:
        return moment.region
    if moment.zone_minutes is None:
        raise EvaluationError(NEEDS_SESSION_ZONE)
    if abs(moment.zone_minutes) > _MAX_OFFSET_HOURS * 60:
        raise EvaluationError(f"an offset of {moment.zone_minutes} minutes from UTC")
    return offset_zone(moment.zone_minutes)
