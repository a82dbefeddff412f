"""Blobs that are not held in memory: their fields are written in parts, with the same bytes."""

from collections.abc import Iterator

import pytest

from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.database import Database
from gdb_export.firebird.gbak import backup
from gdb_export.firebird.records import blobs, large_blobs
from gdb_export.firebird.records.large_blobs import segment_contents
from gdb_export.firebird.values.large_texts import large_decoding
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.implementations import COMPILED, IMPLEMENTATIONS, REFERENCE, implementation
from tests.csv_rows.whole_export import exported_zip
from tests.data.databases import backup_bytes, database_bytes

AUTO, WIN1252, ISO8859_2, UNKNOWN = charsets.AUTO, 53, 22, 250
TEXTS = [
    b'plain, and "quoted"\r\n',
    "Atenção: saúde é um direito; 健康 😀".encode(),
    b"\x80\x81 controls of no set \x9d\xff",
    "日本".encode("cp932") + b"\x81",
    b"\xef\xbf\xbd stored \xef\xbf",
    b"euro \x80 of code page 936 \xb0\xa1\xff",
]


def cut(data: bytes, length: int) -> Iterator[bytes]:
    """The bytes in parts of a length."""
    for at in range(0, len(data), length):
        yield data[at : at + length]


@pytest.mark.parametrize("fix_utf8", [None, ISO8859_2])
@pytest.mark.parametrize("fallback", [WIN1252, AUTO])
def test_a_text_in_parts_is_decoded_as_a_whole_one(fallback: int, fix_utf8: int | None) -> None:
    decoder = TextDecoder(fallback, fix_utf8)
    for charset in {*charsets.CHARSETS, UNKNOWN} - {charsets.OCTETS}:
        for data in TEXTS:
            text, counts = decoder.decode(data, charset)
            for length in (1, 3, 1000):
                seen: list[str] = []
                decoding = large_decoding(
                    lambda data=data, length=length: cut(data, length),  # type: ignore[misc]
                    decoder.rule(charset),
                    seen.append,
                )
                assert "".join(decoding.texts(cut(data, length))) == text
                assert decoding.counts == counts
                assert set(text) <= set("".join(seen))


@pytest.mark.parametrize("length", [1, 2, 3, 1000])
def test_segments_may_begin_and_end_in_any_part(length: int) -> None:
    stream = b"\3\0abc\0\0\1\0d\4\0efgh"
    assert b"".join(segment_contents(cut(stream, length))) == b"abcdefgh"
    with pytest.raises(Damage, match="goes past its end"):
        list(segment_contents(cut(stream[:-1], length)))


def make_all_blobs_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read blobs of four bytes in parts; the kernel leaves all blobs to the reference."""
    for module in (blobs, large_blobs, backup):
        monkeypatch.setattr(module, "MAX_WHOLE_BLOB", 3)
    monkeypatch.setattr(blobs, "_PAGES_PER_PART", 1)
    monkeypatch.setattr(large_blobs, "_PART_BYTES", 5)
    monkeypatch.setattr(Database, "blob_divisor", 0)


@pytest.mark.parametrize(("name", "binary"), [(REFERENCE, "base64"), (COMPILED, "hex")])
def test_large_blobs_give_the_same_zip(
    name: str, binary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [database_bytes("fb15/blobs"), backup_bytes("fb15/types")]
    expected = [exported_zip(data, implementation(REFERENCE), binary=binary) for data in sources]
    make_all_blobs_large(monkeypatch)
    assert [exported_zip(data, implementation(name), binary=binary) for data in sources] == expected


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_the_damage_of_a_large_blob_costs_its_field(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page with the last bytes of a blob is lost: nothing of its field is written."""
    data = bytearray(database_bytes("fb15/blobs"))
    with_blob_pages = [page for page in range(0, len(data), 4096) if data[page] == PageType.BLOB]
    data[with_blob_pages[-1]] = 0
    expected = exported_zip(bytes(data), implementation(REFERENCE))
    make_all_blobs_large(monkeypatch)
    assert exported_zip(bytes(data), implementation(name)) == expected
