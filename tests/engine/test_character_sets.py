"""Every byte, and every pair of bytes, of each character set is decoded as by the engine."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.firebird.core.charsets import (
    CHARSETS,
    ISO8859_15,
    REPLACEMENT,
    single_byte_table,
)
from gdb_export.firebird.values.text import TextDecoder

# Without ISO8859_15, which only InterBase has
SINGLE_BYTE = [
    charset
    for charset in CHARSETS
    if single_byte_table(charset) is not None and charset != ISO8859_15
]
# SJIS_0208, KSC_5601, BIG_5, GB_2312, GBK, CP943C, GB18030; not EUCJ_0208, which the engine
# decodes wrongly
DOUBLE_BYTE = [5, 44, 56, 57, 67, 68, 69]
# Character set and byte where the engine has older tables: those of ISO8859_7 and ISO8859_8 are
# from before 2003, that of KOI8U has letters of KOI8-RU
DIFFERENT = {(37, 0xA1), (37, 0xA2), (38, 0xAF), (64, 0xAE), (64, 0xBE)}
UNDEFINED = "\0"  # the engine's character for a byte that the character set leaves undefined
# All one-byte or two-byte texts that the engine can decode, with their characters
QUERY = """
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
SECOND_BYTE = "|| CAST(ASCII_CHAR(B) AS VARCHAR(1) CHARACTER SET OCTETS)"


def engine_characters(
    engine: ModuleType, path: Path, charset: int, is_pair: bool
) -> Iterator[tuple[bytes, str]]:
    """Yields bytes, and the character to which the engine decodes them."""
    name = CHARSETS[charset].name
    query = QUERY.format(
        first=128 if is_pair else 1,
        second=64 if is_pair else 255,
        more=SECOND_BYTE if is_pair else "",
        name=name,
    )
    with engine.create(path) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        for raw, character in cursor.fetchall():
            if UNDEFINED not in character and REPLACEMENT not in character:
                yield bytes(raw), character


def is_private(character: str) -> bool:
    """Whether the character is of Unicode's private use area."""
    return "\ue000" <= character[0] <= "\uf8ff"


@pytest.mark.parametrize("charset", SINGLE_BYTE, ids=lambda charset: CHARSETS[charset].name)
def test_single_bytes_are_decoded_as_by_the_engine(
    engine: ModuleType, tmp_path: Path, charset: int
) -> None:
    decoder = TextDecoder(fallback=53)
    decoded = list(engine_characters(engine, tmp_path / "one.fdb", charset, is_pair=False))
    assert len(decoded) > 180
    for raw, character in decoded:
        if (charset, raw[0]) not in DIFFERENT and not is_private(character):
            text, counts = decoder.decode(raw, charset)
            assert (text, counts.replaced) == (character, 0), raw.hex()


@pytest.mark.parametrize("charset", DOUBLE_BYTE, ids=lambda charset: CHARSETS[charset].name)
def test_every_two_byte_character_of_the_engine_is_decoded(
    engine: ModuleType, tmp_path: Path, charset: int
) -> None:
    """The character itself is not compared, because standards disagree on it."""
    decoder = TextDecoder(fallback=53)
    decoded = list(engine_characters(engine, tmp_path / "one.fdb", charset, is_pair=True))
    assert len(decoded) > 2000
    lost = [raw for raw, _ in decoded if decoder.decode(raw, charset)[1].replaced]
    # the engine accepts more lead and trail bytes than the standards
    assert [raw.hex() for raw in lost if 0xFF not in raw and raw[1] != 0x7F] == []
