"""ODS 14, the structure of the unreleased Firebird 6: what differs from ODS 13.1."""

from struct import pack

import pytest

from gdb_export.firebird.catalogue.columns import TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import EncryptedDatabase, UnsupportedDatabase
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.opening import open_database
from gdb_export.firebird.records.formats import Descriptor
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, TableBuilder, integer_row, record
from tests.firebird.memory_source import MemorySource

SIZE = 8192
NOTE = "the structure of Firebird 6 may still change; checked against build 2123"


def builder() -> DatabaseBuilder:
    return DatabaseBuilder((14, 0), SIZE)


def one_table() -> bytes:
    database = builder()
    database.table("T", [integer_row(1, 2)])
    return database.build()


def patched(data: bytes, offset: int, content: bytes) -> bytes:
    """The data, with `content` written over it at this offset."""
    return data[:offset] + content + data[offset + len(content) :]


def test_the_fields_of_the_header() -> None:
    data = patched(one_table(), 40, pack("<QQ", 5 << 32, 3 << 32))  # two transactions
    data = patched(data, 148, b"\x06\x05x.dif\0")  # the entry of a difference file
    header = Database(MemorySource(data)).header
    assert (header.ods, header.page_size, header.first_pointer_page) == ((14, 0), SIZE, 3)
    assert (header.next_transaction, header.oldest_interesting) == (5 << 32, 3 << 32)
    assert (header.dialect, header.difference_file) == (3, "x.dif")
    assert (header.next_file, header.last_page) == (None, None)
    assert not header.is_locked_by_nbackup
    locked = Database(MemorySource(patched(data, 24, b"\1"))).header  # the backup state
    assert locked.is_locked_by_nbackup


def test_every_export_carries_the_warning_that_the_structure_may_change() -> None:
    result = export_in_memory(one_table())
    assert result.warnings == (NOTE,)
    assert result.rows == {"T": ["1,2"]}


@pytest.mark.parametrize(
    ("offset", "content", "message"),
    [
        (20, b"\1", r"ODS 14\.1, of a newer build"),
        (24, b"\3", "a header page that this program does not know"),
        (25, b"\4", "a header page that this program does not know"),
        (26, b"\3", "a header page that this program does not know"),
        (36, b"\x20\0", "a header page that this program does not know"),
    ],
)
def test_another_minor_version_or_header_is_refused(
    offset: int, content: bytes, message: str
) -> None:
    with pytest.raises(UnsupportedDatabase, match=message):
        open_database(MemorySource(patched(one_table(), offset, content)))


def test_an_encrypted_database_is_refused_with_its_plugin() -> None:
    encrypted_dialect_3 = b"\x50\0"
    data = patched(patched(one_table(), 22, encrypted_dialect_3), 116, b"Secret")
    with pytest.raises(EncryptedDatabase, match=r"plugin Secret\)"):
        Database(MemorySource(data))


def test_a_header_of_dialect_1_is_not_taken_for_a_further_file() -> None:
    """In the layout of older headers its bytes would be those of a further file."""
    data = patched(one_table(), 22, b"\0\0")
    assert Database(MemorySource(data)).dialect == 1


def test_a_lost_header_page_is_replaced() -> None:
    data = bytes(SIZE) + one_table()[SIZE:]
    result = export_in_memory(data)
    assert result.rows == {"T": ["1,2"]}
    assert NOTE in result.warnings
    assert any("by its pages this is ODS 14.0" in reason for reason in result.reasons)


# ------------------------------------------------------------ schemas
def test_tables_and_domains_are_found_by_schema_and_name() -> None:
    database = builder()
    database.table("ITEM", [integer_row(1, 2)])
    text = Descriptor(Dtype.TEXT, length=3, sub_type=0, offset=4)
    database.table("ITEM", [bytes(4) + b"abc"], [("C", text)], schema="SALES")
    result = export_in_memory(database.build())
    assert result.headers == {"ITEM": "A,B", "SALES.ITEM": "C"}
    assert result.rows == {"ITEM": ["1,2"], "SALES.ITEM": ["abc"]}
    parts = [
        {key: value for key, value in resource.items() if key in ("title", "x-schema", "x-name")}
        for resource in result.resources
    ]
    assert parts == [
        {"title": "ITEM", "x-schema": "PUBLIC", "x-name": "ITEM"},
        {"title": "SALES.ITEM", "x-schema": "SALES", "x-name": "ITEM"},
    ]


