"""Character sets: tables, names, and decoding that never fails."""

import codecs

import pytest

from gdb_export.firebird.core.charsets import (
    CHARSETS,
    REPLACEMENT,
    charset_by_name,
    decode_multi_byte,
    decode_name,
    max_character_bytes,
    single_byte_table,
)

ALL_BYTES = bytes(range(256))
SINGLE_BYTE = [charset for charset in CHARSETS if single_byte_table(charset) is not None]


@pytest.mark.parametrize(
    "codec", sorted({charset.codec for charset in CHARSETS.values()} - {"", "nextstep"})
)
def test_python_has_the_codec(codec: str) -> None:
    assert codecs.lookup(codec)


@pytest.mark.parametrize("charset_id", SINGLE_BYTE)
def test_the_table_of_a_single_byte_set_has_256_characters(charset_id: int) -> None:
    table = single_byte_table(charset_id)
    assert table is not None
    assert [len(character) for character in table] == [1] * 256
    assert table[ord("A")] == "A"


@pytest.mark.parametrize("charset_id", [0, 1, 2, 4, 5, 67, 69, 99, 127, -1])
def test_other_sets_have_no_table(charset_id: int) -> None:
    assert single_byte_table(charset_id) is None


def test_no_byte_of_windows_1252_is_undefined() -> None:
    table = single_byte_table(53)
    assert table is not None
    assert REPLACEMENT not in table
    assert [table[byte] for byte in (0x80, 0x81, 0x8D, 0x8F, 0x90, 0x9D)] == list(
        "€\x81\x8d\x8f\x90\x9d"
    )


@pytest.mark.parametrize(
    ("charset_id", "data", "text"),
    [
        (21, b"a\xe7\xe3o", "ação"),
        (11, b"a\x87\xc6o", "ação"),
        (51, b"\x9f", "ź"),
        (52, b"\xcf\xf0", "Пр"),
        (63, b"\xf0", "П"),
        (19, b"\x80\xfb", "\xa0ß"),
        (48, b"\x8f", "П"),
        (50, b"\xcf", "П"),
        (66, b"\x80\xa1\x93", "€ก“"),
    ],
)
def test_tables_decode_the_characters_of_their_sets(
    charset_id: int, data: bytes, text: str
) -> None:
    table = single_byte_table(charset_id)
    assert table is not None
    assert "".join(table[byte] for byte in data) == text


@pytest.mark.parametrize(
    ("data", "codec", "text", "replaced"),
    [
        ("日本".encode(), "utf-8", "日本", 0),
        (b"\xff\xfe ok", "utf-8", "\ufffd\ufffd ok", 2),
        ("\ufffd".encode() + b"\xff", "utf-8", "\ufffd\ufffd", 1),
        ("日本".encode("cp932"), "cp932", "日本", 0),
        (b"\x81", "cp932", "\ufffd", 1),
        ("中文".encode("gbk"), "gbk", "中文", 0),
        (b"\xd6\xd0\x80\xaa\xa1", "gbk", "中€\ue000", 0),
        (b"\x80\xff", "gbk", "€\ufffd", 1),
        (b"\xd6\x80\xd0", "gbk", "謤\ufffd", 1),
    ],
)
def test_invalid_bytes_are_replaced_and_counted(
    data: bytes, codec: str, text: str, replaced: int
) -> None:
    assert decode_multi_byte(data, codec) == (text, replaced)


@pytest.mark.parametrize(
    "codec", [charset.codec for charset in CHARSETS.values() if charset.max_character_bytes > 1]
)
def test_invalid_bytes_of_a_multi_byte_set_never_fail(codec: str) -> None:
    text, replaced = decode_multi_byte(ALL_BYTES, codec)
    assert codec.startswith("utf-16") or text.startswith("\0\1\2")
    assert replaced > 0


@pytest.mark.parametrize(
    ("name", "charset_id"),
    [("WIN1252", 53), (" win1252 ", 53), ("utf-8", 4), ("latin1", 21), ("klingon", None)],
)
def test_charsets_by_name_and_alias(name: str, charset_id: int | None) -> None:
    assert charset_by_name(name) == charset_id


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"CLIENTS   ", "CLIENTS"),
        ("AÇÃO ".encode(), "AÇÃO"),
        ("AÇÃO".encode("cp1252"), "AÇÃO"),
        (b"A\0\0", "A"),
        (b"   ", ""),
    ],
)
def test_decoding_a_name_never_fails(data: bytes, name: str) -> None:
    assert decode_name(data) == name
    assert decode_name(ALL_BYTES)


def test_maximum_bytes_per_character() -> None:
    assert [max_character_bytes(charset_id) for charset_id in (0, 53, 3, 4, 5, 69, 200)] == [
        1,
        1,
        3,
        4,
        2,
        4,
        1,
    ]
