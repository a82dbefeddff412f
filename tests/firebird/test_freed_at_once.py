"""A database or backup holds no reference cycle: it is freed with its last reference.

An export raises the thresholds of the garbage collector, which would leave cycles in memory.
"""

import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.database import Database
from gdb_export.firebird.gbak.backup import Backup
from gdb_export.firebird.opening import open_database
from gdb_export.firebird.row_values import RowValues
from gdb_export.firebird.values.text import TextDecoder
from tests.data.databases import backup_bytes, database_bytes
from tests.firebird.gbak.backup_builder import backup, field, relation, row, rows
from tests.firebird.memory_source import MemorySource

WIN1252 = 53
VARCHAR = 37


@pytest.fixture(autouse=True)
def _without_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def read_all(database: DatabaseReader) -> int:
    """Read every column of every row; return the number of rows."""
    assert database.default_charset
    count = 0
    for table in database.tables:
        values = RowValues(database, table, TextDecoder(WIN1252), lambda column, replaced: None)
        with suppress(FirebirdError):
            database.format(table, table.format)
        with suppress(FirebirdError):
            for format_number, layout, image in database.images(table):
                for column in table.columns:
                    with suppress(FirebirdError):
                        values.reader(column, format_number, layout)(image)
                count += 1
    return count


@pytest.mark.parametrize(
    "name", ["fb15/types", "fb15/evolve", "fb50/blobs", "fb50/computed_columns"]
)
def test_a_database_is_freed(name: str) -> None:
    database = Database(MemorySource(database_bytes(name)))
    reference = weakref.ref(database)
    assert read_all(database) > 0
    del database
    assert reference() is None


def test_a_database_with_a_lost_header_is_freed() -> None:
    data = database_bytes("fb15/evolve")
    database = open_database(MemorySource(bytes(1024) + data[1024:]))
    reference = weakref.ref(database)
    assert database.damage.count
    assert read_all(database) > 0
    del database
    assert reference() is None


def test_the_pages_of_a_database_are_freed() -> None:
    database = Database(MemorySource(database_bytes("fb50/blobs")))
    reference = weakref.ref(database.pages)
    assert read_all(database) > 0
    del database
    assert reference() is None


@pytest.mark.parametrize("name", ["fb15/types", "fb15/evolve"])
def test_a_backup_is_freed(name: str) -> None:
    reader = Backup(MemorySource(backup_bytes(name)))
    reference = weakref.ref(reader)
    assert read_all(reader) > 0
    del reader
    assert reference() is None


def test_a_backup_with_a_table_that_can_not_be_read_is_freed() -> None:
    unreadable = relation("BAD", [field("A", 99, 0, 0)])
    readable = relation("GOOD", [field("N", 8, 4, 0)])
    data = backup(unreadable, readable, rows("BAD", [row(bytes(8))]), rows("GOOD", [row(bytes(8))]))
    reader = Backup(MemorySource(data))
    reference = weakref.ref(reader)
    (bad,) = (table for table in reader.tables if table.name == "BAD")
    for _ in range(2):
        with pytest.raises(FirebirdError):
            reader.format(bad, 1)
    assert read_all(reader) == 1
    del reader
    assert reference() is None
