"""Data pages of tables: by their pointer pages, and by a scan where these are lost."""

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


def made(version: tuple[int, int], count: int = 300) -> tuple[bytes, TableBuilder]:
    database = DatabaseBuilder(version, SIZE)
    table = TableBuilder("T", 128, pages=[[record(integer_row(n, n))] for n in range(count)])
    database.tables.append(table)
    return database.build(), table


def pages_of(data: bytes) -> tuple[PageFile, int]:
    header = parse_header(data)
    return PageFile(MemorySource(data), header, DamageLog()), header.layout_major


def listed(data: bytes, first: int | None, relation: int = 128) -> tuple["array[int]", DamageLog]:
    log = DamageLog()
    return PageDirectory(*pages_of(data)).data_pages(relation, first, log), log


def put(data: bytes, page: int, offset: int, content: bytes) -> bytes:
    at = page * SIZE + offset
    return data[:at] + content + data[at + len(content) :]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_chain_of_pointer_pages(version: tuple[int, int]) -> None:
    data, table = made(version)
    numbers, log = listed(data, table.pointer_pages[0])
    assert (list(numbers), log.count) == (table.numbers, 0)


def test_a_slot_without_a_page_keeps_the_others_in_their_places() -> None:
    data, table = made((10, 1), 5)
    first = table.pointer_pages[0]
    numbers, log = listed(put(data, first, 32 + 4 * 2, bytes(4)), first)
    assert list(numbers) == [*table.numbers[:2], 0, *table.numbers[3:]]
    assert log.count == 0


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("first", [None, 0, 2, 5_000_000, -3])
def test_without_its_first_pointer_page_a_table_is_found_by_a_scan(
    version: tuple[int, int], first: int | None
) -> None:
    data, table = made(version)
    numbers, log = listed(data, first)
    assert (list(numbers), log.count) == (table.numbers, 1)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_without_any_pointer_page_its_data_pages_are_found(version: tuple[int, int]) -> None:
    data, table = made(version)
    for number in table.pointer_pages:
        data = put(data, number, 0, bytes(SIZE))
    numbers, log = listed(data, table.pointer_pages[0])
    assert (list(numbers), log.count) == (table.numbers, 1)


def test_a_data_page_of_an_absurd_sequence_takes_no_room() -> None:
    data, table = made((10, 1), 5)
    data = put(data, table.pointer_pages[0], 0, bytes(SIZE))
    data = put(data, table.numbers[4], 16, b"\xff\xff\xff\x7f")
    numbers, log = listed(data, table.pointer_pages[0])
    assert list(numbers) == table.numbers[:4]
    assert log.entries[-1].reason == "more slots than data pages fit the file"


def test_tables_can_not_list_the_same_pages_for_ever() -> None:
    """Each pointer page may be full of slots, but not all of them."""
    data, table = made((10, 1), 5)
    pages, layout_major = pages_of(data)
    directory, log = PageDirectory(pages, layout_major), DamageLog()
    for _ in range(10_000):
        directory.data_pages(128, table.pointer_pages[0], log)
    assert log.count > 0


def test_a_table_that_has_no_page_at_all_is_empty() -> None:
    numbers, log = listed(made((10, 1), 5)[0], None, relation=999)
    assert (len(numbers), log.count) == (0, 1)
