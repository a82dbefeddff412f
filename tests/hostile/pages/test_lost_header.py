"""A lost or foreign header page: its values are found on the other pages."""

import pytest

from gdb_export.firebird.core.errors import NotADatabase
from gdb_export.firebird.core.ods import transactions_per_page
from gdb_export.firebird.opening import open_database
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.memory_source import MemorySource
from tests.hostile.corruptions import PAGE_SIZE, zeroed
from tests.hostile.undamaged import undamaged

NAMES = [
    "fb15/evolve",
    "fb15/mvcc",
    "fb25/evolve",
    "fb50/changed_types",
    "fb50/updates_and_deletions",
]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_with_a_zeroed_header(name: str) -> None:
    data = zeroed(database_bytes(name), 0)
    result = export_in_memory(data)
    assert (result.rows, result.headers) == (undamaged(name).rows, undamaged(name).headers)
    (reason,) = result.reasons
    assert reason.startswith("the header page is lost or wrong (the file begins with zeros only")
    assert result.locations == [(None, 0, None)]


@pytest.mark.parametrize("name", NAMES)
def test_noise_in_the_first_bytes_costs_no_row(name: str) -> None:
    data = b"\xa7" * 512 + database_bytes(name)[512:]
    assert export_in_memory(data).rows == undamaged(name).rows


def test_the_header_of_another_version_is_ignored() -> None:
    """As if another database had begun to overwrite the file."""
    data = database_bytes("fb15/evolve")[:PAGE_SIZE] + database_bytes("fb25/evolve")[PAGE_SIZE:]
    result = export_in_memory(data)
    assert result.rows == undamaged("fb25/evolve").rows
    assert result.reasons[0].endswith("by its pages this is ODS 11.2")


def test_the_loss_of_the_first_four_pages_costs_no_row() -> None:
    """Among them are the page inventory and the first pages of RDB$PAGES."""
    result = export_in_memory(zeroed(database_bytes("fb50/changed_types"), *range(4)))
    assert result.rows == undamaged("fb50/changed_types").rows


@pytest.mark.parametrize("version", [(10, 1), (11, 0), (11, 1), (11, 2), (12, 2), (13, 1)], ids=str)
@pytest.mark.parametrize("size", [4096, 8192])
def test_the_version_is_derived_from_the_catalogue(version: tuple[int, int], size: int) -> None:
    builder = DatabaseBuilder(version, size)
    builder.table("T", [integer_row(1, 2)])
    result = export_in_memory(bytes(size) + builder.build()[size:])
    assert result.rows == {"T": ["1,2"]}
    assert result.reasons[0].endswith(f"by its pages this is ODS {version[0]}.{version[1]}")


def test_the_last_transaction_is_the_last_that_the_inventory_pages_can_hold() -> None:
    """With a smaller id the compiled implementation would hand records to the reference."""
    database = open_database(MemorySource(zeroed(database_bytes("fb15/mvcc"), 0)))
    assert database.records.transactions.last == transactions_per_page(PAGE_SIZE) - 1


def test_the_layout_of_amd64_is_distinguished_from_that_of_i386() -> None:
    builder = DatabaseBuilder((10, 1), PAGE_SIZE, is_amd64=True)
    builder.table("T", [integer_row(1, 2)])
    assert export_in_memory(bytes(PAGE_SIZE) + builder.build()[PAGE_SIZE:]).rows == {"T": ["1,2"]}


def test_pages_without_a_catalogue_are_refused() -> None:
    builder = DatabaseBuilder((11, 2), PAGE_SIZE)
    data = builder.build()
    with pytest.raises(NotADatabase, match="begins with zeros only"):
        export_in_memory(bytes(PAGE_SIZE) + data[PAGE_SIZE : 3 * PAGE_SIZE])