def test_names_with_dots_do_not_collide() -> None:
    database = builder()
    database.table("A.B", [integer_row(1, 1)])
    database.table("B", [integer_row(2, 2)], schema="A")
    result = export_in_memory(database.build())
    assert result.rows == {"A.B": ["1,1"], "%22A%22.%22B%22": ["2,2"]}
    selected = export_in_memory(database.build(), tables=('"A"."B"',))
    assert selected.rows == {"%22A%22.%22B%22": ["2,2"]}


def test_the_table_of_a_package_is_temporary() -> None:
    database = builder()
    database.table("T", [integer_row(1, 2)], schema="SALES").package = "PKG"
    opened = Database(MemorySource(database.build()))
    [table] = opened.tables
    assert (table.name, table.kind) == ("SALES.PKG.T", TableKind.TEMPORARY)
    result = export_in_memory(database.build())
    assert (result.headers, result.rows) == ({"SALES.PKG.T": "A,B"}, {"SALES.PKG.T": []})


# ------------------------------------------------------------ pages and records
def test_scans_skip_reserved_pages_and_blobs_do_not() -> None:
    database = builder()
    pages = [[record(integer_row(value, value))] for value in range(3)]
    table = TableBuilder("T", 128, pages=pages)
    database.tables.append(table)
    data = database.build()
    slots = database.slots_per_pointer_page
    flags_offset = table.pointer_pages[0] * SIZE + 32 + 4 * slots  # a byte for each data page
    reserved = patched(data, flags_offset + 1, b"\x20")
    assert export_in_memory(data).rows["T"] == ["0,0", "1,1", "2,2"]
    assert export_in_memory(reserved).rows["T"] == ["0,0", "2,2"]
    assert export_in_memory(reserved).damage["count"] == 0
    opened = Database(MemorySource(reserved))
    log = DamageLog()
    assert list(opened.data_pages(opened.tables[0], log)) == [table.numbers[0], 0, table.numbers[2]]
    assert list(opened._page_numbers(128, log)) == table.numbers


def fragmented(image: bytes, page: int) -> list[list[bytes]]:
    """The items of two pages: a record in two fragments, the second one on `page`.

    Each half of the image is one byte, repeated.
    """
    half = len(image) // 2
    runs = [b"\xfe" + pack("<I", half) + image[:1], b"\xfe" + pack("<I", half) + image[half:][:1]]
    first = pack("<IIHHBxHIH", 1, 0, 0, 8, 1, 0, page, 0) + runs[0]
    second = pack("<IIHHB", 1, 0, 0, 4, 1) + runs[1]
    return [[first], [second]]


@pytest.mark.parametrize(("length", "is_read"), [(1 << 20, True), ((1 << 20) + 8, False)])
def test_a_record_has_up_to_one_megabyte(length: int, is_read: bool) -> None:
    columns = [
        (f"C{index}", Descriptor(Dtype.TEXT, 0, min(32_760, length - offset), 1, 0, offset))
        for index, offset in enumerate(range(8, length, 32_760))
    ]
    database = builder()
    table = TableBuilder("T", 128, columns, [[], []])
    database.tables.append(table)
    other = database.table("OTHER", [integer_row(1, 2)])
    database.build()
    table.pages = fragmented(b"\0" * length, table.numbers[1])
    for built_table in (table, other):
        built_table.numbers, built_table.pointer_pages = [], []
    result = export_in_memory(database.build())
    assert bool(result.damage["count"]) is not is_read
    expected = ",".join("00" * column.length for _, column in columns)
    assert result.rows["T"] == ([expected] if is_read else [])
