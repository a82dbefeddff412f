"""A truncated file: the rows before the end are exported, the missing pages are reported."""

import re

import pytest

from gdb_export.export.strictness import DamageRefused
from gdb_export.firebird.core.errors import FirebirdError, UnreadableDatabase
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.hostile.undamaged import undamaged


def test_missing_pages_of_a_table() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    whole = undamaged("fb50/updates_and_deletions").rows["T"]
    result = export_in_memory(data[: 284 * 4096])
    assert result.rows["T"] == whole[: len(result.rows["T"])]
    assert 0 < len(result.rows["T"]) < len(whole)
    assert {page for _, page, _ in result.locations} >= {284}
    assert "lies beyond the end of the file" in result.reasons[0]


def test_the_warning_estimates_the_lost_rows() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    whole = len(undamaged("fb50/updates_and_deletions").rows["T"])
    result = export_in_memory(data[: 284 * 4096])
    (warning,) = [text for text in result.warnings if text.startswith("T: ")]
    estimate = re.search(
        r"the rows of \d+ pages? are or may be lost, up to about (\d+) rows; first", warning
    )
    assert estimate
    assert whole - len(result.rows["T"]) <= int(estimate[1]) < 2 * whole


def test_a_cut_inside_a_page_costs_this_page() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    cut_at_page_end = export_in_memory(data[: 284 * 4096])
    cut_inside = export_in_memory(data[: 284 * 4096 + 4095])
    assert cut_inside.rows == cut_at_page_end.rows
    assert any("4095 bytes into a page" in warning for warning in cut_inside.warnings)


def test_a_cut_through_the_catalogue_is_refused() -> None:
    data = database_bytes("fb15/evolve")
    with pytest.raises(UnreadableDatabase, match="cut off or damaged so far"):
        export_in_memory(data[: 95 * 4096])


def test_strict_raises_damage_refused() -> None:
    data = database_bytes("fb50/updates_and_deletions")
    with pytest.raises(DamageRefused, match="lies beyond the end of the file"):
        export_in_memory(data[: 284 * 4096], strict=True)


@pytest.mark.parametrize("name", ["fb15/evolve", "fb50/updates_and_deletions"])
def test_a_cut_anywhere_gives_rows_or_a_firebird_error(name: str) -> None:
    data = database_bytes(name)
    for length in [0, 1, 15, 16, 100, 1023, 1024, 4095, *range(4096, len(data), 23 * 4096 + 511)]:
        try:
            result = export_in_memory(data[:length])
        except FirebirdError:
            continue
        for table, rows in result.rows.items():
            assert len(rows) <= len(undamaged(name).rows[table])
