"""Zone ids and their names, and values in UTC as local text."""

from importlib.resources import files

import pytest

from gdb_export.firebird.values.temporal import TimestampTz, TimeTz, day_number
from gdb_export.firebird.values.time_zone_names import IANA_NAMES, REGIONS
from gdb_export.firebird.values.time_zones import (
    offset_minutes,
    time_tz_text,
    timestamp_tz_text,
    zone_name,
)

NOON = 12 * 36_000_000
PARIS, NEW_YORK = 65061, 65361


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (65535, "GMT"),
        (PARIS, "Europe/Paris"),
        (NEW_YORK, "America/New_York"),
        (1439, "+00:00"),
        (1259, "-03:00"),
        (1769, "+05:30"),
        (0, "-23:59"),
        (2878, "+23:59"),
    ],
)
def test_ids_have_the_engines_names(zone: int, name: str) -> None:
    assert zone_name(zone) == name


def test_tzdata_has_rules_for_every_region() -> None:
    zones = files("tzdata.zoneinfo")
    names = [IANA_NAMES.get(name, name) for name in REGIONS]
    assert [name for name in names if not zones.joinpath(*name.split("/")).is_file()] == []
    assert set(IANA_NAMES) <= set(REGIONS)


def test_daylight_saving_follows_the_instant() -> None:
    winter, summer = day_number(2021, 1, 1), day_number(2021, 7, 1)
    assert timestamp_tz_text(TimestampTz(winter, NOON, PARIS)) == "2021-01-01 13:00:00 Europe/Paris"
    assert timestamp_tz_text(TimestampTz(summer, NOON, PARIS)) == "2021-07-01 14:00:00 Europe/Paris"


def test_a_time_uses_the_offset_of_the_first_of_january_2020() -> None:
    assert time_tz_text(TimeTz(NOON, NEW_YORK)) == "07:00:00 America/New_York"
    assert time_tz_text(TimeTz(0, 1259)) == "21:00:00 -03:00"


def test_local_mean_time_is_truncated_to_whole_minutes() -> None:
    assert offset_minutes(PARIS, day_number(1800, 1, 1), 0) == 9


@pytest.mark.parametrize(("year", "minutes"), [(-5, 9), (1, 9), (9999, 60), (12_000, 60)])
def test_years_outside_pythons_calendar_have_offsets(year: int, minutes: int) -> None:
    assert offset_minutes(PARIS, day_number(year, 1, 1), NOON) == minutes


def test_an_unknown_id_keeps_the_instant() -> None:
    assert timestamp_tz_text(TimestampTz(0, NOON, 60_000)) == "1858-11-17 12:00:00 +00:00"
