"""Conversion of values to dates and times.

A value without a time zone counts as one in the session's zone, which is taken to be GMT. All
functions raise EvaluationError where the engine refuses the value.
"""

from gdb_export.firebird.conversions import date_text
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.temporal import Date, Time, Timestamp, TimestampTz, TimeTz
from gdb_export.firebird.values.time_zones import (
    GMT,
    local_time,
    local_timestamp,
    utc_of_local,
    utc_of_local_time,
)
from gdb_export.firebird.values.value_types import Value, as_str, shown

SESSION_ZONE = GMT


def to_date(value: Value) -> Date:
    if isinstance(value, Date):
        return value
    if isinstance(value, str | bytes):
        return date_text.parse_date(as_str(value))
    if isinstance(value, Time | TimeTz):
        raise EvaluationError("a time is not a date")
    return Date(to_timestamp(value).days)


def to_time(value: Value) -> Time:
    if isinstance(value, Time):
        return value
    if isinstance(value, str | bytes):
        text, zone = date_text.without_zone(as_str(value))
        time = date_text.parse_time(text)
        return time if zone is None else to_time(utc_of_local_time(time.ticks, zone))
    if isinstance(value, TimeTz):
        return Time(local_time(TimeTz(value.ticks, SESSION_ZONE)))
    if isinstance(value, Date):
        raise EvaluationError("a date is not a time")
    return Time(to_timestamp(value).ticks)


def to_timestamp(value: Value) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    if isinstance(value, Date):
        return Timestamp(value.days, 0)
    if isinstance(value, str | bytes):
        text, zone = date_text.without_zone(as_str(value))
        local = date_text.parse_timestamp(text)
        return local if zone is None else to_timestamp(utc_of_local(local.days, local.ticks, zone))
    if isinstance(value, TimestampTz):
        return Timestamp(*local_timestamp(TimestampTz(value.days, value.ticks, SESSION_ZONE)))
    if isinstance(value, Time | TimeTz):
        raise EvaluationError("the date of a time depends on the time of reading")
    raise EvaluationError(f"{shown(value)} is not a timestamp")


def to_timestamp_tz(value: Value) -> TimestampTz:
    if isinstance(value, TimestampTz):
        return value
    zone = None
    if isinstance(value, str | bytes):
        value, zone = date_text.without_zone(as_str(value))
    local = to_timestamp(value)
    return utc_of_local(local.days, local.ticks, SESSION_ZONE if zone is None else zone)


def to_time_tz(value: Value) -> TimeTz:
    if isinstance(value, TimeTz):
        return value
    if isinstance(value, TimestampTz):
        # The local time is kept, not the instant: the offset of a TIME WITH TIME ZONE is that of
        # 2020-01-01, and may differ from the zone's offset at the timestamp
        return utc_of_local_time(local_timestamp(value)[1], value.zone)
    zone = None
    if isinstance(value, str | bytes):
        value, zone = date_text.without_zone(as_str(value))
    return utc_of_local_time(to_time(value).ticks, SESSION_ZONE if zone is None else zone)
