"""Destroyed RDB$PAGES: tables are found by the relation numbers on the pages."""

import pytest

from gdb_export.firebird.core import ods
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import data_pages, patched, replaced, zeroed
from tests.hostile.undamaged import undamaged


@pytest.mark.parametrize("name", ["fb15/evolve", "fb15/mvcc", "fb50/updates_and_deletions"])
def test_zeroed_data_pages(name: str) -> None:
    data = database_bytes(name)
    lost = data_pages(data, ods.RELATION_PAGES)
    result = export_in_memory(zeroed(data, *lost))
    assert result.rows == undamaged(name).rows
    assert result.locations == [(None, number, None) for number in lost]


def test_a_data_page_of_noise() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    noise = bytes((index * index * 31 + index * 7 + 5) % 253 for index in range(4096))
    result = export_in_memory(replaced(data, data_pages(data, ods.RELATION_PAGES)[0], noise))
    assert result.rows == undamaged("fb50/updates_and_deletions").rows


@pytest.mark.parametrize("page_number", [0, 1, 151, 4_000_000_000])
def test_a_header_that_points_to_another_page(page_number: int) -> None:
    data = database_bytes("fb15/evolve")
    result = export_in_memory(patched(data, 0, 20, page_number.to_bytes(4, "little")))
    assert result.rows == undamaged("fb15/evolve").rows
    assert result.damage["count"] == 1
