"""The salvage scan finds pages with valid headers that are in use."""

from struct import pack

import pytest

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.recovery.salvage import FreePages, Scan, scan_pages
from tests.firebird.database_builder import (
    DatabaseBuilder,
    TableBuilder,
    integer_row,
    page_header,
    record,
)
from tests.firebird.memory_source import MemorySource

SIZE = 1024
VERSIONS = [(10, 1), (12, 0)]
TIP, DATA = 3, 5


def build(version: tuple[int, int], count: int = 3) -> tuple[bytearray, TableBuilder]:
    database = DatabaseBuilder(version, SIZE)
    pages = [[record(integer_row(value, value))] for value in range(count)]
    table = TableBuilder("T", 128, pages=pages)
    database.tables.append(table)
    return bytearray(database.build()), table


def pages_of(data: bytes | bytearray) -> tuple[PageFile, int]:
    header = parse_header(bytes(data))
    return PageFile(MemorySource(bytes(data)), header, DamageLog()), header.layout_major


def scanned(data: bytes | bytearray) -> Scan:
    return scan_pages(*pages_of(data))


def free(data: bytearray, major: int, page_number: int) -> None:
    """Marks the page as free on the page inventory page, which is page 1."""
    offset = SIZE + (20 if major < 12 else 28) + page_number // 8
    data[offset] |= 1 << page_number % 8


def data_numbers(scan: Scan) -> list[int]:
    return list(scan.data_pages[128].numbers)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_pages_are_found_by_table_number(version: tuple[int, int]) -> None:
    data, table = build(version)
    scan = scanned(data)
    assert data_numbers(scan) == table.numbers
    assert list(scan.data_pages[128].sequences) == [0, 1, 2]
    assert list(scan.pointer_pages[128].numbers) == table.pointer_pages
    assert scan.inventory == [2]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_released_pages_are_ignored(version: tuple[int, int]) -> None:
    data, table = build(version)
    free(data, version[0], table.numbers[1])
    assert data_numbers(scanned(data)) == [table.numbers[0], table.numbers[2]]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_without_a_page_inventory_no_page_is_free(version: tuple[int, int]) -> None:
    data, table = build(version)
    free(data, version[0], table.numbers[1])
    data[SIZE] = 0
    assert data_numbers(scanned(data)) == table.numbers


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_a_page_of_noise_with_the_type_of_the_inventory_frees_no_page(
    version: tuple[int, int],
) -> None:
    data, table = build(version)
    data[SIZE : 2 * SIZE] = bytes([PageType.PAGE_INVENTORY]) + b"\xff" * (SIZE - 1)
    assert data_numbers(scanned(data)) == table.numbers


def test_a_page_without_the_checksum_is_ignored_up_to_ods_11() -> None:
    data, table = build((10, 1))
    offset = table.numbers[0] * SIZE
    data[offset + 2 : offset + 4] = b"\0\0"
    assert data_numbers(scanned(data)) == table.numbers[1:]


def test_a_page_with_another_page_number_is_ignored_from_ods_12_on() -> None:
    data, table = build((12, 0))
    offset = table.numbers[0] * SIZE
    data[offset + 12 : offset + 16] = pack("<I", 77)
    assert data_numbers(scanned(data)) == table.numbers[1:]


def test_a_page_of_middle_fragments_is_ignored() -> None:
    data, table = build((10, 1))
    data[table.numbers[2] * SIZE + 1] |= 1
    assert data_numbers(scanned(data)) == table.numbers[:2]


def test_a_partial_page_at_the_end_is_ignored() -> None:
    data, table = build((10, 1))
    page = data[table.numbers[0] * SIZE :][:SIZE]
    assert scanned(data + page[: SIZE // 2]).data_pages == scanned(data).data_pages


def inventory_page(next_page: int, major: int = 10) -> bytes:
    return (page_header(TIP, major, 0) + pack("<I", next_page)).ljust(SIZE, b"\0")


@pytest.mark.parametrize(
    ("next_pages", "order"),
    [
        ((0,), [0]),
        ((1, 2, 0), [0, 1, 2]),
        ((0, 0, 1), [0, 2, 1]),
        ((2, 0, 1), [0, 2, 1]),
        ((9,), [0]),
    ],
)
def test_transaction_inventory_pages_come_in_the_order_of_their_chain(
    next_pages: tuple[int, ...], order: list[int]
) -> None:
    """`next_pages` are relative to the first added page; 0 is the end of a chain."""
    data, _ = build((10, 1))
    first = len(data) // SIZE
    data[2 * SIZE] = 0
    for next_page in next_pages:
        data += inventory_page(first + next_page if next_page else 0)
    assert scanned(data).inventory == [first + index for index in order]


def test_a_cycle_of_transaction_inventory_pages_ends() -> None:
    data, _ = build((10, 1))
    first = len(data) // SIZE
    data[2 * SIZE] = 0
    data += inventory_page(first + 1) + inventory_page(first)
    assert scanned(data).inventory == [first, first + 1]


def test_pages_of_a_missing_inventory_page_are_not_free() -> None:
    pages, major = pages_of(build((10, 1))[0])
    free_pages = FreePages(pages, major)
    per_page = (SIZE - 20) * 8
    assert not free_pages.is_free(per_page + 5)
    assert not free_pages.is_free(3)
