"""Public entries of the reader raise only the reader's own errors, for databases and backups.

Each entry is tried with unexpected exceptions from a function or method that it calls.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest

from gdb_export.firebird import database as databases
from gdb_export.firebird import database_pages, row_values, stored_values
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.gbak import backup as backups
from gdb_export.firebird.gbak import row_reader
from gdb_export.firebird.gbak.backup import FORMAT_NUMBER, Backup
from gdb_export.firebird.gbak.backup_row_batch import no_row_batch
from gdb_export.firebird.records import records
from gdb_export.firebird.row_values import RowValues
from gdb_export.firebird.table_pages import page_directory
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.gbak.backup_builder import backup, blob, field, relation, row, rows
from tests.firebird.memory_source import MemorySource

ERRORS = [ValueError("bad"), MemoryError(), RecursionError("too deep"), KeyError("gone")]
BLOB = 261
BLOB_ID = b"\2\0\0\0\1\0\0\0"  # of RDB$FIELDS
WHOLE = (0, 1 << 20)


def database_source() -> MemorySource:
    builder = DatabaseBuilder()
    builder.table("T", [integer_row(1, 2)])
    return builder.source()


@cache
def backup_source() -> MemorySource:
    content = row(bytes(8) + bytes(4)) + blob(0, [b"text"])
    return MemorySource(backup(relation("T", [field("B", BLOB, 8, 0)]), rows("T", [content])))


def opened_database() -> tuple[Database, Table]:
    database = Database(database_source())
    return database, database.tables[0]


def opened_backup() -> tuple[Backup, Table]:
    reader = Backup(backup_source())
    reader.index()
    return reader, reader.tables[0]


class EmptyBatch:
    """Takes the place of the compiled batch, which PURE_PYTHON=1 leaves out."""

    def images(self, *_: object) -> tuple[list[int], bytes, int]:
        return [], b"", 0


def rows_with_batch(table: Table) -> row_reader.RowReader:
    reader = Backup(backup_source(), make_batch=lambda *_: EmptyBatch())  # type: ignore[arg-type, return-value]
    return reader.row_reader(table, WHOLE)


def data_page(database: Database, table: Table) -> Any:
    page_number = database.data_pages(table, DamageLog())[0]
    return database.data_page(table.relation, 0, page_number, database.pages.page(page_number))


def item(database: Database, table: Table) -> bytes:
    content = data_page(database, table).item(0)
    assert isinstance(content, bytes)
    return content


def values(database: Any, table: Table) -> RowValues:
    return RowValues(database, table, TextDecoder(53), lambda column, count: None)


def value_of_column(database: Any, table: Table) -> Any:
    row_values = values(database, table)
    return lambda: row_values.reader(table.columns[0], 1, database.format(table, 1))


# Makes the call of an entry from the database or backup and its table
Entry = Callable[[Any, Table], Callable[[], Any]]

# For each entry: owner and name of a function that is made to fail, and the call of the entry
DATABASE_ENTRIES: dict[str, tuple[Any, str, Entry]] = {
    "open": (database_pages, "open_pages", lambda d, t: lambda: Database(database_source())),
    "data_pages": (
        page_directory.PageDirectory,
        "data_pages",
        lambda d, t: lambda: Database.data_pages(d, t, DamageLog()),
    ),
    "data_page": (
        database_pages,
        "DataPage",
        lambda d, t: lambda: d.data_page(t.relation, 0, 9, bytes(d.page_size)),
    ),
    "relation_pages": (
        page_directory.PageDirectory,
        "data_pages",
        lambda d, t: lambda: Database.relation_pages(d, t.relation),
    ),
    "index_root_pages": (Database, "_system_rows", lambda d, t: d.index_root_pages),
    "format": (Database, "_format_of_blob", lambda d, t: lambda: d.format(t, 1)),
    "image": (
        databases,
        "checked_image",
        lambda d, t: partial(d.image, t, d.records.visible(item(d, t))),
    ),
    "images": (database_pages, "Records", lambda d, t: lambda: list(d.images(t))),
    "blob": (
        database_pages,
        "blob_item",
        lambda d, t: lambda: d.blob(t.relation.to_bytes(4, "little") + b"\1\0\0\0"),
    ),
    "open_blob": (
        database_pages,
        "blob_item",
        lambda d, t: lambda: d.open_blob(t.relation.to_bytes(4, "little") + b"\1\0\0\0"),
    ),
    "definition_rows": (
        databases.Database,
        "_system_rows",
        lambda d, t: lambda: list(d.definition_rows("RELATIONS", frozenset(), DamageLog())),
    ),
    "definition_blob": (
        Database,
        "_slot_divisors",
        lambda d, t: lambda: d.definition_blob(BLOB_ID),
    ),
    "sequence_value": (Database, "_system_rows", lambda d, t: lambda: d.sequence_value(0)),
    "default_charset": (Database, "_derived_rows", lambda d, t: lambda: d.default_charset),
    "sequences": (Database, "_derived_rows", lambda d, t: lambda: d.sequences),
    "visible": (
        records,
        "parse_record_header",
        lambda d, t: partial(d.records.visible, item(d, t)),
    ),
    "values": (row_values, "TableExpressions", lambda d, t: lambda: values(d, t)),
    "reader": (stored_values, "value_reader", value_of_column),
}

BACKUP_ENTRIES: dict[str, tuple[Any, str, Entry]] = {
    "open": (backups, "read_header", lambda b, t: lambda: Backup(backup_source())),
    "open its tables": (
        backups.Metadata,
        "add",
        lambda b, t: lambda: Backup(backup_source()),
    ),
    "index": (backups, "RowIndex", lambda b, t: lambda: Backup(backup_source()).index()),
    "will_read": (MemorySource, "will_read", lambda b, t: lambda: b.will_read([WHOLE])),
    "images": (backups, "Window", lambda b, t: lambda: list(b.images(t))),
    "sequences": (backups, "RowIndex", lambda b, t: lambda: Backup(backup_source()).sequences),
    "row_reader": (backups, "Window", lambda b, t: lambda: b.row_reader(t, WHOLE)),
    "next_rows": (EmptyBatch, "images", lambda b, t: partial(rows_with_batch(t).next_rows, 1)),
    "format": (Backup, "_layout", lambda b, t: lambda: b.format(t, FORMAT_NUMBER)),
    "blob": (backups, "Stream", lambda b, t: lambda: b.blob(b"\1\0\0\0\0\0\0\0")),
    "open_blob": (backups, "Stream", lambda b, t: lambda: b.open_blob(b"\1\0\0\0\0\0\0\0")),
    "values": (row_values, "TableExpressions", lambda b, t: lambda: values(b, t)),
    "reader": (stored_values, "value_reader", value_of_column),
}

# Properties that only read attributes: they call nothing that may fail
PLAIN_DATABASE_PROPERTIES = {
    "blob_divisor",
    "record_divisor",
    "dialect",
    "format_label",
    "has_wide_arrays",
    "ods",
    "page_count",
    "page_size",
}
PLAIN_BACKUP_PROPERTIES = {
    "default_charset",
    "dialect",
    "format_label",
    "ods",
    "page_count",
    "page_size",
}


def assert_damage(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: Exception, call: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(Damage, match=f"unexpected error .{type(error).__name__}"):
        call()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("entry", DATABASE_ENTRIES)
def test_an_entry_of_a_database_raises_damage(
    entry: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, prepare = DATABASE_ENTRIES[entry]
    assert_damage(monkeypatch, owner, name, error, prepare(*opened_database()))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("entry", BACKUP_ENTRIES)
def test_an_entry_of_a_backup_raises_damage(
    entry: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, prepare = BACKUP_ENTRIES[entry]
    assert_damage(monkeypatch, owner, name, error, prepare(*opened_backup()))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_row_of_a_backup_that_fails_costs_only_itself(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Backup(backup_source(), make_batch=no_row_batch)
    table = reader.tables[0]
    byte_range = reader.index().tables["T"].ranges[0]

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(row_reader.RowLayout, "image", fail, raising=False)
    rows = reader.row_reader(table, byte_range)
    (offset,), damage = rows.next_rows(1)
    assert offset == byte_range[0]
    assert isinstance(damage, Damage)
    assert rows.next_rows(1) is None


@pytest.mark.parametrize("name", sorted(PLAIN_DATABASE_PROPERTIES))
def test_a_plain_property_of_a_database_reads_nothing(name: str) -> None:
    source = database_source()
    database = Database(source)
    reads = source.reads
    assert getattr(database, name) is not None
    assert source.reads == reads


@pytest.mark.parametrize("name", sorted(PLAIN_BACKUP_PROPERTIES))
def test_a_plain_property_of_a_backup_reads_nothing(name: str) -> None:
    source = backup_source()
    reader = Backup(source)
    reads = source.reads
    assert getattr(reader, name) is not None
    assert source.reads == reads


def public(kind: type) -> set[str]:
    """Names of the public methods and properties of a class and its bases."""
    return {
        name
        for parent in kind.__mro__
        for name, member in vars(parent).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }


def test_every_public_entry_is_tried() -> None:
    """Some entries, such as `open` and `values`, are not members of these classes."""
    assert public(Database) <= DATABASE_ENTRIES.keys() | PLAIN_DATABASE_PROPERTIES
    assert public(Backup) <= BACKUP_ENTRIES.keys() | PLAIN_BACKUP_PROPERTIES | {
        "definition_blob",
        "definition_rows",
        "row_bytes",
        "sequence_value",
    }
    assert public(row_reader.RowReader) <= BACKUP_ENTRIES.keys()
    assert public(RowValues) <= DATABASE_ENTRIES.keys() & BACKUP_ENTRIES.keys()
    assert not PLAIN_DATABASE_PROPERTIES - public(Database)
    assert not PLAIN_BACKUP_PROPERTIES - public(Backup)
