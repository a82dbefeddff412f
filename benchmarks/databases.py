"""Generates large databases with the real engine; from a fixed seed, the same rows everywhere.

A few thousand random rows are inserted one by one. Then INSERT … SELECT in the engine doubles the
table, with other keys, until it has the requested size.

    python -m benchmarks.databases wide 300 /tmp/wide.fdb        about 300 MB of wide mixed rows
"""

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.engine import create

MB = 1_000_000
SEED_ROWS = 1000
WORDS = (
    "ATENÇÃO HOSPITAL MUNICIPAL SÃO JOSÉ CLÍNICA CENTRO SAÚDE UNIDADE BÁSICA AVENIDA RUA"
    " PROFESSOR DOUTOR MARIA ANTÔNIO PARQUE JARDIM NOVA ESPERANÇA VILA ALTA PRAÇA DA DE DO"
).split()


def words(generator: random.Random, max_length: int) -> str:
    """A text of random words."""
    text = " ".join(generator.choices(WORDS, k=2 + max_length // 7))
    return text[: generator.randrange(max_length // 3, max_length)].rstrip()


def digits(generator: random.Random, count: int) -> str:
    """A text of random digits."""
    return str(generator.randrange(10**count)).zfill(count)


@dataclass(frozen=True)
class Kind:
    """A kind of column; `value` gives a random value, `nulls` is the share of NULLs from 0 to 1."""

    sql: str
    value: Callable[[random.Random], Any]
    nulls: float = 0.0


FIRST_DATE = date(2009, 1, 1)
CODE = Kind("CHAR(7)", lambda generator: digits(generator, 7))
LONG_CODE = Kind("CHAR(13)", lambda generator: digits(generator, 13), 0.1)
FLAG = Kind("CHAR(1)", lambda generator: generator.choice("SN"))
SHORT = Kind("SMALLINT", lambda generator: generator.randrange(200), 0.2)
INTEGER = Kind("INTEGER", lambda generator: generator.randrange(-1000, 10**6), 0.1)
MONEY = Kind("NUMERIC(15,2)", lambda generator: generator.randrange(10**7) / 100)
DOUBLE = Kind("DOUBLE PRECISION", lambda generator: generator.uniform(-60, 60), 0.3)
DATE = Kind("DATE", lambda generator: FIRST_DATE + timedelta(generator.randrange(5000)), 0.1)
TIMESTAMP = Kind(
    "TIMESTAMP",
    lambda generator: datetime(2015, 1, 1) + timedelta(seconds=generator.randrange(10**8)),
)
NAME = Kind("VARCHAR(60)", lambda generator: words(generator, 60))
STREET = Kind("VARCHAR(40)", lambda generator: words(generator, 40), 0.4)
MAIL = Kind("VARCHAR(60)", lambda generator: words(generator, 30).lower().replace(" ", "."), 0.8)
NOTE = Kind(
    "BLOB SUB_TYPE TEXT",
    lambda generator: words(generator, int(80 * 1.4 ** generator.randrange(15))),
)
PICTURE = Kind("BLOB", lambda generator: generator.randbytes(2_000_000))

ADMISSION = (CODE, LONG_CODE, FLAG, SHORT, MONEY, MONEY, DATE, INTEGER, CODE, FLAG, SHORT, STREET)
FACILITY = (
    CODE,
    NAME,
    STREET,
    FLAG,
    SHORT,
    DATE,
    INTEGER,
    MAIL,
    LONG_CODE,
    DOUBLE,
    TIMESTAMP,
    FLAG,
)


@dataclass(frozen=True)
class Table:
    """Columns in order, after an INTEGER key; `seed_rows` are inserted one by one."""

    name: str
    columns: tuple[Kind, ...]
    seed_rows: int = SEED_ROWS

    def create(self) -> str:
        """SQL that creates the table."""
        columns = "".join(f", C{index:03} {kind.sql}" for index, kind in enumerate(self.columns, 1))
        return f"CREATE TABLE {self.name} (ID INTEGER NOT NULL{columns})"

    def row(self, generator: random.Random, key: int) -> tuple[Any, ...]:
        """A row of random values."""
        return (
            key,
            *(
                None if kind.nulls and generator.random() < kind.nulls else kind.value(generator)
                for kind in self.columns
            ),
        )

    def copy(self, key_offset: int, limit: int, source: str | None = None) -> str:
        """SQL that appends up to `limit` rows of `source`, by default of the table itself."""
        return f"{self._copy(key_offset, source)} ORDER BY RDB$DB_KEY ROWS {limit}"

    def copy_some(self, turn: str, limit: int) -> str:
        """SQL that appends copies of `limit` of the seed rows, which the variable `turn` selects.

        It has no ORDER BY, because the engine would sort all rows of the table.
        """
        first = f"MOD(:{turn}, {self.seed_rows // limit}) * {limit}"
        return f"{self._copy(1, self.name)} ROWS {first} + 1 TO {first} + {limit}"

    def _copy(self, key_offset: int, source: str | None) -> str:
        names = ", ".join(f"C{index:03}" for index in range(1, len(self.columns) + 1))
        return (
            f"INSERT INTO {self.name} (ID, {names}) SELECT ID + {key_offset}, {names} "
            f"FROM {source or self.name}"
        )


WIDE = Table("AIH", (ADMISSION * 11)[:122])
FACILITIES = Table("LFCES004", (FACILITY * 5)[:60])
NARROW = Table("LFCES021", (CODE, LONG_CODE, SHORT, FLAG, DATE, INTEGER, MONEY))
NOTES = Table("LAUDO", (CODE, DATE, NOTE))
PICTURES = Table("IMAGEM", (CODE, PICTURE), seed_rows=5)

# Profile: its tables and their shares of the size
PROFILES: dict[str, dict[Table, float]] = {
    "wide": {WIDE: 0.8, FACILITIES: 0.2},
    "narrow": {NARROW: 1.0},
    "notes": {NOTES: 1.0},
    "pictures": {PICTURES: 1.0},
    "small": {Table("LFCES020", FACILITY, 100): 0.0},
}
# Tables that are filled in turns, a few rows per turn, so that their pages are interleaved
TURNS = tuple(Table(f"AIH{year}", (ADMISSION * 3)[:30], 400) for year in range(2019, 2026))
ROWS_PER_TURN, TURNS_PER_BLOCK = 40, 100
MANY_TABLES, ROWS_PER_TABLE = 2000, 1000
# The size of the only table of the profile `columns`
MANY_COLUMNS, ROWS_OF_MANY_COLUMNS = 30_000, 2000


def seed(connection: Any, table: Table, generator: random.Random) -> None:
    """Create a table and insert its random rows."""
    connection.execute_immediate(table.create())
    connection.commit()
    placeholders = ", ".join("?" * (len(table.columns) + 1))
    with connection.cursor() as cursor:
        statement = cursor.prepare(f"INSERT INTO {table.name} VALUES ({placeholders})")
        for key in range(table.seed_rows):
            cursor.execute(statement, table.row(generator, key))
        statement.free()
    connection.commit()


def grow(connection: Any, path: Path, table: Table, size: float) -> None:
    """Append copies of a table's rows to it until the file has grown by `size` bytes."""
    rows = table.seed_rows
    size_before = path.stat().st_size
    bytes_per_row = 1.0
    while (remaining := size - (path.stat().st_size - size_before)) >= bytes_per_row:
        added_rows = min(rows, int(remaining / bytes_per_row))
        connection.execute_immediate(table.copy(rows, added_rows))
        connection.commit()
        rows += added_rows
        added_bytes = path.stat().st_size - size_before
        bytes_per_row = max(added_bytes / (rows - table.seed_rows), 1)


def fill_in_turns(connection: Any, path: Path, generator: random.Random, size: float) -> None:
    """Add a few rows to each table in turn until the file has `size` bytes."""
    first, *others = TURNS
    seed(connection, first, generator)
    for table in others:
        connection.execute_immediate(table.create())
    connection.commit()
    for key_offset, table in enumerate(others, 1):
        connection.execute_immediate(table.copy(key_offset, table.seed_rows, first.name))
    connection.commit()
    statements = "".join(f"{table.copy_some('TURN', ROWS_PER_TURN)}; " for table in TURNS)
    block = (
        "EXECUTE BLOCK AS DECLARE TURN INTEGER = 0; BEGIN "
        f"WHILE (TURN < {TURNS_PER_BLOCK}) DO BEGIN {statements} TURN = TURN + 1; END END"
    )
    while path.stat().st_size < size:
        connection.execute_immediate(block)
        connection.commit()


def many_tables(connection: Any, generator: random.Random) -> None:
    """Create 2,000 narrow tables of 1,000 rows."""
    tables = [Table(f"T{index:04}", NARROW.columns, ROWS_PER_TABLE) for index in range(MANY_TABLES)]
    seed(connection, tables[0], generator)
    for table in tables[1:]:
        connection.execute_immediate(table.create())
    connection.commit()
    for key_offset, table in enumerate(tables[1:], 1):
        connection.execute_immediate(table.copy(key_offset, ROWS_PER_TABLE, tables[0].name))
    connection.commit()


def many_columns(connection: Any) -> None:
    """Create a table of 30,000 columns, most of them NULL."""
    columns = ", ".join(f"C{index} SMALLINT" for index in range(MANY_COLUMNS))
    connection.execute_immediate(f"CREATE TABLE PESQUISA ({columns})")
    connection.commit()
    insert = (
        f"INSERT INTO PESQUISA (C0, C{MANY_COLUMNS // 2}, C{MANY_COLUMNS - 1}) VALUES (?, ?, ?)"
    )
    with connection.cursor() as cursor:
        for row in range(ROWS_OF_MANY_COLUMNS):
            cursor.execute(insert, (row, row % 7, row % 11))
    connection.commit()


def generate(profile: str, megabytes: float, path: Path) -> None:
    """Generate a database at `path`; its size is fixed for `many`, `columns` and `small`."""
    generator = random.Random(f"{profile} 1")
    page_size = {"small": 4096, "columns": 16384}.get(profile, 8192)
    with create(path, charset="WIN1252", page_size=page_size, cache_pages=8192) as connection:
        if profile == "many":
            many_tables(connection, generator)
            return
        if profile == "columns":
            many_columns(connection)
            return
        if profile == "turns":
            fill_in_turns(connection, path, generator, megabytes * MB)
            return
        for table, share in PROFILES[profile].items():
            seed(connection, table, generator)
            grow(connection, path, table, share * megabytes * MB)


if __name__ == "__main__":
    generate(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))
