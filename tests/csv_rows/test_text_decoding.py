"""The options for texts: both implementations decode and count CHAR and VARCHAR equally."""

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.core.charsets import WIN1252
from gdb_export.firebird.database import Database
from gdb_export.firebird.values.text import TextDecoder
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.page_builder import format_page
from tests.firebird.memory_source import MemorySource
from tests.firebird.record_values import DECODERS, OVERRIDES, TEXTS, page_of_texts
from tests.random_examples import few_examples

CHARSETS = Path(__file__).parents[1] / "data" / "fb15" / "charsets.fdb.gz"


@cache
def database() -> Database:
    return Database(MemorySource(gzip.decompress(CHARSETS.read_bytes())))


TABLES = [table.name for table in database().tables if table.name.startswith("CS_")]


def check_equal(name: str, texts: list[bytes], decoder: TextDecoder) -> None:
    table = next(table for table in database().tables if table.name == name)
    page = page_of_texts(database(), table, texts)
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
@few_examples(4)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_decode_and_count_equally(
    name: str, option: str, texts: list[bytes]
) -> None:
    check_equal(name, texts, DECODERS[option])


@pytest.mark.parametrize("charset", OVERRIDES)
@pytest.mark.parametrize("name", TABLES)
@few_examples(2)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_use_the_character_set_that_is_given_for_a_column(
    name: str, charset: int, texts: list[bytes]
) -> None:
    table = next(table for table in database().tables if table.name == name)
    overrides = {(name, column.name): charset for column in table.columns}
    check_equal(name, texts, TextDecoder(WIN1252, fix_utf8=51, overrides=overrides))
