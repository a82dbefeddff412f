"""Every byte and pair of bytes of every character set: the character that the engine sees."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.firebird.core.charsets import CHARSETS, REPLACEMENT, single_byte_table
from gdb_export.firebird.values.text import TextDecoder

SINGLE = [number for number in CHARSETS if single_byte_table(number) is not None]
PAIRS = [5, 44, 56, 57, 67, 68, 69]  # of EUCJ_0208 the engine takes bytes for what they are not
# Older tables of the engine: ISO8859_7 and 8 of before 2003, KOI8U with two letters of KOI8-RU
OTHERWISE = {(37, 0xA1), (37, 0xA2), (38, 0xAF), (64, 0xAE), (64, 0xBE)}
NO_CHARACTER = "\0"  # what the engine makes of a byte that a set leaves undefined
BYTES = """
EXECUTE BLOCK RETURNS (RAW VARCHAR(2) CHARACTER SET OCTETS, U VARCHAR(9) CHARACTER SET UTF8)
AS DECLARE A INTEGER = {first}; DECLARE B INTEGER;
BEGIN
  WHILE (A < 256) DO BEGIN
    B = {second};
    WHILE (B < 256) DO BEGIN
      RAW = CAST(ASCII_CHAR(A) AS VARCHAR(1) CHARACTER SET OCTETS){more};
      U = NULL;
      BEGIN
        U = CAST(CAST(RAW AS VARCHAR(2) CHARACTER SET {name}) AS VARCHAR(9) CHARACTER SET UTF8);
        WHEN ANY DO U = NULL;
      END
      IF (U IS NOT NULL) THEN SUSPEND;
      B = B + 1;
    END
    A = A + 1;
  END
END"""
PAIR = "|| CAST(ASCII_CHAR(B) AS VARCHAR(1) CHARACTER SET OCTETS)"


def seen(engine: ModuleType, path: Path, number: int, is_pair: bool) -> Iterator[tuple[bytes, str]]:
    name = CHARSETS[number].name
    block = BYTES.format(
        first=128 if is_pair else 1,
        second=64 if is_pair else 255,
        more=PAIR if is_pair else "",
        name=name,
    )
    with engine.create(path) as connection, connection.cursor() as cursor:
        cursor.execute(block)
        for raw, character in cursor.fetchall():
            if NO_CHARACTER not in character and REPLACEMENT not in character:
                yield bytes(raw), character


def is_private(character: str) -> bool:
    return "\ue000" <= character[0] <= "\uf8ff"


@pytest.mark.parametrize("number", SINGLE, ids=lambda number: CHARSETS[number].name)
def test_bytes_are_the_characters_that_the_engine_sees(
    engine: ModuleType, tmp_path: Path, number: int
) -> None:
    decoder = TextDecoder(fallback=53)
    found = list(seen(engine, tmp_path / "one.fdb", number, is_pair=False))
    assert len(found) > 180
    for raw, character in found:
        if (number, raw[0]) not in OTHERWISE and not is_private(character):
            assert decoder.decode(raw, number) == (character, 0), raw.hex()


@pytest.mark.parametrize("number", PAIRS, ids=lambda number: CHARSETS[number].name)
def test_no_character_of_two_bytes_is_lost(engine: ModuleType, tmp_path: Path, number: int) -> None:
    """What it is, standards do not agree on; there must be one."""
    decoder = TextDecoder(fallback=53)
    found = list(seen(engine, tmp_path / "one.fdb", number, is_pair=True))
    assert len(found) > 2000
    lost = [raw for raw, _ in found if decoder.decode(raw, number)[1]]
    # The engine takes them for characters of one byte more than the standards have
    assert [raw.hex() for raw in lost if 0xFF not in raw and raw[1] != 0x7F] == []
