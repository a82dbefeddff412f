"""Decoding of text columns: the declared set, the fallback set, and CHARs in multi-byte sets."""

import pytest

from gdb_export.firebird.core.charsets import AUTO
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import NOTHING, TextCounts

NONE, OCTETS, ASCII, FSS, UTF8, DYNAMIC, WIN1250, WIN1252 = 0, 1, 2, 3, 4, 127, 51, 53


@pytest.mark.parametrize("charset", [NONE, ASCII, DYNAMIC, 99, 255])
def test_undeclared_sets_use_the_fallback(charset: int) -> None:
    assert TextDecoder(WIN1252).decode(b"\x9f\x81", charset) == ("Ÿ\x81", TextCounts(controls=1))
    assert TextDecoder(WIN1250).decode(b"\x9f", charset) == ("ź", NOTHING)


def test_a_declared_set_takes_precedence_over_the_fallback() -> None:
    assert TextDecoder(WIN1252).decode(b"\x9f", WIN1250) == ("ź", NOTHING)
    assert TextDecoder(WIN1252).decode("ź".encode(), UTF8) == ("ź", NOTHING)


def test_undecodable_bytes_are_replaced_and_counted() -> None:
    assert TextDecoder(WIN1252).decode(b"a\x81b\x81", WIN1250) == ("a\ufffdb\ufffd", TextCounts(2))
    assert TextDecoder(WIN1252).decode(b"a\xffb", UTF8) == ("a\ufffdb", TextCounts(1))


def test_a_char_in_a_multi_byte_set_is_cut_to_its_declared_length() -> None:
    """CHAR(3) in UTF8 has 12 bytes: all after the third character is padding."""
    decoder = TextDecoder(WIN1252)
    assert decoder.decode_char("añ".encode() + b" " * 9, UTF8) == ("añ ", NOTHING)
    assert decoder.decode_char("日本語".encode() + b" " * 3, UTF8) == ("日本語", NOTHING)


def test_a_char_in_unicode_fss_keeps_all_its_bytes() -> None:
    assert TextDecoder(WIN1252).decode_char(b"abc      ", FSS) == ("abc      ", NOTHING)


def test_text_is_encoded_for_comparisons() -> None:
    decoder = TextDecoder(WIN1252)
    assert decoder.encode("ação", WIN1252) == b"a\xe7\xe3o"
    assert decoder.encode("日", WIN1252) == b"?"
    assert decoder.encode("日", UTF8) == "日".encode()


def test_a_fallback_in_utf8_decodes_undeclared_sets() -> None:
    assert TextDecoder(UTF8).decode("São".encode(), NONE) == ("São", NOTHING)
    assert TextDecoder(UTF8).decode(b"S\xe3o", NONE) == ("S\ufffdo", TextCounts(1))


def test_auto_decides_by_value() -> None:
    decoder = TextDecoder(AUTO)
    assert decoder.decode("São".encode(), NONE) == ("São", TextCounts(utf8=1))
    assert decoder.decode(b"S\xe3o", ASCII) == ("São", TextCounts(otherwise=1))
    assert decoder.decode(b"Sao", NONE) == ("Sao", NOTHING)
    assert decoder.decode(b"\x81", NONE) == ("\x81", TextCounts(controls=1, otherwise=1))
    assert decoder.decode("São".encode(), WIN1252) == ("SÃ£o", NOTHING)


def test_utf8_in_an_undeclared_set_is_counted() -> None:
    assert TextDecoder(WIN1252).decode("São".encode(), NONE) == ("SÃ£o", TextCounts(misread=1))
    assert TextDecoder(WIN1252).decode(b"S\xe3o", NONE) == ("São", NOTHING)


def test_control_characters_are_counted_in_declared_sets() -> None:
    """Windows bytes in a column of ISO8859_1."""
    assert TextDecoder(WIN1252).decode(b"\x93a\x94", 21) == ("\x93a\x94", TextCounts(controls=2))


@pytest.mark.parametrize("charset", [FSS, UTF8])
def test_invalid_utf8_is_decoded_by_the_set_for_it(charset: int) -> None:
    decoder = TextDecoder(WIN1252, fix_utf8=WIN1252)
    assert decoder.decode(b"caf\xe9", charset) == ("café", TextCounts(otherwise=1))
    assert decoder.decode("café".encode(), charset) == ("café", NOTHING)
    assert decoder.decode_char(b"caf\xe9" + b" " * 36, UTF8)[0].rstrip() == "café"


def test_a_fixed_char_that_is_longer_than_declared_is_kept_whole() -> None:
    decoder = TextDecoder(WIN1252, fix_utf8=WIN1252)
    assert decoder.decode_char(b"caf\xe9 com leite   ", UTF8)[0] == "café com leite   "


def test_an_override_replaces_every_declared_set() -> None:
    decoder = TextDecoder(WIN1252, overrides={("T", "V"): WIN1250})
    assert decoder.of_column("T", "W") is decoder
    for charset in (NONE, UTF8, WIN1252):
        assert decoder.of_column("T", "V").decode(b"\x9f", charset) == ("ź", NOTHING)
