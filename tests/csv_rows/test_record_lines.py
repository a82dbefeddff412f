"""Records of any content: both implementations write the same lines and find the same damage."""

import gzip
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.database import Database
from gdb_export.firebird.table_pages.page_runs import PageRef
from tests.csv_rows.implementations import COMPILED, REFERENCE, implementation
from tests.csv_rows.page_builder import FormattedPage, data_page, format_page, record
from tests.export.golden import golden_databases
from tests.firebird.memory_source import MemorySource
from tests.firebird.record_values import corruptions, images
from tests.random_examples import few_examples


@cache
def open_database(path: Path) -> Database:
    return Database(MemorySource(gzip.decompress(path.read_bytes())))


def stored_tables(database: Database) -> list[Table]:
    return [table for table in database.tables if table.formats and table.columns]


EACH_DATABASE = pytest.mark.parametrize(
    "path", golden_databases(), ids=lambda path: f"{path.parent.name}-{path.name[:-7]}"
)


@EACH_DATABASE
@few_examples(10)
@given(data=st.data())
def test_any_values_are_formatted_equally(path: Path, data: st.DataObject) -> None:
    database = open_database(path)
    table = data.draw(st.sampled_from(stored_tables(database)))
    format_number = data.draw(st.sampled_from(sorted(table.formats)))
    layout = database.format(table, format_number)
    items: list[bytes] = []
    room = database.page_size - ods.DATA_SLOTS
    for image in data.draw(st.lists(images(layout), min_size=1, max_size=4)):
        item = record(image, format_number)
        room -= len(item) + 4
        if room >= 0:
            items.append(item)
    assert_equal(database, table, data_page(table.relation, database.page_size, items))


def assert_equal(
    database: Database, table: Table, page: bytes, page_ref: PageRef = (0, 9)
) -> FormattedPage:
    """Both implementations format the page equally; returns their result."""
    expected = format_page(implementation(REFERENCE).rows, database, table, page, page_ref)
    assert format_page(implementation(COMPILED).rows, database, table, page, page_ref) == expected
    return expected


def data_pages(database: Database) -> list[tuple[Table, int, int]]:
    """Table, sequence and page number of every data page of user tables."""
    return [
        (table, sequence, page_number)
        for table in stored_tables(database)
        for sequence, page_number in enumerate(database.data_pages(table, database.damage))
        if page_number
    ]


@EACH_DATABASE
def test_undamaged_pages_are_formatted_equally_and_have_rows(path: Path) -> None:
    database = open_database(path)
    rows = 0
    for table, sequence, page_number in data_pages(database):
        page = database.pages.page(page_number)
        rows += assert_equal(database, table, page, (sequence, page_number)).rows
    assert rows


@EACH_DATABASE
@few_examples(15)
@given(data=st.data())
def test_damaged_pages_are_formatted_equally(path: Path, data: st.DataObject) -> None:
    database = open_database(path)
    # every golden database has data pages: sampled_from fails where there are none
    table, sequence, page_number = data.draw(st.sampled_from(data_pages(database)))
    read_page = database.pages.page
    page = data.draw(corruptions(read_page(page_number)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            database.pages,
            "page",
            lambda number: page if number == page_number else read_page(number),
        )
        assert_equal(database, table, page, (sequence, page_number))
