"""A file that ends too early: what lies beyond is named, what lies before comes out."""

import pytest

from gdb_export.export.export import DamageRefused
from gdb_export.firebird.core.errors import FirebirdError, UnreadableDatabase
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.undamaged import undamaged


def test_pages_of_a_table_are_cut_off() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    whole = undamaged("fb50/updates_and_deletions").rows["T"]
    pages = 284
    result = export_in_memory(data[: pages * 4096])
    assert result.rows["T"] == whole[: len(result.rows["T"])]
    assert 0 < len(result.rows["T"]) < len(whole)
    assert {page for _, page, _ in result.locations} >= {284}
    assert "lies beyond the end of the file" in result.reasons[0]


def test_a_cut_inside_a_page_costs_this_page() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    at_border = export_in_memory(data[: 284 * 4096])
    inside = export_in_memory(data[: 284 * 4096 + 4095])
    assert inside.rows == at_border.rows
    assert any("4095 bytes into a page" in one for one in inside.warnings)


def test_a_cut_through_the_catalogue_is_refused_in_words() -> None:
    data = database_bytes("fb15/evolve")
    with pytest.raises(UnreadableDatabase, match="cut off or damaged so far"):
        export_in_memory(data[: 95 * 4096])


def test_strict_makes_it_a_failure() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    with pytest.raises(DamageRefused, match="lies beyond the end of the file"):
        export_in_memory(data[: 284 * 4096], strict=True)


@pytest.mark.parametrize("name", ["fb15/evolve", "fb50/updates_and_deletions"])
def test_a_cut_anywhere_gives_rows_or_one_of_our_errors(name: str) -> None:
    data = database_bytes(name)
    for length in [0, 1, 15, 16, 100, 1023, 1024, 4095, *range(4096, len(data), 23 * 4096 + 511)]:
        try:
            result = export_in_memory(data[:length])
        except FirebirdError:
            continue
        for table, own in result.rows.items():
            assert len(own) <= len(undamaged(name).rows[table])
