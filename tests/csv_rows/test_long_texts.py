"""Texts longer than a vector of the kernel, in every character set."""

import gzip
import struct
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.page_builder import data_page, format_page, record
from tests.firebird.memory_source import MemorySource
from tests.random_examples import few_examples

CHARSETS = Path(__file__).parents[1] / "data" / "fb15" / "charsets.fdb.gz"

RUNS = st.integers(0, 40).map(lambda count: b"run of plain text that is cut to its length"[:count])
SPECIAL = st.sampled_from([b",", b'"', b"\r", b"\n", b"\0", b"\x80", b"\xe9", b"\xc3\xa9", b"\xff"])
TEXTS = st.lists(st.one_of(RUNS, SPECIAL), max_size=20).map(b"".join)


@cache
def database() -> Database:
    return Database(MemorySource(gzip.decompress(CHARSETS.read_bytes())))


TABLES = [table.name for table in database().tables if table.name.startswith("CS_")]


@pytest.mark.parametrize("name", TABLES)
@few_examples(20)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_format_long_texts_equally(name: str, texts: list[bytes]) -> None:
    table = next(table for table in database().tables if table.name == name)
    format_number = max(table.formats)
    layout = database().format(table, format_number)
    column = next(stored for stored in layout.descriptors if stored.dtype == Dtype.VARYING)
    items = []
    for text in texts:
        image = bytearray(layout.length)
        text = text[: column.length - 2]
        value_end = column.offset + 2 + len(text)
        image[column.offset : value_end] = struct.pack("<H", len(text)) + text
        items.append(record(bytes(image), format_number))
    page = data_page(table.relation, database().page_size, items)
    expected = format_page(implementation(REFERENCE).rows, database(), table, page)
    assert expected.rows == len(texts)
    assert format_page(implementation(COMPILED).rows, database(), table, page) == expected
