"""The text of every named time zone, at dates across a century, is that of the engine."""

from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.firebird.values.temporal import TimestampTz, TimeTz, day_number
from gdb_export.firebird.values.time_zone_names import REGIONS
from gdb_export.firebird.values.time_zones import LAST_REGION, time_tz_text, timestamp_tz_text

NOON = 12 * 36_000_000  # ticks
# ICU has rules for these zones; the IANA database dropped them
SYSTEM_V_ZONES = frozenset(name for name in REGIONS if name.startswith("SystemV/"))


def texts_by_zone(engine: ModuleType, path: Path, literal: str) -> dict[str, str]:
    """The engine's text of an SQL literal, converted to the time of each region, by its name."""
    texts: dict[str, str] = {}
    with engine.create(path) as connection:
        cursor = connection.cursor()
        for start in range(0, len(REGIONS), 50):
            names = REGIONS[start : start + 50]
            casts = [f"CAST({literal} AT TIME ZONE '{name}' AS VARCHAR(60))" for name in names]
            cursor.execute(f"SELECT {', '.join(casts)} FROM RDB$DATABASE")
            texts.update(zip(names, cursor.fetchone(), strict=True))
    return {name: text.replace(".0000", "") for name, text in texts.items()}


@pytest.mark.parametrize("day", [(1930, 1, 15), (1985, 7, 1), (2010, 7, 1), (2020, 1, 1)])
def test_timestamps_have_the_text_of_the_engine(
    engine: ModuleType, tmp_path: Path, day: tuple[int, int, int]
) -> None:
    year, month, day_of_month = day
    literal = f"TIMESTAMP '{year}-{month}-{day_of_month} 12:00:00 +00:00'"
    expected = texts_by_zone(engine, tmp_path / "zones.fdb", literal)
    for index, name in enumerate(REGIONS):
        if name not in SYSTEM_V_ZONES:
            # the ids of regions descend from LAST_REGION in the order of REGIONS
            value = TimestampTz(day_number(*day), NOON, LAST_REGION - index)
            assert timestamp_tz_text(value) == expected[name]


def test_times_have_the_text_of_the_engine(engine: ModuleType, tmp_path: Path) -> None:
    expected = texts_by_zone(engine, tmp_path / "zones.fdb", "TIME '12:00:00 +00:00'")
    for index, name in enumerate(REGIONS):
        assert time_tz_text(TimeTz(NOON, LAST_REGION - index)) == expected[name]
