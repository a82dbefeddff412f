"""Computed columns over texts with collations, compared with the engine."""

from itertools import pairwise, product
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.differential.comparison import differences
from tests.engine.golden_csv import codec

# Character sets for which Python has no codec, or one that differs from the engine
WITHOUT_CODEC = {"NONE", "OCTETS", "ASCII", "NEXT", "CYRL", "KOI8U", "TIS620", "WIN1258"}


def collations(connection: Any) -> list[tuple[str, str]]:
    """Single-byte character sets and their collations, without the bytewise ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TRIM(S.RDB$CHARACTER_SET_NAME), TRIM(C.RDB$COLLATION_NAME)"
            " FROM RDB$COLLATIONS C JOIN RDB$CHARACTER_SETS S USING (RDB$CHARACTER_SET_ID)"
            " WHERE S.RDB$BYTES_PER_CHARACTER = 1 AND C.RDB$COLLATION_ID > 0 ORDER BY 1, 2"
        )
        return [(charset, name) for charset, name in cursor if charset not in WITHOUT_CODEC]


def letters(charset: str) -> list[int]:
    """Bytes that are characters in the engine's table and in Python's codec.

    Control characters are left out: the exporter warns of them.
    """
    defined = []
    for byte in range(32, 256):
        text = bytes([byte]).decode(codec(charset), "ignore")
        if text and not "\x80" <= text <= "\x9f":
            defined.append(byte)
    return defined


def test_the_case_of_every_letter_in_every_collation(engine: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "case.fdb"
    with engine.create(path) as connection:
        single_byte_collations = collations(connection)
        for charset, name in single_byte_collations:
            if name == "PDOX_ASCII":  # has no tables: the engine fails for some letters
                continue
            connection.execute_immediate(
                f'CREATE TABLE "{name}" (A VARCHAR(1) CHARACTER SET {charset} COLLATE {name},'
                " U COMPUTED BY (UPPER(A)), L COMPUTED BY (LOWER(A)))"
            )
            connection.commit()
            inserts = [
                f"INSERT INTO \"{name}\" (A) VALUES (_{charset} x'{byte:02x}');"
                for byte in letters(charset)
            ]
            connection.execute_immediate(f"EXECUTE BLOCK AS BEGIN {' '.join(inserts)} END")
            connection.commit()
    assert len(single_byte_collations) > 60
    assert differences(path) == []


def test_letters_whose_other_case_is_several_letters_or_a_title_case(
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
            cursor.executemany(
                "INSERT INTO T (A) VALUES (?)", [(letter,) for letter in "ßŉİıᾳᾼǰﬁǆǅΣς"]
            )
        connection.commit()
    assert differences(path) == []


# Columns, with their character sets and collations
COLLATED = {
    "P": "WIN1252 COLLATE WIN_PTBR",
    "Q": "ISO8859_1 COLLATE PT_BR",
    "I": "WIN1252 COLLATE PXW_INTL850",
    "W": "WIN1252",
    "U": "UTF8 COLLATE UNICODE",
    "C": "UTF8 COLLATE UNICODE_CI",
    "A": "UTF8 COLLATE UNICODE_CI_AI",
}
WORDS = (
    "", " ", "a", "A", "á", "Ã", "ã ", "aa", "âb", "Ação", "acao", "AÇÃO", "ação 2", "maçã", "Maca",
    "maca-1", "São Paulo", "sao paulo", "Sa", "é", "E", "êe", "z", "Z9", "9", "10", "b_c","b_d",
)  # fmt: skip
FOR_ANY_COLLATION = (
    "{0}='acao'", "{0} IN ('MACA', 'b')", "{0} LIKE '%a%'", "{0} LIKE 'A#%%' ESCAPE '#'",
    "{0} LIKE '_A'", "{0} STARTING WITH 'Ã'", "{0} CONTAINING 'çã'", "POSITION('A' IN {0})",
    "REPLACE({0}, 'a', '[x]')", "REPLACE({0}, 'É', '')", "TRIM(BOTH 'a' FROM {0})",
    "CASE {0} WHEN 'A' THEN 1 WHEN 'É' THEN 2 ELSE 3 END", "NULLIF({0}, 'A')", "UPPER({0})='ACAO'",
    "DECODE({0}, 'a', 1, 'E', 2, 0)", "{0} IS DISTINCT FROM 'a'",
    "(SELECT COUNT(*) FROM T E WHERE E.{0}=T.{0})",
)  # fmt: skip
FOR_ORDERED_COLLATION = ("{0}<'maca'", "{0} BETWEEN 'b' AND 's'", "MAXVALUE({0}, 'm')",
              "(SELECT MAX(E.{0}) FROM T E WHERE E.ID<15)")  # fmt: skip


def test_texts_are_compared_and_searched_by_their_collations(
    engine: ModuleType, tmp_path: Path
) -> None:
    expressions = [text.format(name) for name, text in product(COLLATED, FOR_ANY_COLLATION)]
    ordered = product("PQWUCA", FOR_ORDERED_COLLATION)
    expressions += [text.format(name) for name, text in ordered]
    pairs = [f"{a}{verb}{b}" for a, b in pairwise("PWQAUCP") for verb in ("=", "<")]
    columns = ", ".join(
        f"{c} VARCHAR(20) CHARACTER SET {charset}" for c, charset in COLLATED.items()
    )
    computed = "".join(
        f", X{i} COMPUTED BY ({expression})" for i, expression in enumerate(expressions + pairs)
    )
    path = tmp_path / "collated.fdb"
    with engine.create(path) as connection:
        connection.execute_immediate(f"CREATE TABLE T (ID INTEGER, {columns}{computed})")
        connection.commit()
        with connection.cursor() as cursor:
            for i, word in enumerate(WORDS):
                other = WORDS[i * 5 % len(WORDS)]
                row = (i, word, other, word, word, word, other, word)
                cursor.execute("INSERT INTO T VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.commit()
    assert differences(path) == []
