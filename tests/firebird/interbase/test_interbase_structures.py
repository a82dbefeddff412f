"""Structures of InterBase that differ from ODS 10: headers, formats, values, versions."""

from struct import pack

import pytest

from gdb_export.firebird.catalogue.catalogue import Catalogue
from gdb_export.firebird.catalogue.columns import TableKind, table_kind
from gdb_export.firebird.catalogue.declared_types import declared_descriptor
from gdb_export.firebird.catalogue.interbase_tables import interbase_layout
from gdb_export.firebird.core import charsets, interbase, ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype, PageType
from gdb_export.firebird.pages.header import Header, parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.records.formats import Descriptor, parse_interbase_format
from gdb_export.firebird.records.records import Records, RecordVersion
from gdb_export.firebird.records.transactions import Transactions, TransactionState
from gdb_export.firebird.table_pages.page_list import PageList
from gdb_export.firebird.values.arrays import read_array
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.values import value_reader
from tests.firebird.database_builder import DatabaseBuilder, data_page
from tests.firebird.memory_source import MemorySource

SIZE = 1024
TEXT = TextDecoder(charsets.WIN1252)


def header_page(major: int, fields: dict[int, bytes]) -> bytes:
    """A header page with these fields by offset."""
    data = bytearray(SIZE)
    data[0] = PageType.HEADER
    for offset, value in {16: pack("<HH", SIZE, major), **fields}.items():
        data[offset : offset + len(value)] = value
    return bytes(data)


def test_headers_up_to_ods_15_are_those_of_ods_10() -> None:
    clumplet = b"\x03\x05a.ib2\x04\x04\x63\0\0\0\0"
    fields = {20: pack("<I", 3), 28: pack("<III", 5, 6, 7), 42: b"\0\1", 62: b"\2\0", 96: clumplet}
    header = parse_header(header_page(13, fields))
    assert (header.ods, header.first_pointer_page) == ((13, 2), 3)
    assert (header.oldest_interesting, header.next_transaction, header.dialect) == (5, 7, 3)
    assert (header.next_file, header.last_page) == ("a.ib2", 99)
    assert header.layout_version == (10, 1)


def test_headers_from_ods_16_on_have_wide_counters() -> None:
    fields = {
        20: pack("<HH", 2, 16),
        24: pack("<QQQ", 1 << 33, 0, 1 << 34),
        56: pack("<I", 3),
        108: b"\2\0",
        112: b"\1\0",
    }
    header = parse_header(header_page(18, fields))
    assert (header.ods, header.ods_original) == ((18, 2), (18, 1))
    assert (header.oldest_interesting, header.next_transaction) == (1 << 33, 1 << 34)
    assert (header.first_pointer_page, header.dialect) == (3, 1)
    assert not header.is_locked_by_nbackup


def header(version: tuple[int, int]) -> Header:
    return parse_header(
        header_page(version[0], {20 if version[0] >= 16 else 62: b"\0\0"})
    )._replace(ods=version)


@pytest.mark.parametrize(
    ("version", "relation_fields", "relations"),
    [
        ((11, 2), 654, 611),
        ((13, 2), 672, 611),
        ((15, 0), 672, 616),
        ((16, 0), 674, 616),
        ((16, 1), 674, 624),
        ((18, 2), 674, 691),
        ((19, 0), 674, 691),
        ((17, 0), 674, 691),
    ],
)
def test_newer_versions_append_columns(
    version: tuple[int, int], relation_fields: int, relations: int
) -> None:
    tables = (ods.RELATION_RELATION_FIELDS, ods.RELATION_RELATIONS, ods.RELATION_FIELDS)
    lengths = [interbase_layout(table, header(version)).format.length for table in tables]
    assert lengths == [relation_fields, relations, 380]


# ---------------------------------------------------------------- formats and values
def packed_descriptor(dtype: int, length: int, offset: int, **fields: int) -> bytes:
    return interbase.DESCRIPTOR.pack(
        dtype,
        fields.get("scale", 0),
        fields.get("precision", 0),
        length,
        fields.get("sub_type", 0),
        0,
        fields.get("encryption", 0),
        offset,
    )


def test_the_precision_is_not_part_of_the_scale() -> None:
    (field,) = parse_interbase_format(
        packed_descriptor(19, 8, 8, scale=-2, precision=15)
    ).descriptors
    assert field == Descriptor(Dtype.INT64, -2, 8, 0, 0, 8)


@pytest.mark.parametrize(
    ("interbase_charset", "charset", "raw", "text"),
    [
        (58, charsets.KOI8R, b"\xc1", "а"),
        (59, charsets.UTF8, b"\xc3\xa9", "é"),
        (39, charsets.ISO8859_15, b"\xa4", "€"),
        (8, charsets.UTF16BE, b"\x20\xac", "€"),
        (64, charsets.UTF16LE, b"\xac\x20", "€"),
        (21, 21, b"\xe9", "é"),
    ],
)
def test_character_sets_have_other_numbers(
    interbase_charset: int, charset: int, raw: bytes, text: str
) -> None:
    collation = 2 << 8
    (field,) = parse_interbase_format(
        packed_descriptor(3, 2 + len(raw), 4, sub_type=interbase_charset | collation)
    ).descriptors
    assert field.sub_type == charset | collation
    image = bytes(4) + pack("<H", len(raw)) + raw
    assert value_reader(field, TEXT)(image) == text


def test_a_boolean_has_two_bytes() -> None:
    (field,) = parse_interbase_format(packed_descriptor(20, 2, 4)).descriptors
    assert field.dtype == Dtype.BOOLEAN
    read = value_reader(field, TEXT)
    assert [read(bytes(4) + pack("<H", value)) for value in (0, 1, 256)] == [False, True, True]
    assert declared_descriptor({"FIELD_TYPE": 17, "FIELD_LENGTH": 2}).length == 2


