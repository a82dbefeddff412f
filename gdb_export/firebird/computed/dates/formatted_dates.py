"""CAST of a date or time to a text by a FORMAT.

Knowledge: CvtFormat.cpp, whose surprising results are kept: FF1 to FF9 drop the leading zeros of
the fraction (ODS 14).
"""

from collections.abc import Callable, Sequence
from datetime import date as CalendarDate

from gdb_export.firebird.computed.dates.date_arithmetic import checked_year
from gdb_export.firebird.computed.dates.extract import local_parts
from gdb_export.firebird.computed.dates.format_patterns import (
    DAYS,
    HALVES_OF_DAY,
    MONTHS,
    ZONE_PATTERNS,
    Token,
)
from gdb_export.firebird.values.temporal import (
    TICKS_PER_SECOND,
    TimestampTz,
    TimeTz,
    civil_date,
    day_number,
)
from gdb_export.firebird.values.time_zones import TIME_TZ_DAY, offset_minutes, zone_name
from gdb_export.firebird.values.value_types import Value

# Julian day number of day 0, 1858-11-17
JULIAN_DAY_OF_DAY_0 = 2_400_001
ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ONES = (
    "ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN",
    "ELEVEN", "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN",
    "NINETEEN",
)  # fmt: skip
_TENS = ("", "", "TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY")


def formatted(value: Value, tokens: Sequence[Token]) -> str:
    """The text of a date, time or timestamp, whose type has all patterns of the tokens."""
    days, ticks = local_parts(value)
    parts: list[str] = []
    previous = ""  # the previous pattern
    for token in tokens:
        if not token.pattern:
            parts.append(token.text)
            continue
        if token.pattern in ZONE_PATTERNS:
            parts.append(_zone_part(token.pattern, value, previous))
        elif token.pattern in _DATE_PARTS:
            parts.append(_DATE_PARTS[token.pattern](days))
        elif token.pattern.startswith("FF"):
            parts.append(_fraction(ticks % TICKS_PER_SECOND, int(token.pattern[2:])))
        else:
            parts.append(_TIME_PARTS[token.pattern](ticks // TICKS_PER_SECOND))
        previous = token.pattern
    return "".join(parts)


def _year(days: int) -> int:
    return checked_year(civil_date(days)[0])


def _month(days: int) -> int:
    return civil_date(days)[1]


def _day(days: int) -> int:
    return civil_date(days)[2]


def _weekday(days: int) -> int:
    """The day of the week: Sunday is 0."""
    return (days + 3) % 7  # day 0 was a Wednesday


def _week(days: int) -> int:
    year, month, day = civil_date(days)
    return CalendarDate(checked_year(year), month, day).isocalendar().week


_DATE_PARTS: dict[str, Callable[[int], str]] = {
    "Y": lambda days: f"{_year(days) % 10}",
    "YY": lambda days: f"{_year(days) % 100:02d}",
    "YYY": lambda days: f"{_year(days) % 1000:03d}",
    "YYYY": lambda days: f"{_year(days):04d}",
    "YEAR": lambda days: _year_in_words(_year(days)),
    "Q": lambda days: f"{(_month(days) + 2) // 3}",
    "MM": lambda days: f"{_month(days):02d}",
    "MON": lambda days: MONTHS[_month(days) - 1][:3].title(),
    "MONTH": lambda days: MONTHS[_month(days) - 1],
    "RM": lambda days: ROMAN_MONTHS[_month(days) - 1],
    "WW": lambda days: f"{_week(days):02d}",
    "W": lambda days: f"{(_day(days) - 1) // 7 + 1}",
    "D": lambda days: f"{_weekday(days) + 1}",
    "DAY": lambda days: DAYS[_weekday(days)],
    "DD": lambda days: f"{_day(days):02d}",
    "DDD": lambda days: f"{days - day_number(_year(days), 1, 1) + 1:03d}",
    "DY": lambda days: DAYS[_weekday(days)][:3].title(),
    "J": lambda days: f"{days + JULIAN_DAY_OF_DAY_0}",
}


def _hour_of_half_day(seconds: int) -> str:
    return f"{(seconds // 3600 + 11) % 12 + 1:02d}"


def _half_of_day(seconds: int) -> str:
    return HALVES_OF_DAY[seconds // 3600 >= 12]


_TIME_PARTS: dict[str, Callable[[int], str]] = {
    "HH": _hour_of_half_day,
    "HH12": _hour_of_half_day,
    "HH24": lambda seconds: f"{seconds // 3600:02d}",
    "MI": lambda seconds: f"{seconds // 60 % 60:02d}",
    "SS": lambda seconds: f"{seconds % 60:02d}",
    "SSSSS": lambda seconds: f"{seconds}",
    "A.M.": _half_of_day,
    "P.M.": _half_of_day,
}


def _fraction(ticks: int, digits: int) -> str:
    """The first digits of the number of ticks, with zeros appended. The engine does not write
    the number's leading zeros: 0.05 seconds (500 ticks) become 5000 by FF4."""
    return str(ticks)[:digits].ljust(digits, "0")


def _zone_part(pattern: str, value: Value, previous: str) -> str:
    """The hours, minutes or name of the value's zone. The sign is written once."""
    assert isinstance(value, TimeTz | TimestampTz)  # checked with the format
    if pattern == "TZR":
        return zone_name(value.zone)
    days = value.days if isinstance(value, TimestampTz) else TIME_TZ_DAY
    minutes = offset_minutes(value.zone, days, value.ticks)
    number = abs(minutes) // 60 if pattern == "TZH" else abs(minutes) % 60
    other = "TZM" if pattern == "TZH" else "TZH"
    sign = "" if previous == other else "-" if minutes < 0 else "+"
    return f"{sign}{number:02d}"


def _year_in_words(year: int) -> str:
    """A year in English: 1985 is NINETEEN EIGHTY-FIVE, 1905 ONE THOUSAND NINE HUNDRED FIVE."""
    centuries, rest = divmod(year, 100)
    if not centuries or (rest < 10 and centuries < 10):
        words = [f"{_ONES[centuries]} HUNDRED"] if centuries else []
        return " ".join([*words, *([_two_digits(rest)] if rest else [])])
    if rest >= 10:
        return f"{_two_digits(centuries)} {_two_digits(rest)}"
    thousands, hundreds = divmod(centuries, 10)
    words = [f"{_ONES[thousands]} THOUSAND"]
    words += [f"{_ONES[hundreds]} HUNDRED"] if hundreds else []
    words += [_ONES[rest]] if rest else []
    return " ".join(words)


def _two_digits(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
