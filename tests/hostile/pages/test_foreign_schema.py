"""Definitions that a database has lost are taken from another copy of it."""

import json
import random
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from struct import unpack_from

import pytest

import gdb_export
from gdb_export.chunks.opening import open_chunks
from gdb_export.cli.command_line import main
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import FirebirdError, UnreadableDatabase
from gdb_export.firebird.core.ods import Dtype, PageType
from gdb_export.firebird.opening import open_database
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.options import BadOption
from tests.data.databases import database_bytes
from tests.export.golden import exported_tables
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.memory_source import MemorySource
from tests.hostile.corruptions import PAGE_SIZE, page, pages_of_type, without_item, zeroed
from tests.hostile.undamaged import undamaged

NAMES = [
    "fb15/evolve",
    "fb15/mvcc",
    "fb20/types",
    "fb25/evolve",
    "fb50/changed_types",
    "fb50/updates_and_deletions",
]


def without_catalogue(data: bytes) -> bytes:
    """The database without header page and pages of system tables, as if its start were lost."""
    lost_pages = [0]
    for page_type, relation_offset in ((PageType.POINTER, 26), (PageType.DATA, 20)):
        for number in pages_of_type(data, page_type):
            (relation,) = unpack_from("<H", page(data, number), relation_offset)
            if relation < ods.SYSTEM_RELATIONS:
                lost_pages.append(number)
    return zeroed(data, *lost_pages)


def read_with(data: bytes, copy: bytes) -> ExportedTables:
    """Export the database with the definitions of a copy, SISTER.GDB."""
    schema = MemorySource(copy, "SISTER.GDB")
    return export_in_memory(data, opener=partial(open_chunks, schema=schema))


THREE_COLUMNS = [
    (name, Descriptor(Dtype.LONG, length=4, offset=4 + 4 * index))
    for index, name in enumerate("ABC")
]


def database(*rows: bytes) -> DatabaseBuilder:
    """A database with the table T of these rows, and an empty table U."""
    builder = DatabaseBuilder((13, 1), PAGE_SIZE)
    builder.table("T", rows)
    builder.table("U", [])
    return builder


@pytest.mark.parametrize("name", NAMES)
def test_all_rows_are_read_with_the_catalogue_of_a_copy(name: str) -> None:
    data = database_bytes(name)
    result = read_with(without_catalogue(data), data)
    assert (result.rows, result.headers) == (undamaged(name).rows, undamaged(name).headers)
    assert any("read with the definitions of SISTER.GDB" in text for text in result.warnings)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_copy_the_message_names_the_pages_that_are_left(name: str) -> None:
    with pytest.raises(UnreadableDatabase) as raised:
        open_database(MemorySource(without_catalogue(database_bytes(name))))
    message = str(raised.value)
    assert message.startswith("the header page and the catalogue are lost: ")
    assert " data page" in message
    assert "--schema-from COPY.GDB" in message


def test_the_version_is_named_by_what_is_left_of_system_tables() -> None:
    """Only the pages of RDB$FIELDS are left: their names have 31 or 252 bytes."""
    for version in ((10, 1), (11, 2), (12, 2), (13, 1)):
        builder = DatabaseBuilder(version, PAGE_SIZE)
        builder.table("T", [integer_row(1, 2)])
        data = builder.build()
        lost = [
            number
            for number in pages_of_type(data, PageType.DATA)
            if page(data, number)[20] in (ods.RELATION_RELATIONS, ods.RELATION_RELATION_FIELDS)
        ]
        with pytest.raises(UnreadableDatabase, match=f"ODS {version[0]}"):
            open_database(MemorySource(zeroed(data, 0, *lost)))


def test_a_copy_with_other_columns_is_refused() -> None:
    data = without_catalogue(database(integer_row(1, 2), integer_row(3, 4)).build())
    copy = DatabaseBuilder((13, 1), PAGE_SIZE)
    copy.table("T", [], THREE_COLUMNS)
    with pytest.raises(UnreadableDatabase, match=r"SISTER.GDB, or its records do not fit"):
        read_with(data, copy.build())


def test_a_copy_that_is_no_database_is_named() -> None:
    with pytest.raises(UnreadableDatabase, match=r"SISTER.GDB gives no definitions: .* a ZIP file"):
        read_with(database().build(), b"PK\x03\x04" + bytes(range(256)) * 9)


def test_texts_longer_than_their_field_show_that_a_copy_does_not_fit() -> None:
    integers = database(integer_row(70000, 2), integer_row(70001, 2)).build()
    builder = DatabaseBuilder((13, 1), PAGE_SIZE)
    builder.table("T", [], [("A", Descriptor(Dtype.VARYING, length=8, offset=4))])
    with pytest.raises(UnreadableDatabase, match="do not fit"):
        read_with(without_catalogue(integers), builder.build())


