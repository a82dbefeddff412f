"""Time zones: zone ids, their names, and the conversion between UTC and local values.

Zone ids 0 to 2878 are offsets in minutes from -23:59; named regions count down from 65535.
The rules come from the package tzdata, because those of machines differ: Debian's contain local
times before 1970 that the engine and its ICU lack.
"""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    TimestampTz,
    TimeTz,
    date_text,
    day_number,
    time_text,
)
from gdb_export.firebird.values.time_zone_names import IANA_NAMES, REGIONS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

LAST_REGION = 65535  # the highest id, of the first region
_MAX_OFFSET = 23 * 60 + 59  # minutes
LAST_OFFSET = 2 * _MAX_OFFSET
GMT = 65535
TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND
# The engine shows a TIME WITH TIME ZONE of a region with the region's offset on this day
TIME_TZ_DAY = day_number(2020, 1, 1)

_OFFSET = re.compile(r"([+-]) *([0-9]{1,2}) *: *([0-9]{1,2})")
_EPOCH_DAY = day_number(1970, 1, 1)
# The range of Python's calendar, less a margin for the ticks of a damaged value (up to five days)
# and for the offset
_FIRST_DAY = day_number(1, 1, 3)
_LAST_DAY = day_number(9999, 12, 23)
_DAYS_PER_ERA = 146_097  # 400 years


def zone_name(zone: int) -> str:
    """The name of a region, or an offset as +HH:MM.

    An unknown id gives +00:00, the zone of the stored UTC value.
    """
    region = LAST_REGION - zone
    if region < len(REGIONS):
        return REGIONS[region]
    minutes = zone - _MAX_OFFSET if zone <= LAST_OFFSET else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def parse_zone(text: str) -> int:
    """The zone id of a region's name in any case, or of an offset; raises EvaluationError."""
    offset = _OFFSET.fullmatch(text.strip(" "))
    if offset:
        sign, hours, minutes = offset.groups()
        if int(hours) <= 23 and int(minutes) <= 59:
            total = int(hours) * 60 + int(minutes)
            return _MAX_OFFSET + (-total if sign == "-" else total)
    zone = _ids().get(text.strip(" ").upper())
    if zone is None:
        raise EvaluationError(f"{text[:40]!r} is not a time zone")
    return zone


def offset_zone(minutes: int) -> int:
    """The zone id of an offset from UTC, in minutes."""
    return _MAX_OFFSET + minutes


def longest_region(text: str) -> tuple[int, int | None]:
    """The length and the zone id of the region that a text in upper case begins with.

    As in the engine, the longest beginning that some region begins with must be a region's name;
    otherwise (0, None).
    """
    length = 0
    while length < len(text) and any(name.startswith(text[: length + 1]) for name in _ids()):
        length += 1
    zone = _ids().get(text[:length])
    return (0, None) if zone is None else (length, zone)


@cache
def _ids() -> dict[str, int]:
    return {name.upper(): LAST_REGION - index for index, name in enumerate(REGIONS)}


def offset_minutes(zone: int, days: int, ticks: int) -> int:
    """Local time minus UTC, in minutes, at an instant given in UTC; 0 for an unknown zone."""
    if zone <= LAST_OFFSET:
        return zone - _MAX_OFFSET
    rules = _rules(zone)
    if rules is None:
        return 0
    offset = rules.utcoffset(_instant(days, ticks, rules))
    # Local mean times have seconds; like the engine, this truncates them to whole minutes
    return 0 if offset is None else int(offset / timedelta(minutes=1))


def local_timestamp(value: TimestampTz) -> tuple[int, int]:
    """Local day number and ticks of the value in its zone."""
    minutes = offset_minutes(value.zone, value.days, value.ticks)
    carry, ticks = divmod(value.ticks + minutes * TICKS_PER_MINUTE, TICKS_PER_DAY)
    return value.days + carry, ticks


def utc_of_local(days: int, ticks: int, zone: int) -> TimestampTz:
    """The instant of a local day and time in the zone.

    The offset is looked up as if the local time were UTC, and then twice at the instant that the
    previous offset gives.
    """
    guess = offset_minutes(zone, days, ticks)
    for _ in range(2):
        carry, utc = divmod(ticks - guess * TICKS_PER_MINUTE, TICKS_PER_DAY)
        guess = offset_minutes(zone, days + carry, utc)
    return TimestampTz(days + carry, utc, zone)


def utc_of_local_time(ticks: int, zone: int) -> TimeTz:
    """The value of local ticks in the zone, by the zone's offset on 2020-01-01."""
    return TimeTz(utc_of_local(TIME_TZ_DAY, ticks, zone).ticks, zone)


def local_time(value: TimeTz) -> int:
    """Local ticks of the value in its zone, by the zone's offset on 2020-01-01."""
    minutes = offset_minutes(value.zone, TIME_TZ_DAY, value.ticks)
    return (value.ticks + minutes * TICKS_PER_MINUTE) % TICKS_PER_DAY


def timestamp_tz_text(value: TimestampTz) -> str:
    """The local timestamp, a space, and the zone."""
    days, ticks = local_timestamp(value)
    return f"{date_text(days)} {time_text(ticks)} {zone_name(value.zone)}"


def time_tz_text(value: TimeTz) -> str:
    """The local time, a space, and the zone."""
    return f"{time_text(local_time(value))} {zone_name(value.zone)}"


def _instant(days: int, ticks: int, rules: "ZoneInfo") -> datetime:
    """The instant as a datetime. A day outside Python's calendar is moved by whole eras of 400
    years, after which dates and weekdays repeat."""
    days, ticks = days + ticks // TICKS_PER_DAY, ticks % TICKS_PER_DAY
    if days < _FIRST_DAY:
        days = _FIRST_DAY + (days - _FIRST_DAY) % _DAYS_PER_ERA
    elif days > _LAST_DAY:
        days = _LAST_DAY - (_LAST_DAY - days) % _DAYS_PER_ERA
    since_epoch = timedelta(days=days - _EPOCH_DAY, seconds=ticks // TICKS_PER_SECOND)
    return rules.fromutc((datetime(1970, 1, 1) + since_epoch).replace(tzinfo=rules))


@cache
def _rules(zone: int) -> "ZoneInfo | None":
    """The rules of a region, from the package tzdata; None for an unknown id."""
    # imported late: docs/architecture.md
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    name = zone_name(zone)
    path = files("tzdata.zoneinfo").joinpath(*IANA_NAMES.get(name, name).split("/"))
    if not path.is_file():
        return None
    with path.open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)
