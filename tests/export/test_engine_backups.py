"""Backups of the golden databases by the installed engine, with every option of gbak."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gdb_export.cli.command_line import main
from tests.engine import create, export_csvs, run_script
from tests.engine.backups import back_up
from tests.export.golden import DATA, differences, exported_tables, golden_tables, unpack

# gbak converts rows from before a change of type by the rules of dialect 1
CONVERTED_BY_GBAK = {"changed_types": ["T"]}
GBAK_OPTIONS = ["", "NON_TRANSPORTABLE", "NON_TRANSPORTABLE EXPAND", "ZIP"]


@pytest.mark.parametrize("gbak_options", GBAK_OPTIONS)
@pytest.mark.parametrize(
    "packed", sorted(DATA.glob("fb50/*.fdb.gz")), ids=lambda path: path.name[:-7]
)
def test_a_backup_gives_the_same_csvs_as_its_database(
    engine: ModuleType, packed: Path, gbak_options: str, tmp_path: Path
) -> None:
    database, backup, zipped = unpack(packed, tmp_path), tmp_path / "made.fbk", tmp_path / "o.zip"
    back_up(database, backup, *gbak_options.split())
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


@pytest.mark.parametrize("gbak_options", ["", "NON_TRANSPORTABLE", "ZIP"])
def test_a_computed_column_can_select_from_another_table(
    engine: ModuleType, gbak_options: str, tmp_path: Path
) -> None:
    """Its rows come later in the stream, and blobs of the current row are still unread."""
    database, backup, zipped = tmp_path / "m.fdb", tmp_path / "m.fbk", tmp_path / "m.zip"
    connection = create(database)
    run_script(connection, LOOKED_UP)
    connection.close()
    back_up(database, backup, *gbak_options.split())
    assert main(["export", str(backup), str(zipped)]) == 0
    exported = exported_tables(zipped)
    assert exported == export_csvs(database)
    assert exported["ITEMS"].splitlines()[1:] == [
        b"b,3,2.25,text of b",
        b"c,4,,text of c",
        b"a,5,1.50,text of a",
    ]


COLLATED = """
CREATE DOMAIN D AS VARCHAR(9) CHARACTER SET WIN1252 COLLATE WIN_PTBR;
CREATE TABLE T (A VARCHAR(9) CHARACTER SET WIN1252 COLLATE WIN_PTBR, B D,
  C VARCHAR(9) CHARACTER SET UTF8 COLLATE UNICODE_CI, E CHAR(5) CHARACTER SET WIN1252,
  X COMPUTED BY (A = 'acao'), Y COMPUTED BY (POSITION('A' IN B)), Z COMPUTED BY (C < 'MA'),
  W COMPUTED BY (E = 'acao'));
INSERT INTO T (A, B, C, E) VALUES ('AÇÃO', 'Maçã', 'm', 'Ação');
INSERT INTO T (A, B, C, E) VALUES ('maçã', 'Ação', 'n', 'acao');
COMMIT;
"""


@pytest.mark.parametrize("gbak_options", ["", "NON_TRANSPORTABLE"])
def test_computed_columns_use_the_collations(
    engine: ModuleType, gbak_options: str, tmp_path: Path
) -> None:
    database, backup, zipped = tmp_path / "m.fdb", tmp_path / "m.fbk", tmp_path / "m.zip"
    with create(database) as connection:
        run_script(connection, COLLATED)
    back_up(database, backup, *gbak_options.split())
    assert main(["export", "--strict", str(backup), str(zipped)]) == 0
    assert exported_tables(zipped) == export_csvs(database)


ARRAYS: dict[str, list[Any]] = {
    "SMALLINT": [1, -2, 32767],
    "INTEGER": [1, -2, 2**31 - 1],
    "BIGINT": [1, -2, 2**62],
    "FLOAT": [0.5, -1.5, 0.0],
    "DOUBLE PRECISION": [0.1, -1e300, 0.0],
    "NUMERIC(4, 2)": [Decimal("1.25"), Decimal("-0.05"), Decimal("0")],
    "NUMERIC(9, 3)": [Decimal("1.250"), Decimal("-0.005"), Decimal("0")],
    "NUMERIC(18, 4)": [Decimal("1.2500"), Decimal("-0.0005"), Decimal("0")],
    "CHAR(5)": ["a", "b c", "defgh"],
    "VARCHAR(7)": ["a", "", "defghij"],
    "DATE": [date(2020, 2, 29), date(1900, 1, 1), date(9999, 12, 31)],
    "TIME": [time(1, 2, 3), time(0), time(23, 59, 59, 999900)],
    "TIMESTAMP": [datetime(2020, 1, 2, 3, 4, 5), datetime(1858, 11, 17), datetime(9999, 1, 1)],
    "BOOLEAN": [True, False, True],
}


@pytest.mark.parametrize("gbak_options", GBAK_OPTIONS)
def test_arrays_of_every_type(engine: ModuleType, gbak_options: str, tmp_path: Path) -> None:
    database, backup, zipped = tmp_path / "m.fdb", tmp_path / "m.fbk", tmp_path / "m.zip"
    with create(database) as connection:
        for index, (name, values) in enumerate(ARRAYS.items()):
            for bounds, value in (("3", values), ("-1:0, 3", [values, values[::-1]])):
                table = f"T{index}_{len(bounds)}"
                sql = f"CREATE TABLE {table} (ID INTEGER, A {name}[{bounds}], B INTEGER[2])"
                connection.execute_immediate(sql)
                connection.commit()
                with connection.cursor() as cursor:
                    cursor.execute(f"INSERT INTO {table} VALUES (1, ?, ?)", (value, [7, 8]))
                    cursor.execute(f"INSERT INTO {table} VALUES (2, NULL, ?)", ([9, 10],))
                connection.commit()
    back_up(database, backup, *gbak_options.split())
    assert main(["export", "--strict", str(backup), str(zipped)]) == 0
    from_backup = exported_tables(zipped)
    assert main(["export", "--strict", str(database), str(zipped), "--overwrite"]) == 0
    assert from_backup == exported_tables(zipped)
    assert from_backup["T0_1"] == b'ID,A,B\n1,"[1, -2, 32767]","[7, 8]"\n2,,"[9, 10]"\n'
