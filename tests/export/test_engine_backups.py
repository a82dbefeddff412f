"""Backups that the engine at hand makes of the golden databases, in every way that gbak has."""

from pathlib import Path
from types import ModuleType

import pytest

from job.command_line import main
from tests.engine import create, export_csvs, run_script
from tests.engine.backups import back_up
from tests.export.golden import DATA, differences, exported_tables, golden_tables, unpack

# gbak converts the rows that are older than a change of type as dialect 1 does
CONVERTED_BY_GBAK = {"changed_types": ["T"]}
WAYS = ["", "NON_TRANSPORTABLE", "NON_TRANSPORTABLE EXPAND", "ZIP"]


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


LOOKED_UP = """
CREATE TABLE PRICES (CODE VARCHAR(5) NOT NULL PRIMARY KEY, PRICE NUMERIC(9, 2),
  NOTE BLOB SUB_TYPE 1);
INSERT INTO PRICES VALUES ('a', 1.50, 'cheap');
INSERT INTO PRICES VALUES ('b', 2.25, 'dear');
CREATE TABLE ITEMS (CODE VARCHAR(5), COUNTED INTEGER,
  PRICE COMPUTED BY ((SELECT PRICE FROM PRICES WHERE PRICES.CODE = ITEMS.CODE)),
  TEXT BLOB SUB_TYPE 1);
INSERT INTO ITEMS (CODE, COUNTED, TEXT) VALUES ('b', 3, 'text of b');
INSERT INTO ITEMS (CODE, COUNTED, TEXT) VALUES ('c', 4, 'text of c');
INSERT INTO ITEMS (CODE, COUNTED, TEXT) VALUES ('a', 5, 'text of a');
COMMIT;
"""


@pytest.mark.parametrize("way", ["", "NON_TRANSPORTABLE", "ZIP"])
def test_a_computed_column_may_look_into_another_table(
    engine: ModuleType, way: str, tmp_path: Path
) -> None:
    """Whose rows come later in the stream, while blobs of the row at hand are still to be read."""
    database, backup, zipped = tmp_path / "m.fdb", tmp_path / "m.fbk", tmp_path / "m.zip"
    connection = create(database)
    run_script(connection, LOOKED_UP)
    connection.close()
    back_up(database, backup, *way.split())
    assert main(["export", str(backup), str(zipped)]) == 0
    exported = exported_tables(zipped)
    assert exported == export_csvs(database)
    assert exported["ITEMS"].splitlines()[1:] == [
        b"b,3,2.25,text of b",
        b"c,4,,text of c",
        b"a,5,1.50,text of a",
    ]
