"""Computed columns over texts of collations: what the engine's own tables say of letters."""

from pathlib import Path
from types import ModuleType
from typing import Any

from tests.differential.comparison import differences
from tests.engine.golden_csv import codec

# No codec of Python's knows them, or knows them as the engine does
UNTOLD = {"NONE", "OCTETS", "ASCII", "NEXT", "CYRL", "KOI8U", "TIS620", "WIN1258"}


def collations(connection: Any) -> list[tuple[str, str]]:
    """Single-byte character sets and their collations, but for those that only order by bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TRIM(S.RDB$CHARACTER_SET_NAME), TRIM(C.RDB$COLLATION_NAME)"
            " FROM RDB$COLLATIONS C JOIN RDB$CHARACTER_SETS S USING (RDB$CHARACTER_SET_ID)"
            " WHERE S.RDB$BYTES_PER_CHARACTER = 1 AND C.RDB$COLLATION_ID > 0 ORDER BY 1, 2"
        )
        return [(charset, name) for charset, name in cursor if charset not in UNTOLD]


def letters(charset: str) -> list[int]:
    """Bytes that are a character in the engine's table and in Python's."""
    known = []
    for byte in range(32, 256):
        text = bytes([byte]).decode(codec(charset), "ignore")
        if text and text not in "\x81\x8d\x8f\x90\x9d":
            known.append(byte)
    return known


def test_the_case_of_every_letter_in_every_collation(engine: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "case.fdb"
    with engine.create(path) as connection:
        found = collations(connection)
        for charset, name in found:
            if name == "PDOX_ASCII":  # has no tables: the engine refuses letters without others
                continue
            connection.execute_immediate(
                f'CREATE TABLE "{name}" (A VARCHAR(1) CHARACTER SET {charset} COLLATE {name},'
                " U COMPUTED BY (UPPER(A)), L COMPUTED BY (LOWER(A)))"
            )
            connection.commit()
            for byte in letters(charset):
                value = f"_{charset} x'{byte:02x}'"
                connection.execute_immediate(f'INSERT INTO "{name}" (A) VALUES ({value})')
            connection.commit()
    assert len(found) > 60
    assert differences(path) == []


def test_letters_that_have_no_single_other_case_or_one_of_a_title(
    engine: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "case.fdb"
    with engine.create(path) as connection:
        connection.execute_immediate(
            "CREATE TABLE T (A VARCHAR(9) CHARACTER SET UTF8,"
            " U COMPUTED BY (UPPER(A)), L COMPUTED BY (LOWER(A)))"
        )
        connection.commit()
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO T (A) VALUES (?)", [(one,) for one in "ßŉİıᾳᾼǰﬁǆǅΣς"])
        connection.commit()
    assert differences(path) == []
