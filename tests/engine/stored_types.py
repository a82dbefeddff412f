"""A database in which records hold every type, and their columns are declared as every other type.

No engine allows most of these changes of a column, but users make them in the system tables. A
table of the database has one declared type and a column for each stored type: `V3` of `D5` is
stored as the type 3 of STORED and declared as the type 5 of DECLARED. Its records are made with the
raw bytes of the stored values in other columns, R0, R1, …; then the table's older format is
patched, so that V3 lies where R3 is, and the columns R are dropped.

    python -m tests.engine.stored_types     builds tests/data/stored_types/fb50/
"""

import gzip
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import tests.engine
from gdb_export.firebird.core.ods import DESCRIPTOR
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.formats import Descriptor
from tests.engine.cell_writer import CellWriter
from tests.engine.golden_csv import VARYING
from tests.engine.raw_rows import select
from tests.firebird.memory_source import MemorySource

FOLDER = Path(__file__).parents[1] / "data" / "stored_types" / "fb50"
INTEGERS = ["0", "7", "-32768"]
# Types of values in records, and literals of the values
STORED = {
    "SMALLINT": [*INTEGERS, "32767"],
    "INTEGER": [*INTEGERS, "2147483647"],
    "BIGINT": [*INTEGERS, "9223372036854775807"],
    "INT128": [*INTEGERS, "170141183460469231731687303715884105727"],
    "NUMERIC(4,2)": ["0", "-0.05", "99.99"],
    "NUMERIC(9,3)": ["0", "-0.555", "123456.789"],
    "NUMERIC(18,4)": ["0", "-0.0555", "99999999999999.1234"],
    "NUMERIC(38,5)": ["0", "-0.05555", "123456789012345678901234567890.12345"],
    "FLOAT": ["0", "-0.1", "1.5", "3.4e38", "123456.789"],
    "DOUBLE PRECISION": ["0", "-0.1", "1e10", "1.7e308", "123456.789"],
    "DECFLOAT(16)": ["0", "-1.50", "1E+100"],
    "DECFLOAT(34)": ["0", "-1.50", "1E+100", "1234567890.123456789"],
    "BOOLEAN": ["TRUE", "FALSE"],
    "DATE": ["'0001-01-01'", "'2020-02-29'", "'9999-12-31'"],
    "TIME": ["'00:00:00'", "'12:34:56.7890'", "'23:59:59.9999'"],
    "TIMESTAMP": ["'0001-01-01 00:00:00'", "'2020-02-29 12:34:56.7890'"],
    "TIME WITH TIME ZONE": ["'12:34:56.7 Europe/Paris'", "'01:00:00 -03:00'"],
    "TIMESTAMP WITH TIME ZONE": ["'2020-07-01 12:00:00 Europe/Paris'", "'1999-01-01 0:0 -03:00'"],
    "CHAR(12)": ["''", "'12'", "'abc'", "'2020-02-29'", "'12:34:56.5'", "'true'", "'-1.5e2'"],
    "VARCHAR(30)": ["''", "'12'", "' abc '", "'2020-02-29 12:34:56'", "'FALSE'", "'-99.995'"],
    "VARCHAR(10) CHARACTER SET UTF8": ["''", "'12'", "'é€'", "'true'", "'1e3'"],
    "VARCHAR(10) CHARACTER SET WIN1252": ["''", "'12'", "'é€'"],
    "VARCHAR(8) CHARACTER SET OCTETS": ["x''", "x'3132'", "x'000141'"],
    "BLOB": ["''", "'12'", "'first text'", "x'000141'", "'2020-02-29 1:2:3'", f"'{'long' * 20}'"],
    "BLOB SUB_TYPE TEXT": ["''", "'12'", "'first text'", "'-1.25'", "'true'"],
    "BLOB SUB_TYPE TEXT CHARACTER SET UTF8": ["''", "'12'", "'é€ text'", "'12:34:56'"],
    "BLOB SUB_TYPE TEXT CHARACTER SET WIN1252": ["''", "'12'", "'é€ text'"],
}
_ARRAY = "INTEGER [1:3]"
_TEXTS = {
    "CHAR(12)": "CHAR(40)",
    "VARCHAR(8) CHARACTER SET OCTETS": "CHAR(40) CHARACTER SET OCTETS",
}
# As STORED, but with texts of 40 characters: where the engine shortens a text, the exporter writes
# it whole
DECLARED = [
    _TEXTS.get(name, name.replace("(30)", "(40)").replace("(10)", "(40)")) for name in STORED
]
ROWS = max(map(len, STORED.values()))
# Stored and declared types for which the engine adds the date on which the value is read: the
# exporter writes NULL
_DATED = {
    (stored, declared)
    for stored in ("TIME", "TIME WITH TIME ZONE")
    for declared in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
}


