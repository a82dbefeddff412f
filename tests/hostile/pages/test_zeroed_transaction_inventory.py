"""A lost transaction inventory page is reported; its transactions count as committed."""

from struct import pack

from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, TableBuilder, integer_row, record
from tests.hostile.corruptions import page, patched, replaced, zeroed
from tests.hostile.undamaged import only_rows_missing, undamaged

LOST = "transactions 0 to 16303 are treated as committed"


def test_no_row_is_lost_without_open_transactions() -> None:
    for name, inventory in (("fb15/evolve", 145), ("fb50/updates_and_deletions", 275)):
        result = export_in_memory(zeroed(database_bytes(name), inventory))
        assert result.rows == undamaged(name).rows
        assert result.locations == [(None, inventory, None)]
        assert result.reasons[0].endswith(LOST)


def test_uncommitted_rows_are_exported_too() -> None:
    result, whole = (
        export_in_memory(zeroed(database_bytes("fb15/mvcc"), 145)),
        undamaged("fb15/mvcc"),
    )
    assert only_rows_missing(whole.rows["M_ACTIVE"], result.rows["M_ACTIVE"])
    assert len(result.rows["M_ACTIVE"]) == 1200
    assert result.rows["M_UPD"] == whole.rows["M_UPD"]


def test_a_data_page_instead_of_the_inventory_page() -> None:
    data = database_bytes("fb15/evolve")
    result = export_in_memory(replaced(data, 145, page(data, 151)))
    assert result.rows == undamaged("fb15/evolve").rows
    assert result.reasons == [
        f"a transaction inventory page is expected here, found data page; {LOST}"
    ]


def test_an_oldest_interesting_transaction_beyond_the_last_one() -> None:
    """The states of transactions are then read from the inventory alone."""
    data = database_bytes("fb15/mvcc")
    result = export_in_memory(patched(data, 0, 28, b"\xff\xff\xff\xff"))
    assert result.rows == undamaged("fb15/mvcc").rows
    assert result.locations == [(None, 0, None)]


def test_a_next_transaction_that_is_too_small() -> None:
    data = database_bytes("fb15/mvcc")
    result = export_in_memory(patched(patched(data, 0, 28, pack("<I", 1)), 0, 36, pack("<I", 1)))
    assert result.rows == undamaged("fb15/mvcc").rows
    assert result.damage["count"] == 0


def test_a_transaction_that_never_began_costs_its_row() -> None:
    builder = DatabaseBuilder((10, 1), 4096)
    builder.tables.append(
        TableBuilder(
            "T", 128, pages=[[record(integer_row(1, 1), 1), record(integer_row(2, 2), 0xEEEEEEEE)]]
        )
    )
    result = export_in_memory(builder.source())
    assert result.rows == {"T": ["1,1"]}
    assert result.reasons == ["the record names transaction 4008636142, which never began"]
