"""A data page is lost: its rows are, and no others."""

import pytest

from gdb_export.export.export import DamageRefused
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.corruptions import data_pages, page, replaced, zeroed
from tests.hostile.undamaged import only_rows_missing, undamaged

EVOLVE = "fb15/evolve"
E1 = 128


def check_only_e1_lost(wounded: bytes, lost: int) -> list[str]:
    """All other tables are whole, E1 lacks `lost` rows; the reasons."""
    result, whole = export_in_memory(wounded), undamaged(EVOLVE)
    assert {k: v for k, v in result.rows.items() if k != "E1"} == {
        k: v for k, v in whole.rows.items() if k != "E1"
    }
    assert len(result.rows["E1"]) == len(whole.rows["E1"]) - lost
    assert only_rows_missing(result.rows["E1"], whole.rows["E1"])
    assert {table for table, _, _ in result.locations} == {"E1"}
    return result.reasons


def test_a_zeroed_data_page() -> None:
    data = database_bytes(EVOLVE)
    assert check_only_e1_lost(zeroed(data, data_pages(data, E1)[2]), 55) == [
        "a data page is expected here, found an unformatted page"
    ]


def test_a_data_page_of_another_type() -> None:
    data = database_bytes(EVOLVE)
    number = data_pages(data, E1)[2]
    wounded = replaced(data, number, b"\x07" + page(data, number)[1:])
    assert check_only_e1_lost(wounded, 55) == ["a data page is expected here, found type 7"]


def test_the_wrong_relation_on_a_data_page() -> None:
    data = database_bytes(EVOLVE)
    number = data_pages(data, E1)[2]
    other = page(data, number)
    wounded = replaced(data, number, other[:20] + b"\x82\0" + other[22:])
    assert check_only_e1_lost(wounded, 55) == ["a data page of table 130 is here"]


def test_a_repeated_data_page() -> None:
    """A page written twice counts once: the copy is not the page that belongs there."""
    data = database_bytes(EVOLVE)
    first, _, third = data_pages(data, E1)[:3]
    reasons = check_only_e1_lost(replaced(data, third, page(data, first)), 55)
    assert reasons == ["data page 0 is here instead of 2"]


def test_swapped_data_pages() -> None:
    data = database_bytes(EVOLVE)
    one, other = data_pages(data, E1)[1:3]
    swapped = replaced(replaced(data, one, page(data, other)), other, page(data, one))
    reasons = check_only_e1_lost(swapped, 105)
    assert reasons == ["data page 2 is here instead of 1", "data page 1 is here instead of 2"]


def test_a_random_body_costs_the_page() -> None:
    data = database_bytes(EVOLVE)
    number = data_pages(data, E1)[2]
    noise = bytes((7 * at * at + 13 * at) % 251 for at in range(4096 - 24))
    reasons = check_only_e1_lost(replaced(data, number, page(data, number)[:24] + noise), 55)
    assert len(reasons) >= 55


def test_impossible_slots_cost_their_rows() -> None:
    data = database_bytes(EVOLVE)
    number = data_pages(data, E1)[2]
    own = bytearray(page(data, number))
    own[24:36] = b"\xfc\x0f\xff\xff" + b"\x60\xea\x64\0" + b"\x05\0\x03\0"
    reasons = check_only_e1_lost(replaced(data, number, bytes(own)), 3)
    assert reasons == [
        "65535 bytes at 4092 of the page",
        "100 bytes at 60000 of the page",
        "3 bytes at 5 of the page",
    ]


def test_more_slots_than_fit_cost_the_page() -> None:
    data = database_bytes(EVOLVE)
    number = data_pages(data, E1)[2]
    own = page(data, number)
    wounded = replaced(data, number, own[:22] + b"\xff\xff" + own[24:])
    assert check_only_e1_lost(wounded, 55) == ["65535 slots where 239 fit"]


def test_strict_makes_it_a_failure() -> None:
    data = database_bytes(EVOLVE)
    number = data_pages(data, E1)[2]
    with pytest.raises(DamageRefused, match=f"strict: E1: page {number}: a data page is expected"):
        export_in_memory(zeroed(data, number), strict=True)
