"""A lost data page costs its rows and no others."""

from struct import pack

import pytest

from gdb_export.export.strictness import DamageRefused
from gdb_export.firebird.core.ods import PageType
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import (
    PAGE_SIZE,
    data_pages,
    page,
    pages_of_type,
    replaced,
    slots,
    zeroed,
)
from tests.hostile.undamaged import only_rows_missing, undamaged

EVOLVE = "fb15/evolve"
E1 = 128  # number of the table
RUNS_AT = 13  # in a record: the length of its header


def reasons_of_rows_lost_from_e1(corrupted: bytes, lost: int) -> list[str]:
    """Assert that E1 lacks `lost` rows and all other tables are whole; return the reasons."""
    result, whole = export_in_memory(corrupted), undamaged(EVOLVE)
    assert result.rows | {"E1": []} == whole.rows | {"E1": []}
    assert len(result.rows["E1"]) == len(whole.rows["E1"]) - lost
    assert only_rows_missing(result.rows["E1"], whole.rows["E1"])
    assert {table for table, _, _ in result.locations} == {"E1"}
    return result.reasons


def test_a_zeroed_data_page() -> None:
    data = database_bytes(EVOLVE)
    assert reasons_of_rows_lost_from_e1(zeroed(data, data_pages(data, E1)[2]), 55) == [
        "a data page is expected here, found an unformatted page"
    ]


def test_a_data_page_of_another_type() -> None:
    data = database_bytes(EVOLVE)
    page_number = data_pages(data, E1)[2]
    corrupted = replaced(data, page_number, b"\x07" + page(data, page_number)[1:])
    assert reasons_of_rows_lost_from_e1(corrupted, 55) == [
        "a data page is expected here, found type 7"
    ]


def test_the_wrong_relation_on_a_data_page() -> None:
    data = database_bytes(EVOLVE)
    page_number = data_pages(data, E1)[2]
    content = page(data, page_number)
    corrupted = replaced(data, page_number, content[:20] + b"\x82\0" + content[22:])
    assert reasons_of_rows_lost_from_e1(corrupted, 55) == ["a data page of table 130 is here"]


def test_a_repeated_data_page() -> None:
    """The copy of a page is not read: its sequence number is that of another page."""
    data = database_bytes(EVOLVE)
    first, _, third = data_pages(data, E1)[:3]
    reasons = reasons_of_rows_lost_from_e1(replaced(data, third, page(data, first)), 55)
    assert reasons == ["data page 0 is here instead of 2"]


def test_swapped_data_pages_cost_no_row() -> None:
    """Up to ODS 11, table and sequence identify a data page in another position."""
    data = database_bytes(EVOLVE)
    first, second = data_pages(data, E1)[1:3]
    swapped = replaced(replaced(data, first, page(data, second)), second, page(data, first))
    assert reasons_of_rows_lost_from_e1(swapped, 0) == [
        f"data page 1 is at page {second}, not {first}",
        f"data page 2 is at page {first}, not {second}",
    ]


def test_a_data_page_in_the_position_of_another_page_costs_no_row() -> None:
    """From ODS 12 on, a page holds its own number."""
    name = "fb50/updates_and_deletions"
    data = database_bytes(name)
    (relation,) = {table for table in range(128, 140) if data_pages(data, table)}
    data_page_number = data_pages(data, relation)[2]
    index_page = pages_of_type(data, PageType.INDEX)[0]
    swapped = replaced(data, data_page_number, page(data, index_page))
    swapped = replaced(swapped, index_page, page(data, data_page_number))
    result = export_in_memory(swapped)
    assert result.rows == undamaged(name).rows
    assert f"data page 2 is at page {index_page}, not {data_page_number}" in result.reasons


@pytest.mark.parametrize("name", ["fb15/mvcc", "fb25/evolve", "fb50/updates_and_deletions"])
def test_records_with_zeroed_runs_are_not_read(name: str) -> None:
    """Otherwise zeros of a lost sector would be values of the last columns."""
    data = database_bytes(name)
    zeroed_end = bytearray(data)
    for page_number in pages_of_type(data, PageType.DATA):
        is_users = int.from_bytes(page(data, page_number)[20:22], "little") >= 128
        for slot, offset, length in slots(data, page_number) if is_users else ():
            if length >= 38 and slot % 2:
                start = page_number * PAGE_SIZE + offset
                zeroed_end[start + RUNS_AT : start + length] = bytes(length - RUNS_AT)
    result = export_in_memory(bytes(zeroed_end))
    assert any("ends with zeros" in reason for reason in result.reasons)
    for table, rows in result.rows.items():
        assert only_rows_missing(rows, undamaged(name).rows[table])


def test_a_random_body_costs_the_page() -> None:
    data = database_bytes(EVOLVE)
    page_number = data_pages(data, E1)[2]
    noise = bytes((7 * index * index + 13 * index) % 251 for index in range(4096 - 24))
    reasons = reasons_of_rows_lost_from_e1(
        replaced(data, page_number, page(data, page_number)[:24] + noise), 55
    )
    assert len(reasons) >= 55


def test_invalid_slots_cost_their_rows() -> None:
    data = database_bytes(EVOLVE)
    page_number = data_pages(data, E1)[2]
    content = bytearray(page(data, page_number))
    content[24:36] = pack("<6H", 4092, 65535, 60000, 100, 5, 3)  # offsets and lengths of 3 slots
    reasons = reasons_of_rows_lost_from_e1(replaced(data, page_number, bytes(content)), 3)
    assert reasons == [
        "65535 bytes at 4092 of the page",
        "100 bytes at 60000 of the page",
        "3 bytes at 5 of the page",
    ]


def test_more_slots_than_fit_cost_the_page() -> None:
    data = database_bytes(EVOLVE)
    page_number = data_pages(data, E1)[2]
    content = page(data, page_number)
    corrupted = replaced(data, page_number, content[:22] + b"\xff\xff" + content[24:])
    assert reasons_of_rows_lost_from_e1(corrupted, 55) == ["65535 slots where 239 fit"]


def test_strict_raises_damage_refused() -> None:
    data = database_bytes(EVOLVE)
    page_number = data_pages(data, E1)[2]
    with pytest.raises(
        DamageRefused, match=f"strict: E1: page {page_number}: a data page is expected"
    ):
        export_in_memory(zeroed(data, page_number), strict=True)
