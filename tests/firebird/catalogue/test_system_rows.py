"""Rows of system tables: both implementations give the same rows, also for damaged pages."""

import os
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.catalogue import system_rows
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows, SystemRow
from gdb_export.firebird.catalogue.system_tables import SystemLayout, derived_layout, system_layout
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageEntry, DamageLog
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.header import Header, parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.records.records import Records
from gdb_export.firebird.records.transactions import Transactions
from tests.export.golden import golden_databases, unpack
from tests.firebird.database_builder import (
    COMMITTED,
    DatabaseBuilder,
    data_page,
    record,
)
from tests.firebird.memory_source import MemorySource
from tests.random_examples import few_examples

ACTIVE, LIMBO, DEAD = 0, 1, 2
STATES = (COMMITTED, COMMITTED, ACTIVE, LIMBO, DEAD, COMMITTED)
SIZE = 1024


def compiled() -> type[ReferenceSystemRows]:
    """The compiled implementation; where it is not installed, skip the test, or fail it in CI."""
    if not system_rows.COMPILED:
        if os.environ.get("CI"):
            pytest.fail("the kernel of system rows is not compiled")
        pytest.skip("the kernel of system rows is not compiled")
    from gdb_export.firebird.catalogue.compiled_system_rows import CompiledSystemRows

    return CompiledSystemRows


def implementation(name: str) -> type[ReferenceSystemRows]:
    return ReferenceSystemRows if name == "reference" else compiled()


def reader(version: tuple[int, int]) -> tuple[Header, Records]:
    """Records of a database whose transactions 0, 1, 2 … have STATES."""
    built = DatabaseBuilder(version, SIZE, transactions=STATES).build()
    header = parse_header(built)
    pages = PageFile(MemorySource(built), header, DamageLog())
    transactions = Transactions(pages, {0: 2}, 0, len(STATES) - 1, DamageLog())
    return header, Records(pages, header.ods, transactions, DamageLog())


def rows_of(
    rows_class: type[ReferenceSystemRows],
    version: tuple[int, int],
    layout: SystemLayout,
    page: bytes,
) -> tuple[list[SystemRow], list[DamageEntry]]:
    """The rows of a page, and the damage that was logged."""
    header, records = reader(version)
    log = DamageLog()
    rows = rows_class(layout, header, records, log).of_page(DataPage(page, 9))
    return rows, log.entries


def page_of(items: list[bytes], version: tuple[int, int]) -> bytes:
    return data_page(items, SIZE, version[0], 9, 0, ods.RELATION_PAGES)


def page_list_row(page_number: int, relation: int = 128) -> bytes:
    """The record image of a row of RDB$PAGES."""
    return bytes(4) + pack("<ihxxih", page_number, relation, 0, ods.PageType.POINTER)


def page_list_layout(version: tuple[int, int]) -> SystemLayout:
    return system_layout(ods.RELATION_PAGES, reader(version)[0])


VERSION = (13, 1)


@pytest.mark.parametrize("name", ["reference", "compiled"])
def test_only_committed_records_are_rows(name: str) -> None:
    items = [
        record(page_list_row(10 + transaction), transaction) for transaction in range(len(STATES))
    ]
    items.append(record(page_list_row(20), flags=ods.RecordFlag.DELETED))
    items.append(record(page_list_row(21), flags=ods.RecordFlag.CHAIN))
    items.append(record(page_list_row(22), transaction=1 << 20))
    rows, damage = rows_of(
        implementation(name), VERSION, page_list_layout(VERSION), page_of(items, VERSION)
    )
    assert [row["PAGE_NUMBER"] for row in rows] == [10, 11, 15]
    assert [(entry.page, entry.slot) for entry in damage] == [(9, 8)]


@pytest.mark.parametrize("name", ["reference", "compiled"])
def test_a_damaged_row_is_left_out_and_its_slot_reported(name: str) -> None:
    valid = record(page_list_row(10))
    items = [valid, valid[:5], record(page_list_row(11) + b"more"), record(b"short"), valid]
    rows, damage = rows_of(
        implementation(name), VERSION, page_list_layout(VERSION), page_of(items, VERSION)
    )
    assert [row["PAGE_NUMBER"] for row in rows] == [10, 10]
    assert [(entry.page, entry.slot) for entry in damage] == [(9, 1), (9, 2), (9, 3)]


