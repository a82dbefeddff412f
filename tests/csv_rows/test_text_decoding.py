"""The options for texts: both implementations decode and count CHAR and VARCHAR equally."""

import gzip
import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.charsets import AUTO, UTF8, WIN1252
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.page_builder import data_page, format_page, record
from tests.firebird.memory_source import MemorySource

CHARSETS = Path(__file__).parents[1] / "data" / "fb15" / "charsets.fdb.gz"
DECODERS = {
    "default": TextDecoder(WIN1252),
    "auto": TextDecoder(AUTO),
    "utf8": TextDecoder(UTF8),
    "fix": TextDecoder(WIN1252, fix_utf8=WIN1252),
    "both": TextDecoder(UTF8, fix_utf8=51),
    "sjis": TextDecoder(5, fix_utf8=5),
}
OVERRIDES = (AUTO, 3, UTF8, WIN1252, 10, 5)

WORDS = st.sampled_from([b"a", b"plain text of some length", b" ", b",", b'"', b"\n"])
BEYOND_ASCII = st.sampled_from([b"\xe9", b"\xc3\xa9", b"\x81", b"\x93", b"\xe2\x82\xac", b"\xff"])
TEXTS = st.lists(st.one_of(WORDS, BEYOND_ASCII), max_size=12).map(b"".join)


@cache
def database() -> Database:
    return Database(MemorySource(gzip.decompress(CHARSETS.read_bytes())))


TABLES = [table.name for table in database().tables if table.name.startswith("CS_")]


def page_of(table: Table, texts: list[bytes]) -> bytes:
    """A page with a row for each text; all text columns of the row hold it."""
    format_number = max(table.formats)
    layout = database().format(table, format_number)
    items = []
    for text in texts:
        image = bytearray(layout.length)
        for stored in layout.descriptors:
            room, start = stored.length, stored.offset
            if stored.dtype == Dtype.TEXT:
                image[start : start + room] = text[:room].ljust(room)
            elif stored.dtype == Dtype.VARYING:
                content = text[: room - 2]
                end = start + 2 + len(content)
                image[start:end] = struct.pack("<H", len(content)) + content
        items.append(record(bytes(image), format_number))
    return data_page(table.relation, database().page_size, items)


def check_equal(name: str, texts: list[bytes], decoder: TextDecoder) -> None:
    table = next(table for table in database().tables if table.name == name)
    page = page_of(table, texts)
    formatted = [
        format_page(
            implementation(implementation_name).rows, database(), table, page, decoder=decoder
        )
        for implementation_name in (REFERENCE, COMPILED)
    ]
    assert formatted[0].rows == len(texts)
    assert formatted[1] == formatted[0]


@pytest.mark.parametrize("option", DECODERS)
@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=8, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_decode_and_count_equally(
    name: str, option: str, texts: list[bytes]
) -> None:
    check_equal(name, texts, DECODERS[option])


@pytest.mark.parametrize("charset", OVERRIDES)
@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=4, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_use_the_set_of_a_column(
    name: str, charset: int, texts: list[bytes]
) -> None:
    table = next(table for table in database().tables if table.name == name)
    overrides = {(name, column.name): charset for column in table.columns}
    check_equal(name, texts, TextDecoder(WIN1252, fix_utf8=51, overrides=overrides))
