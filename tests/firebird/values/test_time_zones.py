"""Zone ids, their names, and values in UTC as local text."""

import pytest

from gdb_export.firebird.values.temporal import TimestampTz, TimeTz, day_number
from gdb_export.firebird.values.time_zone_names import IANA_NAMES, REGIONS
from gdb_export.firebird.values.time_zones import (
    has_rules,
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
def test_ids_have_the_names_that_the_engine_prints(zone: int, name: str) -> None:
    assert zone_name(zone) == name


def test_every_region_has_rules() -> None:
    assert [name for i, name in enumerate(REGIONS) if not has_rules(65535 - i)] == []
    assert set(IANA_NAMES) <= set(REGIONS)


def test_summer_time_is_that_of_the_instant() -> None:
    winter, summer = day_number(2021, 1, 1), day_number(2021, 7, 1)
    assert timestamp_tz_text(TimestampTz(winter, NOON, PARIS)) == "2021-01-01 13:00:00 Europe/Paris"
    assert timestamp_tz_text(TimestampTz(summer, NOON, PARIS)) == "2021-07-01 14:00:00 Europe/Paris"


def test_a_time_takes_the_offset_of_the_first_of_january_2020() -> None:
    assert time_tz_text(TimeTz(NOON, NEW_YORK)) == "07:00:00 America/New_York"
    assert time_tz_text(TimeTz(0, 1259)) == "21:00:00 -03:00"


def test_local_mean_time_counts_whole_minutes() -> None:
    assert offset_minutes(PARIS, day_number(1800, 1, 1), 0) == 9


@pytest.mark.parametrize("year", [-5, 1, 9999, 12_000])
def test_years_beyond_the_calendar_of_python_have_offsets_too(year: int) -> None:
    assert 0 <= offset_minutes(PARIS, day_number(year, 1, 1), NOON) <= 60


def test_an_unknown_id_keeps_the_instant() -> None:
    assert timestamp_tz_text(TimestampTz(0, NOON, 60_000)) == "1858-11-17 12:00:00 +00:00"
