"""Whole databases of InterBase: versions, encrypted or absent content, and damage."""

import gzip
import zipfile
from io import BytesIO
from itertools import chain
from struct import pack

import pytest

from gdb_export.csv_rows import IMPLEMENTATION
from gdb_export.firebird.catalogue.columns import TableKind, firebird_type
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows
from gdb_export.firebird.core.errors import EncryptedDatabase, UnsupportedDatabase
from gdb_export.firebird.core.ods import PAGE_CHECKSUM, PageType
from gdb_export.firebird.database import Database
from gdb_export.firebird.opening import open_database
from gdb_export.zip.member_names import MANIFEST
from tests.csv_rows.whole_export import exported_zip
from tests.data.databases import DATA, database_bytes
from tests.export.golden import differences, golden_tables
from tests.firebird.memory_source import MemorySource

EMPLOYEE = "interbase/employee_13_2"
NEWEST = "interbase/employee_19_0"
NAMES = sorted(path.name[:-7] for path in (DATA / "interbase").glob("*.fdb.gz"))


def opened(data: bytes) -> Database:
    return open_database(MemorySource(data))


def tables_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(exported_zip(data, IMPLEMENTATION))) as archive:
        names = [name for name in archive.namelist() if name != MANIFEST]
        return {name.removesuffix(".csv"): archive.read(name) for name in names}


def golden(name: str) -> dict[str, bytes]:
    return golden_tables(DATA / f"{name}.fdb.gz")


def with_version(name: str, major: int, minor: int) -> bytes:
    """The database, as if it had this version of ODS."""
    data = bytearray(database_bytes(name))
    data[18:20] = pack("<H", major)
    minor_offset = 20 if major >= 16 else 62
    data[minor_offset : minor_offset + 2] = pack("<H", minor)
    return bytes(data)


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_is_read_without_damage_by_both_implementations(name: str) -> None:
    source = MemorySource(database_bytes(f"interbase/{name}"))
    database = Database(source)
    assert database.damage.entries == []
    assert database.tables == Database(source, implementation=ReferenceSystemRows).tables


@pytest.mark.parametrize(
    ("name", "label"),
    [
        (EMPLOYEE, "13.2 (InterBase 2009)"),
        ("interbase/dbdemos_15_0", "15.0 (InterBase XE)"),
        ("interbase/meetingorganizer_16_1", "16.1 (InterBase XE7)"),
        (NEWEST, "19.0 (InterBase 15)"),
    ],
)
def test_the_product_is_named(name: str, label: str) -> None:
    database = opened(database_bytes(name))
    assert (database.format_label, database.dialect) == (label, 3)
    assert database.damage.notes == []


@pytest.mark.parametrize("version", [(12, 0), (13, 1), (14, 0)])
def test_a_version_without_a_checked_file_is_read_with_a_warning(version: tuple[int, int]) -> None:
    data = with_version(EMPLOYEE, *version)
    assert "no InterBase database with rows of ODS" in opened(data).damage.notes[0]
    assert differences(golden(EMPLOYEE), tables_of(data)) == []


def test_the_version_between_two_checked_ones_is_read_with_a_warning() -> None:
    data = with_version("interbase/employee_16_1", 17, 0)
    assert "ODS 17.0 (InterBase 2017)" in opened(data).damage.notes[0]
    assert differences(golden("interbase/employee_16_1"), tables_of(data)) == []


def test_an_unknown_version_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedDatabase, match=r"an InterBase newer than 15, ODS 20\.3"):
        opened(with_version(NEWEST, 20, 3))


def test_the_flag_of_firebird_selects_its_structures() -> None:
    """A version with the flag is Firebird's; the same number without it is InterBase's."""
    data = bytearray(database_bytes(EMPLOYEE))
    data[19] |= 0x80
    # InterBase is read by the structures of ODS 10.1 and their exceptions
    assert Database(MemorySource(database_bytes(EMPLOYEE))).ods == (10, 1)
    with pytest.raises(Exception, match=r"catalogue|page"):
        Database(MemorySource(bytes(data)))


def test_numerics_have_their_declared_precision_and_texts_their_character_set() -> None:
    tables = opened(database_bytes(EMPLOYEE)).tables
    (employee,) = (table for table in tables if table.name == "EMPLOYEE")
    types = {column.name: firebird_type(column) for column in employee.columns}
    assert types["SALARY"] == "NUMERIC(10,2)"
    assert types["FIRST_NAME"] == "VARCHAR(15) CHARACTER SET NONE"


def test_a_catalogue_of_ods_11_is_read() -> None:
    packed = DATA / "interbase" / "events_catalogue_11_2.gdb.gz"
    database = opened(gzip.decompress(packed.read_bytes()))
    assert (database.format_label, database.tables) == ("11.2 (InterBase 7)", [])
    assert database.damage.entries == []
    assert "with rows of ODS 11.2" in database.damage.notes[0]


