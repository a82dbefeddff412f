"""Time zones: ids of zones, their names, and values in UTC as the local values that are shown.

Zone ids 0 to 2878 are offsets in minutes from -23:59; named regions count down from 65535.
The rules come from the package tzdata, for those of machines differ: Debian's have local times
before 1970 that the engine and its ICU don't know.
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

LAST_REGION = 65535
LAST_OFFSET = 2 * 1439
GMT = 65535
TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND
# A time of a named region is shown with the offset that was valid on this day
TIME_TZ_DAY = day_number(2020, 1, 1)

_OFFSET = re.compile(r"([+-]) *([0-9]{1,2}) *: *([0-9]{1,2})")
_EPOCH_DAY = day_number(1970, 1, 1)
# Room for the ticks of a damaged value, which may be five days, and for the offset
_FIRST_DAY = day_number(1, 1, 3)
_LAST_DAY = day_number(9999, 12, 23)
_DAYS_PER_ERA = 146_097


def zone_name(zone: int) -> str:
    """Name of a region, or its offset as +HH:MM. An id that no engine has given is +00:00: the
    instant that is shown with it is still the right one."""
    region = LAST_REGION - zone
    if region < len(REGIONS):
        return REGIONS[region]
    minutes = zone - 1439 if zone <= LAST_OFFSET else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def parse_zone(text: str) -> int:
    """The id of a zone from its name in any case, or from an offset; EvaluationError otherwise."""
    offset = _OFFSET.fullmatch(text.strip(" "))
    if offset:
        sign, hours, minutes = offset.groups()
        if int(hours) <= 23 and int(minutes) <= 59:
            ahead = int(hours) * 60 + int(minutes)
            return 1439 + (-ahead if sign == "-" else ahead)
    zone = _ids().get(text.strip(" ").upper())
    if zone is None:
        raise EvaluationError(f"{text[:40]!r} is no time zone")
    return zone


@cache
def _ids() -> dict[str, int]:
    return {name.upper(): LAST_REGION - place for place, name in enumerate(REGIONS)}


def offset_minutes(zone: int, days: int, ticks: int) -> int:
    """Minutes that local time is ahead of UTC in a zone at an instant given in UTC."""
    if zone <= LAST_OFFSET:
        return zone - 1439
    rules = _rules(zone)
    if rules is None:
        return 0
    offset = rules.utcoffset(_instant(days, ticks, rules))
    # Whole minutes, cut towards zero, as the engine counts local mean times
    return 0 if offset is None else int(offset / timedelta(minutes=1))


def has_rules(zone: int) -> bool:
    """False for ids of regions that no engine has given, or the machine's rules lack."""
    return zone <= LAST_OFFSET or _rules(zone) is not None


def local_timestamp(value: TimestampTz) -> tuple[int, int]:
    """Day number and ticks that a clock in the value's zone shows."""
    minutes = offset_minutes(value.zone, value.days, value.ticks)
    carry, ticks = divmod(value.ticks + minutes * TICKS_PER_MINUTE, TICKS_PER_DAY)
    return value.days + carry, ticks


def utc_of_local(days: int, ticks: int, zone: int) -> TimestampTz:
    """The instant at which a clock in the zone shows a day and time."""
    guess = offset_minutes(zone, days, ticks)
    for _ in range(2):
        carry, utc = divmod(ticks - guess * TICKS_PER_MINUTE, TICKS_PER_DAY)
        guess = offset_minutes(zone, days + carry, utc)
    return TimestampTz(days + carry, utc, zone)


def utc_of_local_time(ticks: int, zone: int) -> TimeTz:
    """The time at which a clock in the zone showed `ticks` on 2020-01-01."""
    return TimeTz(utc_of_local(TIME_TZ_DAY, ticks, zone).ticks, zone)


def local_time(value: TimeTz) -> int:
    """Ticks that a clock in the value's zone showed on 2020-01-01."""
    minutes = offset_minutes(value.zone, TIME_TZ_DAY, value.ticks)
    return (value.ticks + minutes * TICKS_PER_MINUTE) % TICKS_PER_DAY


def timestamp_tz_text(value: TimestampTz) -> str:
    days, ticks = local_timestamp(value)
    return f"{date_text(days)} {time_text(ticks)} {zone_name(value.zone)}"


def time_tz_text(value: TimeTz) -> str:
    return f"{time_text(local_time(value))} {zone_name(value.zone)}"


def _instant(days: int, ticks: int, rules: "ZoneInfo") -> datetime:
    """The instant as Python sees it; beyond its calendar on an equal day."""
    days, ticks = days + ticks // TICKS_PER_DAY, ticks % TICKS_PER_DAY
    if days < _FIRST_DAY:
        days = _FIRST_DAY + (days - _FIRST_DAY) % _DAYS_PER_ERA
    elif days > _LAST_DAY:
        days = _LAST_DAY - (_LAST_DAY - days) % _DAYS_PER_ERA
    since_epoch = timedelta(days=days - _EPOCH_DAY, seconds=ticks // TICKS_PER_SECOND)
    return rules.fromutc((datetime(1970, 1, 1) + since_epoch).replace(tzinfo=rules))


@cache
def _rules(zone: int) -> "ZoneInfo | None":
    """From the package and not from the machine, so that the same file gives the same bytes."""
    # only here: few tables have time zones, and these take a hundredth of a second to load
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    name = zone_name(zone)
    path = files("tzdata.zoneinfo").joinpath(*IANA_NAMES.get(name, name).split("/"))
    if not path.is_file():
        return None
    with path.open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)
