"""Two swapped data pages: pointers to one of them lead to records of the other."""

from contextlib import suppress
from itertools import combinations

import pytest

from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.firebird.core.ods import PageType
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import PAGE_SIZE, page, pages_of_type, replaced
from tests.hostile.undamaged import only_rows_missing, undamaged


def user_pages(data: bytes) -> list[int]:
    """Data pages of users' tables, including those that no pointer page lists."""
    return [
        page_number
        for page_number in pages_of_type(data, PageType.DATA)
        if int.from_bytes(page(data, page_number)[20:22], "little") >= 128
    ]


@pytest.mark.parametrize("name", ["fb50/long_records", "fb50/blobs"])
def test_no_row_contains_bytes_of_another(name: str) -> None:
    """From ODS 12 on a page holds its number, which distinguishes fragments of equal length."""
    data = database_bytes(name)
    assert int.from_bytes(data[16:18], "little") == PAGE_SIZE
    whole = undamaged(name)
    for first, second in list(combinations(user_pages(data), 2))[::7]:
        swapped = replaced(replaced(data, first, page(data, second)), second, page(data, first))
        with suppress(UnreadableDatabase):  # no rows remain
            for table, rows in export_in_memory(swapped).rows.items():
                assert only_rows_missing(rows, whole.rows[table]), (
                    f"{table} of pages {first} and {second}"
                )
