"""A lost data page costs its rows and no others."""

from struct import pack

import pytest

from gdb_export.export.strictness import DamageRefused
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import data_pages, page, replaced, zeroed
from tests.hostile.undamaged import only_rows_missing, undamaged

EVOLVE = "fb15/evolve"
E1 = 128  # number of the table


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


def test_swapped_data_pages() -> None:
    data = database_bytes(EVOLVE)
    first, second = data_pages(data, E1)[1:3]
    swapped = replaced(replaced(data, first, page(data, second)), second, page(data, first))
    reasons = reasons_of_rows_lost_from_e1(swapped, 105)
    assert reasons == ["data page 2 is here instead of 1", "data page 1 is here instead of 2"]


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
