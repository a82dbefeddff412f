"""The header page is lost, or that of another database: the other pages tell what it said."""

import pytest

from gdb_export.firebird.core.errors import NotADatabase
from gdb_export.firebird.core.ods import transactions_per_page
from gdb_export.firebird.lost_header import open_database
from tests.data.databases import database_bytes
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.memory_source import MemorySource
from tests.hostile.corruptions import SIZE, zeroed
from tests.hostile.undamaged import undamaged

NAMES = [
    "fb15/evolve",
    "fb15/mvcc",
    "fb25/evolve",
    "fb50/changed_types",
    "fb50/updates_and_deletions",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_zeroed_header_costs_nothing(name: str) -> None:
    data = zeroed(database_bytes(name), 0)
    result = export_in_memory(data)
    assert (result.rows, result.headers) == (undamaged(name).rows, undamaged(name).headers)
    (reason,) = result.reasons
    assert reason.startswith("the header page is lost or wrong (the file begins with zeros only")
    assert result.locations == [(None, 0, None)]


@pytest.mark.parametrize("name", NAMES)
def test_the_first_bytes_are_noise(name: str) -> None:
    data = b"\xa7" * 512 + database_bytes(name)[512:]
    assert export_in_memory(data).rows == undamaged(name).rows


def test_the_header_is_that_of_another_version() -> None:
    """As in a file over whose first page another database was begun."""
    data = database_bytes("fb15/evolve")[:SIZE] + database_bytes("fb25/evolve")[SIZE:]
    result = export_in_memory(data)
    assert result.rows == undamaged("fb25/evolve").rows
    assert result.reasons[0].endswith("by its pages this is ODS 11.2")


def test_the_first_pages_are_lost_with_it() -> None:
    """The page inventory, and where RDB$PAGES begins."""
    result = export_in_memory(zeroed(database_bytes("fb50/changed_types"), *range(4)))
    assert result.rows == undamaged("fb50/changed_types").rows


@pytest.mark.parametrize("version", [(10, 1), (11, 0), (11, 1), (11, 2), (12, 2), (13, 1)], ids=str)
@pytest.mark.parametrize("size", [4096, 8192])
def test_the_version_is_told_by_the_catalogue(version: tuple[int, int], size: int) -> None:
    made = DatabaseBuilder(version, size)
    made.table("T", [integer_row(1, 2)])
    result = export_in_memory(bytes(size) + made.build()[size:])
    assert result.rows == {"T": ["1,2"]}
    assert result.reasons[0].endswith(f"by its pages this is ODS {version[0]}.{version[1]}")


def test_all_transactions_of_the_inventory_pages_may_be_met() -> None:
    """Else the compiled twin would leave each record to the plain one."""
    database = open_database(MemorySource(zeroed(database_bytes("fb15/mvcc"), 0)))
    assert database.records.transactions.last == transactions_per_page(SIZE) - 1


def test_a_layout_of_amd64_is_told_from_that_of_i386() -> None:
    made = DatabaseBuilder((10, 1), SIZE, is_amd64=True)
    made.table("T", [integer_row(1, 2)])
    assert export_in_memory(bytes(SIZE) + made.build()[SIZE:]).rows == {"T": ["1,2"]}


def test_pages_without_a_catalogue_are_no_database() -> None:
    made = DatabaseBuilder((11, 2), SIZE)
    data = made.build()
    with pytest.raises(NotADatabase, match="begins with zeros only"):
        export_in_memory(bytes(SIZE) + data[SIZE : 3 * SIZE])