def test_zeros_that_the_engine_adds_to_short_records_fit_a_copy() -> None:
    """Firebird 5 stores the 8 bytes of a row of one INTEGER as 9 bytes."""
    column = ("A", Descriptor(Dtype.LONG, length=4, offset=4))
    builder = DatabaseBuilder((13, 1), PAGE_SIZE)
    builder.table("T", [integer_row(7) + b"\0", integer_row(8) + b"\0"], [column])
    data = builder.build()
    assert read_with(without_catalogue(data), data).rows == {"T": ["7", "8"]}


def test_a_record_of_a_format_that_the_copy_lacks_is_damage() -> None:
    builder = database(*(integer_row(value, value) for value in range(5)))
    items = builder.tables[0].pages[0]
    items[2] = items[2][:12] + b"\x07" + items[2][13:]  # its format number
    result = read_with(without_catalogue(builder.build()), database().build())
    assert result.rows["T"] == ["0,0", "1,1", "3,3", "4,4"]
    assert "its format 7 does not exist" in result.reasons


def test_tables_without_a_page_here_are_named() -> None:
    data = without_catalogue(database(integer_row(1, 2)).build())
    copy = database()
    copy.table("NEW", [integer_row(1, 2)])
    result = read_with(data, copy.build())
    assert "NEW" not in result.rows
    assert (
        "1 table is in SISTER.GDB, but left out, because no page here belongs to them: NEW"
        in result.warnings
    )


def test_an_undamaged_catalogue_stays() -> None:
    data = database(integer_row(1, 2)).build()
    copy = data.replace(b"T".ljust(252), b"X".ljust(252))
    assert read_with(data, copy).rows == {"T": ["1,2"], "U": []}
    assert read_with(data, copy).warnings == ()


def test_a_lost_row_of_the_catalogue_is_taken_from_the_copy() -> None:
    data = database(integer_row(1, 2)).build()
    damaged = without_item(data, ods.RELATION_RELATION_FIELDS, b"B ")
    assert export_in_memory(damaged).headers["T"] == "A,FIELD_1"
    result = read_with(damaged, data)
    assert result.headers["T"] == "A,B"
    assert result.rows["T"] == ["1,2"]


def test_the_manifest_marks_the_rows_of_each_table(tmp_path: Path) -> None:
    data = database_bytes("fb15/evolve")
    (tmp_path / "LOST.GDB").write_bytes(without_catalogue(data))
    (tmp_path / "SISTER.GDB").write_bytes(data)
    source, copy = str(tmp_path / "LOST.GDB"), str(tmp_path / "SISTER.GDB")
    assert main(["export", source, "--schema-from", copy]) == 0
    with zipfile.ZipFile(tmp_path / "LOST.zip") as archive:
        manifest = json.loads(archive.read("datapackage.json"))
    for resource in manifest["resources"]:
        expected = {"file": "SISTER.GDB", "rows": resource["rows"]}
        assert resource["x-schema-from"] == expected
    assert main(["inspect", source, "--schema-from", copy]) == 0
    with gdb_export.open(source, schema_from=copy) as db:
        db.export(tmp_path / "library.zip")
    assert exported_tables(tmp_path / "library.zip") == exported_tables(tmp_path / "LOST.zip")


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_gives_rows_or_a_firebird_error(seed: int) -> None:
    generator = random.Random(seed)
    data = bytearray(database_bytes("fb15/evolve"))
    copy = bytearray(data)
    lost = PAGE_SIZE * generator.randrange(1, 60)
    data[:lost] = generator.randbytes(lost)
    for content in (data, copy):
        for _ in range(generator.choice((0, 30, 300))):
            content[generator.randrange(len(content))] = generator.randrange(256)
    with suppress(FirebirdError):
        read_with(bytes(data), bytes(copy))


def test_the_option_names_a_copy_in_the_same_folder() -> None:
    """The metadata `export-schema-from` of an upload does so too."""
    data = database_bytes("fb15/evolve")
    copy = MemorySource(data, "SISTER.GDB")
    source = MemorySource(without_catalogue(data), adjacent={"SISTER.GDB": copy})
    result = export_in_memory(source, schema_from="SISTER.GDB")
    assert result.rows == undamaged("fb15/evolve").rows
    with pytest.raises(BadOption, match=r"schema-from: there is no OTHER.GDB in the folder"):
        export_in_memory(source, schema_from="OTHER.GDB")