@pytest.mark.parametrize("dtype", [21, 24, 255])
def test_a_type_of_firebird_is_not_one_of_interbase(dtype: int) -> None:
    with pytest.raises(Damage, match=f"unknown type {dtype}"):
        parse_interbase_format(packed_descriptor(dtype, 8, 8))


def test_an_encrypted_value_fills_whole_blocks() -> None:
    layout = parse_interbase_format(
        packed_descriptor(12, 8, 8, encryption=1) + packed_descriptor(9, 4, 24)
    )
    assert layout.length == 28
    layout = parse_interbase_format(
        packed_descriptor(9, 4, 4) + packed_descriptor(12, 8, 8, encryption=1)
    )
    assert layout.length == 24


def test_another_block_size_of_the_last_column_costs_no_row() -> None:
    layout = parse_interbase_format(
        packed_descriptor(9, 4, 4) + packed_descriptor(12, 8, 8, encryption=1)
    )
    assert layout.with_encrypted_end(bytes(16)) == bytes(24)
    assert layout.with_encrypted_end(b"\1" * 40) == b"\1" * 24
    assert layout.with_encrypted_end(bytes(7)) == bytes(7)


def test_arrays_have_longer_descriptors() -> None:
    element = packed_descriptor(20, 2, 0)
    bounds = [pack("<Iii", 1, 1, 2), pack("<Iii", 1, 0, 1)]
    start = pack("<BBHHHII", 2, 2, 1, 2, 16 + 2 * 28, 4, 8)
    blob = start + element + bounds[0] + bytes(16) + bounds[1] + pack("<4H", 1, 0, 0, 1)
    descriptor, values = read_array(blob, TEXT, False)
    assert descriptor.dtype == Dtype.BOOLEAN
    assert values == [[True, False], [False, True]]


# ---------------------------------------------------------------- transactions and versions
def test_inventory_pages_need_not_begin_at_0() -> None:
    states = (3, 3, 0, 2)
    data = DatabaseBuilder((10, 1), SIZE, transactions=states).build()
    pages = PageFile(MemorySource(data), parse_header(data), DamageLog())
    listed = PageList({}, {3000: 2}, {}).reused_inventory_pages(pages, 3000)
    first = 3000 * ods.transactions_per_page(SIZE)
    transactions = Transactions(pages, listed, first, first + 3, log := DamageLog())
    assert [transactions.state(first + index) for index in range(4)] == list(states)
    assert transactions.state(first - 1) is TransactionState.COMMITTED
    assert log.count == 0


def test_a_list_of_changed_columns_is_no_older_version() -> None:
    chain, delta, changed = 2, 32, interbase.CHANGED_COLUMNS  # record flags
    newest = pack("<IIHHB", 2, 4, 1, delta, 1) + b"\x01a"  # of a dead transaction
    bitmap = pack("<IIHHB", 1, 0, 0, chain | changed, 1) + b"\x01\x80"
    data = DatabaseBuilder((10, 1), SIZE, transactions=(3, 3, 2)).build()
    page = data_page([newest, bitmap], SIZE, 10, 4, 0, 128)
    data = data[: 4 * SIZE] + page + data[5 * SIZE :]
    pages = PageFile(MemorySource(data), parse_header(data), DamageLog())
    transactions = Transactions(pages, {0: 2}, 1, 2, DamageLog())
    of_interbase = Records(pages, (10, 1), transactions, DamageLog(), has_change_views=True)
    assert of_interbase.visible(newest) is None
    of_firebird = Records(pages, (10, 1), transactions, DamageLog())
    assert isinstance(of_firebird.visible(newest), RecordVersion)


# ---------------------------------------------------------------- the catalogue
@pytest.mark.parametrize(
    ("relation_type", "filespace", "kind"),
    [
        ("PERSISTENT", "PRIMARY", TableKind.TABLE),
        ("PERSISTENT", "", TableKind.TABLE),
        ("GLOBAL_TEMPORARY_DELETE", "", TableKind.TEMPORARY),
        ("PERSISTENT", "SECONDARY", TableKind.FILESPACE),
    ],
)
def test_kinds_of_tables_are_texts(relation_type: str, filespace: str, kind: TableKind) -> None:
    assert table_kind(False, False, relation_type, filespace=filespace) is kind


def test_an_unknown_kind_of_table_is_noted() -> None:
    row = {
        "RELATION_NAME": "T",
        "RELATION_ID": 128,
        "SYSTEM_FLAG": 0,
        "FORMAT": 0,
        "VIEW_BLR": None,
        "EXTERNAL_FILE": None,
        "OWNER_NAME": None,
        "RELATION_TYPE": "PARTITIONED",
    }
    rows = {ods.RELATION_RELATIONS: [row]}
    log = DamageLog()
    catalogue = Catalogue(
        lambda table: rows.get(table, []),  # type: ignore[arg-type, return-value]
        lambda blob: parse_interbase_format(b""),
        lambda blob: b"",
        log,
        4,
        10,
    )
    assert [table.kind for table in catalogue.user_tables()] == [TableKind.TABLE]
    assert "the type PARTITIONED of T" in log.notes[0]


@pytest.mark.parametrize(
    ("major", "divisors"),
    [(11, (58,)), (13, (25,)), (15, (25,)), (19, (25,)), (12, (25, 58)), (14, (25, 58))],
)
def test_record_numbers_have_another_divisor(major: int, divisors: tuple[int, ...]) -> None:
    assert interbase.slot_divisors(major, SIZE) == divisors
