"""Both implementations make the same columns and counts of records of any content, on sound and on
damaged pages, with all options for texts."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.charsets import WIN1252
from gdb_export.firebird.values.text import TextDecoder
from tests.arrow.page_columns import PageColumns, page_columns
from tests.csv_rows.page_builder import data_page, record
from tests.export.golden import DATA, golden_databases
from tests.firebird.record_values import (
    DECODERS,
    OVERRIDES,
    TEXTS,
    corruptions,
    images,
    page_of_texts,
)
from tests.random_examples import few_examples

ENGINES = sorted({path.parent.name for path in golden_databases()})
CHARSETS = DATA / "fb15" / "charsets.fdb.gz"


@pytest.mark.parametrize("engine", ENGINES)
@few_examples(10)
@given(data=st.data())
def test_any_values_give_the_same_columns(engine: str, data: st.DataObject) -> None:
    file = data.draw(databases(engine))
    database = file.database
    table = data.draw(st.sampled_from(file.tables()))
    format_number = data.draw(st.sampled_from(sorted(table.formats)))
    layout = database.format(table, format_number)
    items: list[bytes] = []
    room = database.page_size - ods.DATA_SLOTS
    for image in data.draw(st.lists(images(layout), min_size=1, max_size=6)):
        item = record(image, format_number)
        room -= len(item) + 4
        if room >= 0:
            items.append(item)
    file.check_equal(table, data_page(table.relation, database.page_size, items))


@pytest.mark.parametrize("engine", ENGINES)
@few_examples(10)
@given(data=st.data())
def test_damaged_pages_give_the_same_columns(engine: str, data: st.DataObject) -> None:
    file = data.draw(databases(engine))
    table, sequence, page_number = data.draw(st.sampled_from(file.data_pages()))
    page = data.draw(corruptions(file.page(page_number)))
    file.check_equal(table, page, (sequence, page_number))


@cache
def databases(engine: str) -> st.SearchStrategy[PageColumns]:
    paths = [path for path in golden_databases() if path.parent.name == engine]
    return st.sampled_from(paths).map(page_columns)


def charset_tables() -> list[Table]:
    return [table for table in page_columns(CHARSETS).tables() if table.name.startswith("CS_")]


def check_texts(table: Table, texts: list[bytes], decoder: TextDecoder) -> None:
    file = page_columns(CHARSETS)
    page = page_of_texts(file.database, table, texts)
    assert file.check_equal(table, page, decoder=decoder) == len(texts)


@pytest.mark.parametrize("option", DECODERS)
@few_examples(12)
@given(data=st.data(), texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_decode_and_count_equally(
    option: str, data: st.DataObject, texts: list[bytes]
) -> None:
    check_texts(data.draw(st.sampled_from(charset_tables())), texts, DECODERS[option])


@pytest.mark.parametrize("charset", OVERRIDES)
@few_examples(6)
@given(data=st.data(), texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_both_implementations_use_the_set_of_a_column(
    charset: int, data: st.DataObject, texts: list[bytes]
) -> None:
    table = data.draw(st.sampled_from(charset_tables()))
    overrides = {(table.name, column.name): charset for column in table.columns}
    check_texts(table, texts, TextDecoder(WIN1252, fix_utf8=51, overrides=overrides))
