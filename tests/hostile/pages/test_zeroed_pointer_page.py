"""A lost pointer page: the table is rebuilt from the data pages that hold its number."""

import pytest

from gdb_export.firebird.core import ods
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, TableBuilder, integer_row, record
from tests.hostile.corruptions import patched, pointer_pages, zeroed
from tests.hostile.undamaged import undamaged

PAGE_SIZE = 1024  # of the large table
ROWS = [f"{value},{-value}" for value in range(300)]


def large_table() -> tuple[bytes, list[int]]:
    """A table of 300 data pages, and its two pointer pages."""
    builder = DatabaseBuilder((10, 1), PAGE_SIZE)
    pages = [[record(integer_row(value, -value))] for value in range(300)]
    table = TableBuilder("T", 128, pages=pages)
    builder.tables.append(table)
    return builder.build(), table.pointer_pages


def test_the_only_pointer_page() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    result = export_in_memory(zeroed(data, 276))
    assert result.rows == undamaged("fb50/updates_and_deletions").rows
    assert result.locations == [("T", 276, None)]
    assert result.reasons == ["a pointer page is expected here, found an unformatted page"]


def test_two_pointer_pages() -> None:
    assert export_in_memory(large_table()[0]).rows == {"T": ROWS}


@pytest.mark.parametrize("lost", [[0], [1], [0, 1]])
def test_one_or_both_of_two_pointer_pages(lost: list[int]) -> None:
    data, pointers = large_table()
    for index in lost:
        data = patched(data, pointers[index], 0, bytes(PAGE_SIZE), PAGE_SIZE)
    result = export_in_memory(data)
    assert result.rows == {"T": ROWS}
    assert result.locations == [("T", pointers[lost[0]], None)]


def test_the_pointer_page_of_each_system_table_of_the_catalogue() -> None:
    data = database_bytes("fb15/evolve")
    for relation in (
        ods.RELATION_PAGES,
        ods.RELATION_FIELDS,
        ods.RELATION_RELATION_FIELDS,
        ods.RELATION_RELATIONS,
        ods.RELATION_FORMATS,
    ):
        lost = pointer_pages(data, relation)
        result = export_in_memory(zeroed(data, *lost))
        assert result.rows == undamaged("fb15/evolve").rows
        assert result.headers == undamaged("fb15/evolve").headers
        assert result.locations == [(None, lost[0], None)]


def test_a_broken_chain_of_pointer_pages() -> None:
    data, (first, _) = large_table()
    result = export_in_memory(patched(data, first, 20, bytes(4), PAGE_SIZE))
    assert result.rows == {"T": ROWS}
    assert result.locations == [("T", first, None)]


def test_a_circular_chain_of_pointer_pages() -> None:
    data, (first, second) = large_table()
    data = patched(data, second, 20, first.to_bytes(4, "little"), PAGE_SIZE)
    result = export_in_memory(patched(data, second, 1, b"\0", PAGE_SIZE))
    assert result.rows == {"T": ROWS}
    assert result.reasons == ["pointer page 0 is here instead of 2"]


def test_a_pointer_page_of_another_table() -> None:
    data = database_bytes("fb15/evolve")
    result = export_in_memory(patched(data, 149, 26, b"\x81"))
    assert result.rows == undamaged("fb15/evolve").rows
    assert result.reasons == ["a pointer page of table 129 is here"]
