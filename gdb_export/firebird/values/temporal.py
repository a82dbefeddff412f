"""Dates and times as Firebird stores them: integers, not limited to the years 1 to 9999.

Days count from 1858-11-17 (the Modified Julian Day); ticks are 1/10000 s since midnight.
The calendar is the proleptic Gregorian calendar, as in the engine.
"""

from typing import NamedTuple

TICKS_PER_SECOND = 10_000
TICKS_PER_DAY = 24 * 60 * 60 * TICKS_PER_SECOND
# Days from 0000-03-01 to 1858-11-17. Years are counted from March, so that they end with the leap
# day.
_DAYS_BEFORE_EPOCH = 678_881
_DAYS_PER_ERA = 146_097  # 400 years

FIRST_DAY, LAST_DAY = -678_575, 2_973_483  # 0001-01-01 and 9999-12-31


class Date(NamedTuple):
    days: int

    def __str__(self) -> str:
        return date_text(self.days)


class Time(NamedTuple):
    ticks: int

    def __str__(self) -> str:
        return time_text(self.ticks)


class Timestamp(NamedTuple):
    days: int
    ticks: int

    def __str__(self) -> str:
        return f"{date_text(self.days)} {time_text(self.ticks)}"


class TimeTz(NamedTuple):
    """Ticks in UTC, and a zone id."""

    ticks: int
    zone: int


class TimestampTz(NamedTuple):
    """Days and ticks in UTC, and a zone id."""

    days: int
    ticks: int
    zone: int


def civil_date(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day number; year 0 is 1 BC.

    1460, 36524 and 146096 are the days of 4, 100 and 400 years, without the leap day at the end;
    153 are the days of five months from March on.
    """
    era, day_of_era = divmod(days + _DAYS_BEFORE_EPOCH, _DAYS_PER_ERA)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return era * 400 + year_of_era + (month <= 2), month, day


def day_number(year: int, month: int, day: int) -> int:
    """The inverse of `civil_date`; the caller checks month and day."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * _DAYS_PER_ERA + day_of_era - _DAYS_BEFORE_EPOCH


def date_text(days: int) -> str:
    """YYYY-MM-DD; years after 9999 have more digits, years before 0 a minus sign."""
    year, month, day = civil_date(days)
    sign, year = ("-", -year) if year < 0 else ("", year)
    return f"{sign}{year:04d}-{month:02d}-{day:02d}"


def time_text(ticks: int) -> str:
    """HH:MM:SS, followed by four decimals unless they are all zero."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{fraction:04d}" if fraction else text
