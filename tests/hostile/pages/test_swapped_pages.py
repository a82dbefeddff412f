"""Two data pages have changed places: what points to one of them finds the other's records."""

from contextlib import suppress
from itertools import combinations

import pytest

from gdb_export.firebird.core.errors import UnreadableDatabase
from gdb_export.firebird.core.ods import PageType
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import SIZE, page, pages_of_type, replaced
from tests.hostile.undamaged import only_rows_missing, undamaged


def user_pages(data: bytes) -> list[int]:
    """Data pages of users' tables, those that pointer pages don't list among them."""
    return [
        number
        for number in pages_of_type(data, PageType.DATA)
        if int.from_bytes(page(data, number)[20:22], "little") >= 128
    ]


@pytest.mark.parametrize("name", ["fb50/long_records", "fb50/blobs"])
def test_no_row_has_a_piece_of_another(name: str) -> None:
    """From ODS 12 on a page bears its number, which tells even fragments of equal length."""
    data = database_bytes(name)
    assert int.from_bytes(data[16:18], "little") == SIZE
    whole = undamaged(name)
    for one, other in list(combinations(user_pages(data), 2))[::7]:
        swapped = replaced(replaced(data, one, page(data, other)), other, page(data, one))
        with suppress(UnreadableDatabase):  # no row is left
            for table, rows in export_in_memory(swapped).rows.items():
                assert only_rows_missing(rows, whole.rows[table]), f"{table} of {one} and {other}"