def create_database(engine: ModuleType, path: Path) -> None:
    """Create the database at `path`, which must not exist."""
    connection = engine.create(path)
    columns = [*(f"V{i} {name}" for i, name in enumerate(STORED)), f"A {_ARRAY}"]
    connection.execute_immediate(f"CREATE TABLE STORED (ID INTEGER, {', '.join(columns)})")
    connection.commit()
    with connection.cursor() as cursor:
        for row in range(ROWS):
            literals = ", ".join(_literal(values, row) for values in STORED.values())
            cursor.execute(f"INSERT INTO STORED VALUES ({row}, {literals}, ?)", ([1, 2, row],))
    connection.commit()
    raw = list(_raw_values(engine, path))
    for table, declared in enumerate(DECLARED):
        _create_table(connection, f"D{table}", declared, list(STORED.values())[table][0], raw)
    connection.close()
    _patch_formats(path)


def _literal(values: list[str], row: int) -> str:
    return values[row % len(values)]


def _raw_values(engine: ModuleType, path: Path) -> Iterator[list[bytes]]:
    """Yields the bytes of each row of STORED, field by field, as records hold them."""
    # charset NONE: the engine gives the ids of the stored blobs, not of converted copies
    with engine.connect(path, charset="NONE") as connection:
        columns, rows = select(connection, "SELECT * FROM STORED")
        for row in rows:
            yield [
                (value or b"")[: column.length + 2 * (column.type == VARYING)]
                for column, value in list(zip(columns, row, strict=True))[1:]
            ]


def _create_table(
    connection: Any, table: str, declared: str, any_value: str, raw: list[list[bytes]]
) -> None:
    """A table with the raw values, and columns of the declared type that are not NULL."""
    columns = [
        f"R{i} CHAR({len(value)}) CHARACTER SET OCTETS, V{i} {declared}"
        for i, value in enumerate(raw[0])
    ]
    connection.execute_immediate(f"CREATE TABLE {table} (ID INTEGER, {', '.join(columns)}, Z INT)")
    connection.commit()
    for row, values in enumerate(raw):
        fields = ", ".join(f"x'{value.hex()}', {any_value}" for value in values)
        connection.execute_immediate(f"INSERT INTO {table} VALUES ({row}, {fields}, 1)")
    connection.commit()
    dropped = ", ".join(f"DROP R{i}" for i in range(len(raw[0])))
    connection.execute_immediate(f"ALTER TABLE {table} {dropped}")
    connection.commit()


def _patch_formats(path: Path) -> None:
    """Give each column V of the first format the stored type, and the offset of its column R."""
    data = bytearray(path.read_bytes())
    database = Database(MemorySource(bytes(data)))
    tables = {table.name: table for table in database.tables}
    stored = database.format(tables["STORED"], 1).descriptors[1:]
    for number in range(len(DECLARED)):
        descriptors = list(database.format(tables[f"D{number}"], 1).descriptors)
        old = _format_bytes(descriptors)
        for index, descriptor in enumerate(stored):
            offset = descriptors[1 + 2 * index].offset
            descriptors[2 + 2 * index] = descriptor._replace(offset=offset)
        assert data.count(old) == 1
        start = data.index(old)
        data[start : start + len(old)] = _format_bytes(descriptors)
    path.write_bytes(data)


def _format_bytes(descriptors: list[Descriptor]) -> bytes:
    fields = [DESCRIPTOR.pack(*descriptor[:6]) for descriptor in descriptors]
    return struct.pack("<H", len(fields)) + b"".join(fields)


def engine_csvs(engine: ModuleType, path: Path) -> dict[str, bytes]:
    """The engine's rows of each table of declared types as CSV. A value for which it raises an
    error is NULL."""
    dated = {
        (f"D{DECLARED.index(declared)}", f"V{list(STORED).index(stored)}")
        for stored, declared in _DATED
    }
    csvs = {}
    with engine.connect(path, charset="NONE", session_time_zone="GMT") as connection:
        for number in range(len(DECLARED)):
            writer = CellWriter(connection, f"D{number}")
            names = [name.rstrip(" ") for name, *_ in writer.fields]
            lines = [",".join(names)]
            for row in range(ROWS):
                cells = zip(names, writer.cells(row), strict=True)
                lines.append(
                    ",".join("" if (f"D{number}", name) in dated else cell for name, cell in cells)
                )
            csvs[f"D{number}"] = ("\n".join(lines) + "\n").encode()
    return csvs


def main() -> None:
    """Build the database, and the CSVs that the engine gives for it."""
    tests.engine.load_engine()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stored_types.fdb"
        create_database(tests.engine, path)
        (FOLDER / "pairs.fdb.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        copy = path.with_suffix(".copy")
        shutil.copyfile(path, copy)
        with zipfile.ZipFile(FOLDER / "pairs.golden.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for table, csv in engine_csvs(tests.engine, copy).items():
                archive.writestr(zipfile.ZipInfo(f"{table}.csv"), csv, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
