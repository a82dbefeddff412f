"""Databases of every layout are opened; for other files the message names their type."""

from struct import pack

import pytest

from gdb_export.firebird.core.errors import (
    EncryptedDatabase,
    FirebirdError,
    NotADatabase,
    UnreadableDatabase,
    UnsupportedDatabase,
)
from gdb_export.firebird.core.ods import PAGE_SIZES, Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.opening import open_database
from gdb_export.firebird.records.formats import Descriptor
from tests.export.in_memory import export_in_memory
from tests.firebird.database_builder import DatabaseBuilder, integer_row
from tests.firebird.memory_source import MemorySource

LAYOUTS = [
    ((8, 0), False),
    ((8, 2), False),
    ((9, 0), False),
    ((9, 1), False),
    ((10, 0), False),
    ((10, 1), False),
    ((10, 1), True),
    ((11, 0), False),
    ((11, 1), False),
    ((11, 2), False),
    ((12, 0), False),
    ((12, 2), False),
    ((13, 0), False),
    ((13, 1), False),
]


def builder(version: tuple[int, int] = (10, 1), page_size: int = 4096) -> DatabaseBuilder:
    """A database with the rows 1,2 and -3,NULL."""
    database = DatabaseBuilder(version, page_size)
    database.table("T", [integer_row(1, 2), integer_row(-3, None)])
    return database


SIZED_LAYOUTS = [
    (version, is_amd64, page_size)
    for version, is_amd64 in LAYOUTS
    for page_size in PAGE_SIZES
    if page_size >= (4096 if version >= (13, 0) else 1024)
]


@pytest.mark.parametrize(("version", "is_amd64", "page_size"), SIZED_LAYOUTS, ids=str)
def test_every_version_and_page_size_is_read(
    version: tuple[int, int], is_amd64: bool, page_size: int
) -> None:
    database = DatabaseBuilder(version, page_size, is_amd64)
    database.table("T", [integer_row(1, 2), integer_row(-3, None)])
    result = export_in_memory(database.source())
    assert result.rows == {"T": ["1,2", "-3,"]}
    assert result.headers == {"T": "A,B"}
    assert result.damage["count"] == 0


@pytest.mark.parametrize("version", [(8, 0), (9, 1), (10, 1), (13, 1)], ids=str)
def test_years_outside_of_1_to_9999_are_written(version: tuple[int, int]) -> None:
    """The oldest engines (InterBase 4 and 5) store them too, and check no year."""
    builder = DatabaseBuilder(version, 4096)
    days = (-678941, -678576, -678575, 2973483, 2973484, 3000000)
    rows = [bytes(4) + pack("<iI", day, 36_000_0000) for day in days]
    column = Descriptor(Dtype.TIMESTAMP, length=8, offset=4)
    builder.table("T", rows, [("D", column)])
    assert export_in_memory(builder.source()).rows["T"] == [
        "0000-01-01 10:00:00",
        "0000-12-31 10:00:00",
        "0001-01-01 10:00:00",
        "9999-12-31 10:00:00",
        "10000-01-01 10:00:00",
        "10072-08-06 10:00:00",
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"some text\n" * 500, "a text file"),
        (
            b"PK\x03\x04" + bytes(range(256)) * 8,
            "a ZIP file, not a Firebird database: unpack it first",
        ),
        (b"\x1f\x8b\x08" + bytes(2000), "a gzip file"),
        (b"NBAK" + bytes(2000), "an nbackup increment"),
        (b"SQLite format 3\0" + bytes(2000), "an SQLite database"),
        (
            b"BACKUP.GDB".ljust(257, b"\0") + b"ustar\0" + bytes(2000),
            "a tar archive, not a Firebird database: unpack it first",
        ),
        (b"\x00\x01\x00\x00Standard Jet DB\0" + bytes(2000), "a Microsoft Access database"),
        (b"\x00\x01\x00\x00Standard ACE DB\0" + bytes(2000), "a Microsoft Access database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "a Microsoft Office document"),
        (b"\x7fELF\x02\x01\x01" + bytes(2000), "a Linux program or library"),
        (b"\xff" * 4096, "nothing but the byte 0xFF"),
        (bytes(4096), "zeros only"),
        (b"\x01" + bytes(99), "a file of 100 bytes is too short"),
        (b"\x05" + bytes(4095), "does not begin with a header page"),
    ],
)
def test_other_types_of_files_are_named(data: bytes, message: str) -> None:
    with pytest.raises(NotADatabase, match=message):
        Database(MemorySource(data))


@pytest.mark.parametrize(
    ("version_word", "message"),
    [
        (0x800F, "newer than 6"),
        (0x0014, "an InterBase newer than 15, ODS 20"),
        (0x001E, "an InterBase newer than 15, ODS 30"),
        (0xE002, r"Red Database or another derivative of Firebird \(its version is 0xe002\)"),
        (0xE00C, "Red Database or another derivative of Firebird"),
        (0x0D80, "big-endian"),
    ],
)
def test_unsupported_versions_are_named(version_word: int, message: str) -> None:
    data = builder().build()
    with pytest.raises(UnsupportedDatabase, match=message):
        Database(MemorySource(data[:18] + pack("<H", version_word) + data[20:]))


