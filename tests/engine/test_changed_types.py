"""Rows of older formats: columns whose type was changed or that were added later."""

import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.cli.command_line import main

INTEGERS = ["0", "7", "-32768", "32767"]
NUMBERS = ["0", "-0.05", "12.34", "9999.99"]
FLOATS = ["0", "-0.1", "1.5", "1e-7", "3.4e38", "123456.789"]
DOUBLES = [*FLOATS, "1.7e308", "0.1", "-83.375", "5e-324"]
TEXTS = ["''", "'abc'", "'  x '", "'ten chars!'"]
DATES = ["'0001-01-01'", "'1858-11-17'", "'2020-02-29'", "'9999-12-31'"]
TIMES = ["'00:00:00'", "'12:34:56.7890'", "'23:59:59.9999'"]
STAMPS = [f"{day[:-1]} {time[1:]}" for day, time in zip(DATES, TIMES * 2, strict=False)]
ZONED = ["'2020-07-01 12:00:00 Europe/Paris'", "'1999-01-01 00:00:00 -03:00'"]

# Old type, literals of values, and new types
CHANGES = [
    ("SMALLINT", INTEGERS, ["INTEGER", "BIGINT", "INT128", "NUMERIC(9,2)", "NUMERIC(38,10)"]),
    ("SMALLINT", INTEGERS, ["FLOAT", "DOUBLE PRECISION", "DECFLOAT", "DECFLOAT(16)"]),
    ("INTEGER", [*INTEGERS, "2147483647"], ["BIGINT", "NUMERIC(18,4)", "DOUBLE PRECISION"]),
    ("INTEGER", [*INTEGERS, "-2147483648"], ["VARCHAR(20)", "CHAR(12)", "DECFLOAT(34)"]),
    ("BIGINT", [*INTEGERS, "9223372036854775807"], ["INT128", "VARCHAR(20)", "NUMERIC(38,2)"]),
    ("NUMERIC(6,2)", NUMBERS, ["NUMERIC(9,4)", "NUMERIC(18,2)", "NUMERIC(38,5)", "VARCHAR(12)"]),
    ("NUMERIC(6,2)", NUMBERS, ["DOUBLE PRECISION", "FLOAT", "CHAR(15)", "DECFLOAT"]),
    ("NUMERIC(18,4)", [*NUMBERS, "12345678901234.5678"], ["NUMERIC(38,8)", "VARCHAR(25)"]),
    ("NUMERIC(38,4)", [*NUMBERS, "-1234567890123456789012345678901234"], ["VARCHAR(45)"]),
    ("FLOAT", FLOATS, ["DOUBLE PRECISION", "VARCHAR(20)", "VARCHAR(30)", "CHAR(25)", "DECFLOAT"]),
    ("DOUBLE PRECISION", DOUBLES, ["VARCHAR(25)", "CHAR(30)", "DECFLOAT"]),
    ("CHAR(10)", TEXTS, ["CHAR(15)", "VARCHAR(10)", "VARCHAR(20)"]),
    ("VARCHAR(10)", TEXTS, ["VARCHAR(30)", "CHAR(10)", "CHAR(12)"]),
    ("CHAR(10) CHARACTER SET UTF8", ["'é€'", "'žluťoučký'"], ["VARCHAR(12) CHARACTER SET UTF8"]),
    ("VARCHAR(10) CHARACTER SET WIN1252", ["'é€'"], ["VARCHAR(12) CHARACTER SET UTF8"]),
    ("VARCHAR(10) CHARACTER SET UTF8", ["'é€'"], ["VARCHAR(12) CHARACTER SET WIN1252"]),
    ("VARCHAR(10)", ["'plain'"], ["VARCHAR(12) CHARACTER SET UTF8"]),
    ("DATE", DATES, ["TIMESTAMP", "VARCHAR(12)", "CHAR(20)"]),
    ("TIME", TIMES, ["VARCHAR(15)", "CHAR(13)"]),
    ("TIMESTAMP", STAMPS, ["DATE", "TIME", "VARCHAR(30)", "CHAR(24)"]),
    ("TIMESTAMP WITH TIME ZONE", ZONED, ["VARCHAR(60)", "CHAR(60)", "TIME WITH TIME ZONE"]),
    ("DECFLOAT(16)", ["0", "-1.50", "1E+100"], ["DECFLOAT(34)", "VARCHAR(30)"]),
    ("DECFLOAT(34)", ["0", "-1.50", "1E+100"], ["VARCHAR(50)"]),
    ("BOOLEAN", ["TRUE", "FALSE"], ["VARCHAR(5)"]),
]
# Definition of an added column, and its CSV field in older rows
ADDED = [
    ("INTEGER DEFAULT 7 NOT NULL", "7"),
    ("INTEGER DEFAULT 7", ""),
    ("NUMERIC(9,2) DEFAULT -0.05 NOT NULL", "-0.05"),
    ("NUMERIC(38,4) DEFAULT 12345678901234567890.5 NOT NULL", "12345678901234567890.5000"),
    ("DOUBLE PRECISION DEFAULT 0.1 NOT NULL", "0.1"),
    ("CHAR(5) DEFAULT 'ab' NOT NULL", "ab"),
    ("VARCHAR(9) CHARACTER SET UTF8 DEFAULT 'é' NOT NULL", "é"),
    ("CHAR(2) CHARACTER SET OCTETS DEFAULT x'FF' NOT NULL", "ff00"),
    ("DATE DEFAULT '2020-02-29' NOT NULL", "2020-02-29"),
    ("TIMESTAMP DEFAULT '2020-02-29 01:02:03' NOT NULL", "2020-02-29 01:02:03"),
    ("BOOLEAN DEFAULT TRUE NOT NULL", "true"),
    ("DECFLOAT DEFAULT 1.50 NOT NULL", "1.50"),
    ("VARCHAR(10) DEFAULT USER NOT NULL", "SYSDBA"),
]