@pytest.mark.parametrize("name", ["reference", "compiled"])
def test_names_are_utf_8_or_win1252(name: str) -> None:
    fields = [
        ("FIELD_NAME", Descriptor(Dtype.TEXT, length=7)),
        ("EXTERNAL_FILE", Descriptor(Dtype.VARYING, length=8)),
        ("NULL_FLAG", Descriptor(Dtype.SHORT, length=2)),
        ("FORMAT", Descriptor(Dtype.INT64, length=8)),
    ]
    layout = derived_layout(fields, reader(VERSION)[0])
    null = bytes([1 << 2, 0, 0, 0])  # the null bit of NULL_FLAG
    items = []
    # a length of 7 is damage: the VARCHAR holds 6 bytes
    for nulls, text, length in [(bytes(4), "ÁBC", 3), (null, "x\0 ", 0), (bytes(4), "y", 7)]:
        image = nulls + text.encode().ljust(7) + b"\0" + pack("<H", length) + b"a\xe9 \0  "
        image += pack("<h", -2) + bytes(-(len(image) + 2) % 8) + pack("<q", -(1 << 40))
        items.append(record(image))
    rows, damage = rows_of(implementation(name), VERSION, layout, page_of(items, VERSION))
    assert rows == [
        {"FIELD_NAME": "ÁBC", "EXTERNAL_FILE": "aé", "NULL_FLAG": -2, "FORMAT": -(1 << 40)},
        {"FIELD_NAME": "x", "EXTERNAL_FILE": "", "NULL_FLAG": None, "FORMAT": -(1 << 40)},
    ]
    assert [entry.slot for entry in damage] == [2]


@pytest.mark.parametrize("name", ["reference", "compiled"])
def test_layouts_are_made_once_for_records_of_many_lengths(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a damaged catalogue each record may have another length."""
    cut_counts: list[int] = []
    cut = SystemLayout.cut

    def counted(layout: SystemLayout, count: int, alignment: int) -> SystemLayout:
        cut_counts.append(count)
        return cut(layout, count, alignment)

    monkeypatch.setattr(SystemLayout, "cut", counted)
    layout = page_list_layout(VERSION)
    items = [record(bytes(30 + length)) for length in range(8)]
    rows, damage = rows_of(implementation(name), VERSION, layout, page_of(items, VERSION))
    assert (rows, len(damage)) == ([], len(items))
    assert sorted(cut_counts) == list(range(1, len(layout.names)))


@pytest.mark.parametrize("name", ["reference", "compiled"])
def test_fields_that_a_short_record_lacks_are_null(name: str) -> None:
    """A record of an older minor version is shorter; so is a damaged one."""
    names = ("FIELD_ID", "NULL_FLAG", "OTHER")
    fields = [(field_name, Descriptor(Dtype.LONG, length=4)) for field_name in names]
    layout = derived_layout(fields, reader(VERSION)[0])
    items = [record(bytes(4) + pack("<i", 7) + pack("<i", 8) * count) for count in (0, 1, 2)]
    rows, damage = rows_of(implementation(name), VERSION, layout, page_of(items, VERSION))
    assert [(row["FIELD_ID"], row["NULL_FLAG"]) for row in rows] == [(7, None), (7, 8), (7, 8)]
    assert damage == []


@pytest.mark.parametrize("packed", golden_databases(), ids=lambda path: path.stem)
def test_both_implementations_read_the_same_catalogue(packed: Path, tmp_path: Path) -> None:
    data = unpack(packed, tmp_path).read_bytes()

    def catalogue(
        rows: type[ReferenceSystemRows],
    ) -> tuple[list[Table], list[DamageEntry], str]:
        database = Database(MemorySource(data), implementation=rows)
        return database.tables, database.damage.entries, database.default_charset

    expected = catalogue(ReferenceSystemRows)
    assert expected[0]
    assert catalogue(compiled()) == expected


@few_examples(100)
@given(
    version=st.sampled_from([(10, 1), (11, 2), (12, 0), (13, 0), (13, 1)]),
    table=st.sampled_from([ods.RELATION_PAGES, ods.RELATION_FORMATS, ods.RELATION_RELATIONS]),
    records=st.lists(
        st.tuples(
            st.integers(0, 7), st.sampled_from([0, 0, 0, 1, 2, 4, 8, 16, 128, 1024, 2048]),
            st.binary(max_size=40),
        ),
        max_size=12,
    ),
    corruptions=st.lists(st.tuples(st.integers(22, SIZE - 1), st.integers(0, 255)), max_size=20),
)  # fmt: skip
def test_both_implementations_read_the_same_rows_of_any_page(
    version: tuple[int, int],
    table: int,
    records: list[tuple[int, int, bytes]],
    corruptions: list[tuple[int, int]],
) -> None:
    layout = system_layout(table, reader(version)[0])
    length = layout.format.length
    items = [
        # runs of blanks fill the rest of the image
        pack("<IIHHB", transaction, 0, 0, flags, 0)
        + bytes([len(text)]) * (text != b"") + text + _blanks(length - len(text))
        for transaction, flags, text in records
    ]  # fmt: skip
    page = bytearray(page_of(items, version))
    for offset, value in corruptions:
        page[offset] = value
    # at most 40 slots, also if their count is corrupted
    page[22:24] = pack("<H", min(int.from_bytes(page[22:24], "little"), 40))
    data = bytes(page)
    assert rows_of(compiled(), version, layout, data) == rows_of(
        ReferenceSystemRows, version, layout, data
    )


def _blanks(count: int) -> bytes:
    """`count` blanks in encoded runs of at most 100, without a last run of 1 or 2 blanks."""
    runs = [min(100, count - start) for start in range(0, max(count, 0), 100)]
    return b"".join(bytes([256 - run, 0x20]) for run in runs if run > 2)