@pytest.mark.parametrize(
    ("version", "plugin_offset"), [((12, 0), 88), ((13, 0), 84), ((13, 1), 84)]
)
def test_the_plugin_of_an_encrypted_database_is_named(
    version: tuple[int, int], plugin_offset: int
) -> None:
    data = bytearray(builder(version).build())
    data[42] |= 0x40
    data[plugin_offset : plugin_offset + 6] = b"Secret"
    with pytest.raises(EncryptedDatabase, match=r"plugin Secret\): decrypt it"):
        Database(MemorySource(bytes(data)))


def test_an_impossible_version_is_not_taken_for_interbase() -> None:
    data = builder().build()
    with pytest.raises(FirebirdError, match="ODS version of 99"):
        Database(MemorySource(data[:18] + pack("<H", 99) + data[20:]))


def test_a_file_with_only_the_header_page_is_refused() -> None:
    with pytest.raises(UnreadableDatabase, match="nothing but the header page"):
        Database(MemorySource(builder().build()[:4096]))


@pytest.mark.parametrize("flags", [0x0001, 0x0002, 0x0080, 0x0200, 0x1080, 0x0180])
def test_shadows_and_shut_down_or_read_only_databases_are_read(flags: int) -> None:
    data = bytearray(builder((11, 2)).build())
    data[42:44] = pack("<H", flags | 0x0100)
    assert export_in_memory(bytes(data)).rows == {"T": ["1,2", "-3,"]}


@pytest.mark.parametrize("version", [(10, 1), (13, 1)], ids=str)
@pytest.mark.parametrize("tail", [4096 * 64, 4096 * 3 + 1, 5])
def test_zeros_after_the_last_page_are_ignored(version: tuple[int, int], tail: int) -> None:
    result = export_in_memory(builder(version).build() + bytes(tail))
    assert result.rows == {"T": ["1,2", "-3,"]}
    assert result.damage["count"] == 0
    assert any("cut off" in warning for warning in result.warnings) == bool(tail % 4096)


def locked(version: tuple[int, int]) -> tuple[bytes, MemorySource]:
    """A database locked by nbackup, and its difference file, which adds a row."""
    database = builder(version)
    frozen = bytearray(database.build())
    frozen[43] |= 0x04  # the flag of a locked database
    number = database.tables[0].numbers[0]
    newer = DatabaseBuilder(version, 4096)
    newer.table("T", [integer_row(1, 2), integer_row(-3, None), integer_row(5, 6)])
    pages = {0: frozen[:4096], number: newer.build()[number * 4096 : (number + 1) * 4096]}
    page_list = pack(f"<I{len(pages)}I", len(pages), *pages).ljust(4096, b"\0")
    return bytes(frozen), MemorySource(page_list + b"".join(pages.values()), "test.fdb.delta")


@pytest.mark.parametrize("version", [(11, 2), (12, 0), (13, 1)], ids=str)
def test_a_locked_database_is_read_with_its_difference_file(version: tuple[int, int]) -> None:
    frozen, difference = locked(version)
    source = MemorySource(frozen, adjacent={"test.fdb.delta": difference})
    assert export_in_memory(source).rows == {"T": ["1,2", "-3,", "5,6"]}


def test_a_locked_database_without_difference_file_is_read_in_its_locked_state() -> None:
    frozen, _ = locked((12, 0))
    result = export_in_memory(frozen)
    assert result.rows == {"T": ["1,2", "-3,"]}
    assert result.damage["count"] == 0


def test_a_damaged_difference_file_is_reported_and_ignored() -> None:
    frozen, difference = locked((12, 0))
    difference.data = b"\xff" * 4 + difference.data[4:]
    result = export_in_memory(MemorySource(frozen, adjacent={"test.fdb.delta": difference}))
    assert result.rows == {"T": ["1,2", "-3,"]}
    assert result.reasons == [
        "the difference file test.fdb.delta of nbackup: its list of pages at page 0 is damaged"
    ]


@pytest.mark.parametrize("version", [(11, 2), (12, 0), (13, 1)], ids=str)
def test_a_difference_file_given_alone_is_named(version: tuple[int, int]) -> None:
    _, difference = locked(version)
    with pytest.raises(NotADatabase, match=r"a difference file of nbackup .* give the database"):
        open_database(difference)


@pytest.mark.parametrize(("version", "is_amd64"), LAYOUTS, ids=str)
def test_a_further_file_of_a_database_given_alone_is_named(
    version: tuple[int, int], is_amd64: bool
) -> None:
    data = bytearray(DatabaseBuilder(version, 4096, is_amd64).build())
    data[20:24] = bytes(4)  # no first pointer page
    data[40:42] = pack("<H", 2)  # the sequence of the file
    if version < (12, 0):
        data[18:20] = bytes(2)  # these engines leave the version out
    with pytest.raises(NotADatabase, match="this is file 3 of a database of several files"):
        open_database(MemorySource(bytes(data)))


def test_a_first_file_with_a_wrong_sequence_is_read() -> None:
    data = bytearray(builder().build())
    data[40:42] = pack("<H", 2)
    assert export_in_memory(bytes(data)).rows == {"T": ["1,2", "-3,"]}


def test_a_stale_difference_file_is_ignored() -> None:
    _, difference = locked((12, 0))
    source = MemorySource(builder((12, 0)).build(), adjacent={"test.fdb.delta": difference})
    assert export_in_memory(source).rows == {"T": ["1,2", "-3,"]}