# ---------------------------------------------------------------- encrypted or in other files
def test_an_encrypted_column_is_null_and_counted() -> None:
    archive = exported_zip(
        database_bytes("interbase/mastsql_encrypted_column_13_2"), IMPLEMENTATION
    )
    with zipfile.ZipFile(BytesIO(archive)) as members:
        manifest = members.read(MANIFEST).decode()
    assert '"SALARY":' in manifest
    assert "it is encrypted, and the key is not in the file" in manifest
    assert '"rows": 42' in manifest or '"rows":42' in manifest


def test_a_table_in_another_filespace_is_named() -> None:
    database = opened(database_bytes("interbase/intlemp_filespace_19_0"))
    (table,) = (table for table in database.tables if table.kind is TableKind.FILESPACE)
    archive = exported_zip(database_bytes("interbase/intlemp_filespace_19_0"), IMPLEMENTATION)
    with zipfile.ZipFile(BytesIO(archive)) as members:
        manifest = members.read(MANIFEST).decode()
        assert f"{table.name}.csv" not in members.namelist()
    assert table.filespace
    assert f'"filespace": "{table.filespace}"' in manifest


def test_an_encrypted_database_is_refused_by_name() -> None:
    """The header lists keys, and all other pages are unreadable."""
    data = bytearray(database_bytes("interbase/mastsql_encrypted_column_13_2"))
    page_size = int.from_bytes(data[16:18], "little")
    data[page_size:] = bytes(byte ^ 0xA5 for byte in data[page_size:])
    with pytest.raises(EncryptedDatabase, match="an encrypted database of InterBase 2009"):
        opened(bytes(data))


# ---------------------------------------------------------------- damage
@pytest.mark.parametrize("name", [EMPLOYEE, "interbase/dbdemos_15_0", NEWEST])
def test_no_row_is_lost_with_the_header(name: str) -> None:
    data = database_bytes(name)
    page_size = int.from_bytes(data[16:18], "little")
    lost = bytes(page_size) + data[page_size:]
    assert "header page is lost" in opened(lost).damage.entries[0].reason
    assert differences(golden(name), tables_of(lost)) == []


def pages_of_type(data: bytes, page_type: int, relation_offset: int) -> dict[int, list[int]]:
    """Offsets of the pages of a type, by the table number at `relation_offset` in them."""
    page_size = int.from_bytes(data[16:18], "little")
    offsets: dict[int, list[int]] = {}
    for page in range(0, len(data) - page_size + 1, page_size):
        checksum = int.from_bytes(data[page + 2 : page + 4], "little")
        if data[page] == page_type and checksum == PAGE_CHECKSUM:
            relation = int.from_bytes(data[page + relation_offset :][:2], "little")
            offsets.setdefault(relation, []).append(page)
    return offsets


@pytest.mark.parametrize("name", [EMPLOYEE, "interbase/dbdemos_15_0", NEWEST])
def test_lost_pointer_pages_are_replaced_by_the_scan(name: str) -> None:
    data = bytearray(database_bytes(name))
    page_size = int.from_bytes(data[16:18], "little")
    for relation, offsets in pages_of_type(bytes(data), PageType.POINTER, 26).items():
        if relation >= 128:
            for page in offsets:
                data[page : page + page_size] = bytes(page_size)
    assert differences(golden(name), tables_of(bytes(data))) == []


def test_lost_blob_pointer_pages_are_replaced_by_the_scan() -> None:
    name = "interbase/dbdemos_15_0"
    data = bytearray(database_bytes(name))
    page_size = int.from_bytes(data[16:18], "little")
    offsets_of_tables = pages_of_type(bytes(data), PageType.BLOB_POINTER, 26)
    offsets_of_user_tables = [
        offsets for relation, offsets in offsets_of_tables.items() if relation >= 128
    ]
    assert offsets_of_user_tables
    for page in chain.from_iterable(offsets_of_user_tables):
        data[page : page + page_size] = bytes(page_size)
    assert differences(golden(name), tables_of(bytes(data))) == []


def test_the_scan_leaves_out_pages_of_back_versions() -> None:
    """These pages repeat sequence numbers of the pages with rows."""
    name = "interbase/employee_16_1"
    data = bytearray(database_bytes(name))
    page_size = int.from_bytes(data[16:18], "little")
    rows = pages_of_type(bytes(data), PageType.DATA, 20)
    pointers = pages_of_type(bytes(data), PageType.POINTER, 26)
    relation = max(relation for relation in rows if relation >= 128)
    back_versions = bytearray(data[rows[relation][0] :][:page_size])
    back_versions[1] |= 0x20  # the flag of such a page
    for page in pointers[relation]:
        data[page : page + page_size] = bytes(page_size)
    assert differences(golden(name), tables_of(bytes(data + back_versions))) == []
