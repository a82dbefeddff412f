"""Data pages of tables: from pointer pages, and from a scan if these are lost."""

from array import array

import pytest

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.table_pages.page_directory import PageDirectory
from tests.firebird.database_builder import DatabaseBuilder, TableBuilder, integer_row, record
from tests.firebird.memory_source import MemorySource

SIZE = 1024
VERSIONS = [(10, 1), (11, 2), (12, 0)]


def build(version: tuple[int, int], count: int = 300) -> tuple[bytes, TableBuilder]:
    database = DatabaseBuilder(version, SIZE)
    pages = [[record(integer_row(value, value))] for value in range(count)]
    table = TableBuilder("T", 128, pages=pages)
    database.tables.append(table)
    return database.build(), table


def pages_of(data: bytes) -> tuple[PageFile, int]:
    header = parse_header(data)
    return PageFile(MemorySource(data), header, DamageLog()), header.layout_major


def listed(data: bytes, first: int | None, relation: int = 128) -> tuple["array[int]", DamageLog]:
    """The data pages of a table whose first pointer page is `first`, and the log."""
    log = DamageLog()
    return PageDirectory(*pages_of(data)).data_pages(relation, first, log), log


def put(data: bytes, page: int, offset: int, content: bytes) -> bytes:
    """The file with `content` at an offset of a page."""
    start = page * SIZE + offset
    return data[:start] + content + data[start + len(content) :]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_chain_of_pointer_pages_lists_the_data_pages(version: tuple[int, int]) -> None:
    data, table = build(version)
    numbers, log = listed(data, table.pointer_pages[0])
    assert (list(numbers), log.count) == (table.numbers, 0)


def test_an_empty_slot_does_not_shift_the_others() -> None:
    data, table = build((10, 1), 5)
    first = table.pointer_pages[0]
    numbers, log = listed(put(data, first, 32 + 4 * 2, bytes(4)), first)
    assert list(numbers) == [*table.numbers[:2], 0, *table.numbers[3:]]
    assert log.count == 0


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("first", [None, 0, 2, 5_000_000, -3])
def test_a_scan_replaces_the_first_pointer_page(
    version: tuple[int, int], first: int | None
) -> None:
    data, table = build(version)
    numbers, log = listed(data, first)
    assert (list(numbers), log.count) == (table.numbers, 1)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_scan_replaces_all_pointer_pages(version: tuple[int, int]) -> None:
    data, table = build(version)
    for number in table.pointer_pages:
        data = put(data, number, 0, bytes(SIZE))
    numbers, log = listed(data, table.pointer_pages[0])
    assert (list(numbers), log.count) == (table.numbers, 1)


def test_a_data_page_with_a_huge_sequence_is_left_out() -> None:
    data, table = build((10, 1), 5)
    data = put(data, table.pointer_pages[0], 0, bytes(SIZE))
    data = put(data, table.numbers[4], 16, b"\xff\xff\xff\x7f")
    numbers, log = listed(data, table.pointer_pages[0])
    assert list(numbers) == table.numbers[:4]
    assert log.entries[-1].reason == "more slots than data pages fit the file"


def test_slots_of_all_tables_together_are_limited() -> None:
    """Each pointer page may be full of slots, but not all of them."""
    data, table = build((10, 1), 5)
    pages, layout_major = pages_of(data)
    directory, log = PageDirectory(pages, layout_major), DamageLog()
    for _ in range(10_000):
        directory.data_pages(128, table.pointer_pages[0], log)
    assert log.count > 0


def test_a_table_without_pages_is_empty() -> None:
    numbers, log = listed(build((10, 1), 5)[0], None, relation=999)
    assert (len(numbers), log.count) == (0, 1)
