"""Generates large databases with the real engine. A fixed seed gives the same rows everywhere.

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


def words(rng: random.Random, max_length: int) -> str:
    text = " ".join(rng.choices(WORDS, k=2 + max_length // 7))
    return text[: rng.randrange(max_length // 3, max_length)].rstrip()


def digits(rng: random.Random, count: int) -> str:
    return str(rng.randrange(10**count)).zfill(count)


@dataclass(frozen=True)
class Kind:
    """A kind of column: SQL type, generator of values, share of NULLs from 0 to 1."""

    sql: str
    value: Callable[[random.Random], Any]
    nulls: float = 0.0


FIRST_DATE = date(2009, 1, 1)
CODE = Kind("CHAR(7)", lambda rng: digits(rng, 7))
LONG_CODE = Kind("CHAR(13)", lambda rng: digits(rng, 13), 0.1)
FLAG = Kind("CHAR(1)", lambda rng: rng.choice("SN"))
SHORT = Kind("SMALLINT", lambda rng: rng.randrange(200), 0.2)
INTEGER = Kind("INTEGER", lambda rng: rng.randrange(-1000, 10**6), 0.1)
MONEY = Kind("NUMERIC(15,2)", lambda rng: rng.randrange(10**7) / 100)
DOUBLE = Kind("DOUBLE PRECISION", lambda rng: rng.uniform(-60, 60), 0.3)
DATE = Kind("DATE", lambda rng: FIRST_DATE + timedelta(rng.randrange(5000)), 0.1)
MOMENT = Kind(
    "TIMESTAMP", lambda rng: datetime(2015, 1, 1) + timedelta(seconds=rng.randrange(10**8))
)
NAME = Kind("VARCHAR(60)", lambda rng: words(rng, 60))
STREET = Kind("VARCHAR(40)", lambda rng: words(rng, 40), 0.4)
MAIL = Kind("VARCHAR(60)", lambda rng: words(rng, 30).lower().replace(" ", "."), 0.8)
NOTE = Kind("BLOB SUB_TYPE TEXT", lambda rng: words(rng, int(80 * 1.4 ** rng.randrange(15))))
PICTURE = Kind("BLOB", lambda rng: rng.randbytes(2_000_000))

ADMISSION = (CODE, LONG_CODE, FLAG, SHORT, MONEY, MONEY, DATE, INTEGER, CODE, FLAG, SHORT, STREET)
FACILITY = (CODE, NAME, STREET, FLAG, SHORT, DATE, INTEGER, MAIL, LONG_CODE, DOUBLE, MOMENT, FLAG)


@dataclass(frozen=True)
class Table:
    """Columns in order, after an INTEGER key; `seed_rows` are inserted one by one."""

    name: str
    columns: tuple[Kind, ...]
    seed_rows: int = SEED_ROWS

    def create(self) -> str:
        columns = "".join(
            f", C{number:03} {kind.sql}" for number, kind in enumerate(self.columns, 1)
        )
        return f"CREATE TABLE {self.name} (ID INTEGER NOT NULL{columns})"

    def row(self, rng: random.Random, key: int) -> tuple[Any, ...]:
        return (
            key,
            *(
                None if kind.nulls and rng.random() < kind.nulls else kind.value(rng)
                for kind in self.columns
            ),
        )

    def copy(self, key_offset: int, limit: int, source: str | None = None) -> str:
        """SQL that appends up to `limit` rows of `source`, by default of the table itself."""
        return f"{self._copy(key_offset, source)} ORDER BY RDB$DB_KEY ROWS {limit}"

    def copy_some(self, turn: str, limit: int) -> str:
        """SQL that appends copies of `limit` of the seed rows. The variable `turn` selects them.

        It has no ORDER BY, because the engine would sort all rows of the table.
        """
        first = f"MOD(:{turn}, {self.seed_rows // limit}) * {limit}"
        return f"{self._copy(1, self.name)} ROWS {first} + 1 TO {first} + {limit}"

    def _copy(self, key_offset: int, source: str | None) -> str:
        names = ", ".join(f"C{number:03}" for number in range(1, len(self.columns) + 1))
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


def seed(connection: Any, table: Table, rng: random.Random) -> None:
    """Create a table and insert its random rows."""
    connection.execute_immediate(table.create())
    connection.commit()
    placeholders = ", ".join("?" * (len(table.columns) + 1))
    with connection.cursor() as cursor:
        statement = cursor.prepare(f"INSERT INTO {table.name} VALUES ({placeholders})")
        for key in range(table.seed_rows):
            cursor.execute(statement, table.row(rng, key))
        statement.free()
    connection.commit()


def grow(connection: Any, path: Path, table: Table, size: float) -> None:
    """Append copies of a table's rows to it until the file has grown by `size` bytes."""
    rows = table.seed_rows
    before = path.stat().st_size
    bytes_per_row = 1.0
    while (left := size - (path.stat().st_size - before)) >= bytes_per_row:
        added_rows = min(rows, int(left / bytes_per_row))
        connection.execute_immediate(table.copy(rows, added_rows))
        connection.commit()
        rows += added_rows
        bytes_per_row = max((path.stat().st_size - before) / (rows - table.seed_rows), 1)


def fill_in_turns(connection: Any, path: Path, rng: random.Random, size: float) -> None:
    """Add a few rows to each table in turn until the file has `size` bytes."""
    first, *others = TURNS
    seed(connection, first, rng)
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


def many_tables(connection: Any, rng: random.Random) -> None:
    """Create 2,000 narrow tables of 1,000 rows."""
    tables = [Table(f"T{index:04}", NARROW.columns, ROWS_PER_TABLE) for index in range(MANY_TABLES)]
    seed(connection, tables[0], rng)
    for table in tables[1:]:
        connection.execute_immediate(table.create())
    connection.commit()
    for key_offset, table in enumerate(tables[1:], 1):
        connection.execute_immediate(table.copy(key_offset, ROWS_PER_TABLE, tables[0].name))
    connection.commit()


def generate(profile: str, megabytes: float, path: Path) -> None:
    """Generate a database of about that size at `path`; `many` and `small` have a fixed size."""
    rng = random.Random(f"{profile} 1")
    page_size = 4096 if profile == "small" else 8192
    with create(path, charset="WIN1252", page_size=page_size, cache_pages=8192) as connection:
        if profile == "many":
            many_tables(connection, rng)
            return
        if profile == "turns":
            fill_in_turns(connection, path, rng, megabytes * MB)
            return
        for table, share in PROFILES[profile].items():
            seed(connection, table, rng)
            grow(connection, path, table, share * megabytes * MB)


if __name__ == "__main__":
    generate(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))
