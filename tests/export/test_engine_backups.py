"""Backups that the engine at hand makes of the golden databases, in every way that gbak has."""

from pathlib import Path
from types import ModuleType

import pytest

from job.command_line import main
from tests.engine.backups import back_up
from tests.export.golden import DATA, differences, exported_tables, golden_tables, unpack

# gbak converts the rows that are older than a change of type as dialect 1 does
CONVERTED_BY_GBAK = {"changed_types": ["T"]}
WAYS = ["", "NON_TRANSPORTABLE", "EXPAND", "NON_TRANSPORTABLE EXPAND", "ZIP", "OLD_DESCRIPTIONS"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "packed", sorted(DATA.glob("fb50/*.fdb.gz")), ids=lambda path: path.name[:-7]
)
def test_a_backup_gives_what_its_database_gives(
    engine: ModuleType, packed: Path, way: str, tmp_path: Path
) -> None:
    database, backup, zipped = unpack(packed, tmp_path), tmp_path / "made.fbk", tmp_path / "o.zip"
    back_up(database, backup, *way.split())
    assert main(["export", "--strict", str(backup), str(zipped)]) == 0
    wrong = differences(golden_tables(packed), exported_tables(zipped))
    assert wrong == CONVERTED_BY_GBAK.get(packed.name[:-7], [])