def exported(path: Path, tmp_path: Path) -> dict[str, bytes]:
    """The CSVs that the command exports, by table name."""
    zipped = tmp_path / "out.zip"
    assert main(["export", str(path), str(zipped)]) == 0
    with zipfile.ZipFile(zipped) as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        return {name.removesuffix(".csv"): archive.read(name) for name in names}


def test_older_rows_are_converted_to_the_current_type(engine: ModuleType, tmp_path: Path) -> None:
    from firebird.driver import DatabaseError

    path = tmp_path / "changed.fdb"
    connection = engine.create(path)
    table_count = 0
    for old, values, new_types in CHANGES:
        for new in new_types:
            table_count += 1
            connection.execute_immediate(f"CREATE TABLE T{table_count} (ID INTEGER, V {old})")
            connection.commit()
            for row_id, value in enumerate([*values, "NULL"]):
                connection.execute_immediate(
                    f"INSERT INTO T{table_count} VALUES ({row_id}, {value})"
                )
            connection.commit()
            try:
                connection.execute_immediate(f"ALTER TABLE T{table_count} ALTER V TYPE {new}")
                connection.commit()
            except DatabaseError:
                connection.rollback()  # the engine does not allow this change
    connection.close()
    assert exported(path, tmp_path) == expected_csvs(engine, path, table_count)


def expected_csvs(engine: ModuleType, path: Path, tables: int) -> dict[str, bytes]:
    """The engine's CSVs, by table name. The engine must be able to read all tables."""
    csvs = engine.export_csvs(path)
    assert len(csvs) == tables
    return csvs


@pytest.mark.parametrize(("declared", "text"), ADDED)
def test_older_rows_have_the_default_of_an_added_column(
    engine: ModuleType, tmp_path: Path, declared: str, text: str
) -> None:
    path = tmp_path / "added.fdb"
    connection = engine.create(path)
    engine.run_script(
        connection,
        "CREATE TABLE T (ID INTEGER); INSERT INTO T VALUES (1); COMMIT;"
        f"ALTER TABLE T ADD V {declared};"
        "INSERT INTO T (ID) VALUES (2);",
    )
    connection.close()
    (csv,) = exported(path, tmp_path).values()
    assert csv == engine.export_csvs(path)["T"]
    assert csv.decode().splitlines()[1] == f"1,{text}"
