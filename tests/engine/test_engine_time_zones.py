"""Every named time zone, at days of a century, against the engine's own rules."""

from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.firebird.values.temporal import TimestampTz, TimeTz, day_number
from gdb_export.firebird.values.time_zone_names import REGIONS
from gdb_export.firebird.values.time_zones import LAST_REGION, time_tz_text, timestamp_tz_text

NOON = 12 * 36_000_000
# ICU has the rules of System V for these; the IANA database no longer has them
OF_SYSTEM_V = frozenset(name for name in REGIONS if name.startswith("SystemV/"))


def in_each_zone(engine: ModuleType, path: Path, utc: str) -> dict[str, str]:
    """The engine's text of an instant in every region."""
    texts: dict[str, str] = {}
    with engine.create(path) as connection:
        cursor = connection.cursor()
        for start in range(0, len(REGIONS), 50):
            names = REGIONS[start : start + 50]
            casts = [f"CAST({utc} AT TIME ZONE '{name}' AS VARCHAR(60))" for name in names]
            cursor.execute(f"SELECT {', '.join(casts)} FROM RDB$DATABASE")
            texts.update(zip(names, cursor.fetchone(), strict=True))
    return {name: text.replace(".0000", "") for name, text in texts.items()}


@pytest.mark.parametrize("day", [(1930, 1, 15), (1985, 7, 1), (2010, 7, 1), (2020, 1, 1)])
def test_timestamps_are_shown_as_the_engine_shows_them(
    engine: ModuleType, tmp_path: Path, day: tuple[int, int, int]
) -> None:
    year, month, day_of_month = day
    utc = f"TIMESTAMP '{year}-{month}-{day_of_month} 12:00:00 +00:00'"
    shown = in_each_zone(engine, tmp_path / "zones.fdb", utc)
    for place, name in enumerate(REGIONS):
        if name not in OF_SYSTEM_V:
            value = TimestampTz(day_number(*day), NOON, LAST_REGION - place)
            assert timestamp_tz_text(value) == shown[name]


def test_times_are_shown_as_the_engine_shows_them(engine: ModuleType, tmp_path: Path) -> None:
    shown = in_each_zone(engine, tmp_path / "zones.fdb", "TIME '12:00:00 +00:00'")
    for place, name in enumerate(REGIONS):
        assert time_tz_text(TimeTz(NOON, LAST_REGION - place)) == shown[name]
