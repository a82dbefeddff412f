"""Whatever goes wrong inside the reader, only its own errors come out of it: at every entry that
the exporter uses, of databases and of backups."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest

from gdb_export.firebird import database as databases
from gdb_export.firebird import row_values
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.gbak import backup as backups
from gdb_export.firebird.gbak import row_reader
from gdb_export.firebird.gbak.backup import FORMAT_NUMBER, Backup
from gdb_export.firebird.gbak.backup_row_batch import no_row_batch
from gdb_export.firebird.gbak.stream import Stream
from gdb_export.firebird.records import records
from gdb_export.firebird.row_values import RowValues
from gdb_export.firebird.table_pages import page_directory
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.gbak.backup_builder import backup, blob, field, relation, row, rows
from tests.firebird.memory_source import MemorySource

ERRORS = [ValueError("bad"), MemoryError(), RecursionError("too deep"), KeyError("gone")]
BLOB = 261
WHOLE = (0, 1 << 20)


def database_source() -> MemorySource:
    made = DatabaseBuilder()
    made.table("T", [integer_row(1, 2)])
    return made.source()


@cache
def backup_source() -> MemorySource:
    content = row(bytes(8) + bytes(4)) + blob(0, [b"text"])
    return MemorySource(backup(relation("T", [field("B", BLOB, 8, 0)]), rows("T", [content])))


def opened() -> tuple[Database, Table]:
    database = Database(database_source())
    return database, database.tables[0]


def opened_backup() -> tuple[Backup, Table]:
    found = Backup(backup_source())
    found.index()
    return found, found.tables[0]


def only_span(found: Backup) -> tuple[int, int]:
    return found.index().tables["T"].ranges[0]


def data_page(database: Database, table: Table) -> Any:
    number = database.data_pages(table, DamageLog())[0]
    return database.data_page(table.relation, 0, number, database.pages.page(number))


def item(database: Database, table: Table) -> bytes:
    found = data_page(database, table).item(0)
    assert isinstance(found, bytes)
    return found


def values(contents: Any, table: Table) -> RowValues:
    return RowValues(contents, table, TextDecoder(53), lambda column, count: None)


def reader(contents: Any, table: Table) -> Any:
    values_of = values(contents, table)
    return lambda: values_of.reader(table.columns[0], 1, contents.format(table, 1))


Entry = Callable[[Any, Table], Callable[[], Any]]

DATABASE_ENTRIES: dict[str, tuple[Any, str, Entry]] = {
    "open": (databases, "open_pages", lambda d, t: lambda: Database(database_source())),
    "data_pages": (
        page_directory.PageDirectory,
        "data_pages",
        lambda d, t: lambda: Database.data_pages(d, t, DamageLog()),
    ),
    "data_page": (
        databases,
        "DataPage",
        lambda d, t: lambda: d.data_page(t.relation, 0, 9, bytes(d.page_size)),
    ),
    "format": (Database, "_format_of_blob", lambda d, t: lambda: d.format(t, 1)),
    "image": (
        databases,
        "checked_image",
        lambda d, t: partial(d.image, t, d.records.visible(item(d, t))),
    ),
    "images": (databases, "Records", lambda d, t: lambda: list(d.images(t))),
    "blob": (
        databases,
        "blob_item",
        lambda d, t: lambda: d.blob(t.relation.to_bytes(4, "little") + b"\1\0\0\0"),
    ),
    "default_charset": (Database, "_derived_rows", lambda d, t: lambda: d.default_charset),
    "visible": (
        records,
        "parse_record_header",
        lambda d, t: partial(d.records.visible, item(d, t)),
    ),
    "values": (row_values, "TableExpressions", lambda d, t: lambda: values(d, t)),
    "reader": (row_values, "value_reader", reader),
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
    "row_reader": (backups, "Window", lambda b, t: lambda: b.row_reader(t, WHOLE)),
    "next_rows": (Stream, "buffered", lambda b, t: lambda: b.row_reader(t, WHOLE).next_rows(1)),
    "format": (Backup, "_layout", lambda b, t: lambda: b.format(t, FORMAT_NUMBER)),
    "blob": (backups, "Stream", lambda b, t: lambda: b.blob(b"\1\0\0\0\0\0\0\0")),
    "values": (row_values, "TableExpressions", lambda b, t: lambda: values(b, t)),
    "reader": (row_values, "value_reader", reader),
}


def assert_damage(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: Exception, call: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(where, name, fail)
    with pytest.raises(Damage, match=f"unexpected error .{type(error).__name__}"):
        call()


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("entry", DATABASE_ENTRIES)
def test_nothing_but_damage_comes_out_of_a_database(
    entry: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, prepare = DATABASE_ENTRIES[entry]
    assert_damage(monkeypatch, where, name, error, prepare(*opened()))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("entry", BACKUP_ENTRIES)
def test_nothing_but_damage_comes_out_of_a_backup(
    entry: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, prepare = BACKUP_ENTRIES[entry]
    assert_damage(monkeypatch, where, name, error, prepare(*opened_backup()))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_row_of_a_backup_that_fails_costs_only_itself(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Backup(backup_source(), make_batch=no_row_batch)
    table = found.tables[0]
    span = only_span(found)

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(row_reader.RowLayout, "image", fail, raising=False)
    rows = found.row_reader(table, span)
    (offset,), damage = rows.next_rows(1)
    assert offset == span[0]
    assert isinstance(damage, Damage)
    assert rows.next_rows(1) is None


def test_every_public_entry_is_tried() -> None:
    def public(kind: type) -> set[str]:
        given = {name for name, one in vars(kind).items() if callable(one)}
        return {name for name in given if not name.startswith("_")}

    assert public(Database) <= DATABASE_ENTRIES.keys()
    assert public(Backup) <= BACKUP_ENTRIES.keys()
