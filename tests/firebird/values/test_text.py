"""Decoding of text columns: the declared set, the fallback set, and CHARs in multi-byte sets."""

import pytest

from gdb_export.firebird.values.text import TextDecoder

NONE, OCTETS, ASCII, FSS, UTF8, DYNAMIC, WIN1250, WIN1252 = 0, 1, 2, 3, 4, 127, 51, 53


@pytest.mark.parametrize("charset", [NONE, ASCII, DYNAMIC, 99, 255])
def test_undeclared_sets_use_the_fallback(charset: int) -> None:
    assert TextDecoder(WIN1252).decode(b"\x9f\x81", charset) == ("Ÿ\x81", 0)
    assert TextDecoder(WIN1250).decode(b"\x9f", charset) == ("ź", 0)


def test_a_declared_set_takes_precedence_over_the_fallback() -> None:
    assert TextDecoder(WIN1252).decode(b"\x9f", WIN1250) == ("ź", 0)
    assert TextDecoder(WIN1252).decode("ź".encode(), UTF8) == ("ź", 0)


def test_undecodable_bytes_are_replaced_and_counted() -> None:
    assert TextDecoder(WIN1252).decode(b"a\x81b\x81", WIN1250) == ("a\ufffdb\ufffd", 2)
    assert TextDecoder(WIN1252).decode(b"a\xffb", UTF8) == ("a\ufffdb", 1)


def test_a_char_in_a_multi_byte_set_is_cut_to_its_declared_length() -> None:
    """CHAR(3) in UTF8 has 12 bytes: all after the third character is padding."""
    decoder = TextDecoder(WIN1252)
    assert decoder.decode_char("añ".encode() + b" " * 9, UTF8) == ("añ ", 0)
    assert decoder.decode_char("日本語".encode() + b" " * 3, UTF8) == ("日本語", 0)


def test_a_char_in_unicode_fss_keeps_all_its_bytes() -> None:
    assert TextDecoder(WIN1252).decode_char(b"abc      ", FSS) == ("abc      ", 0)


def test_text_is_encoded_for_comparisons() -> None:
    decoder = TextDecoder(WIN1252)
    assert decoder.encode("ação", WIN1252) == b"a\xe7\xe3o"
    assert decoder.encode("日", WIN1252) == b"?"
    assert decoder.encode("日", UTF8) == "日".encode()
