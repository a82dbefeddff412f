"""What a scan believes of pages: those that agree with themselves and that are in use."""

from struct import pack

import pytest

from gdb_export.firebird.core.damage import DamageLog
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


def made(version: tuple[int, int], count: int = 3) -> tuple[bytearray, TableBuilder]:
    database = DatabaseBuilder(version, SIZE)
    table = TableBuilder("T", 128, pages=[[record(integer_row(n, n))] for n in range(count)])
    database.tables.append(table)
    return bytearray(database.build()), table


def pages_of(data: bytes | bytearray) -> tuple[PageFile, int]:
    header = parse_header(bytes(data))
    return PageFile(MemorySource(bytes(data)), header, DamageLog()), header.layout_major


def scanned(data: bytes | bytearray) -> Scan:
    return scan_pages(*pages_of(data))


def free(data: bytearray, major: int, number: int) -> None:
    at = SIZE + (20 if major < 12 else 28) + number // 8
    data[at] |= 1 << number % 8


def data_numbers(scan: Scan) -> list[int]:
    return list(scan.data_pages[128].numbers)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_pages_are_found_by_the_number_of_their_table(version: tuple[int, int]) -> None:
    data, table = made(version)
    scan = scanned(data)
    assert data_numbers(scan) == table.numbers
    assert list(scan.data_pages[128].sequences) == [0, 1, 2]
    assert list(scan.pointer_pages[128].numbers) == table.pointer_pages
    assert scan.inventory == [2]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_released_pages_are_not_believed(version: tuple[int, int]) -> None:
    data, table = made(version)
    free(data, version[0], table.numbers[1])
    assert data_numbers(scanned(data)) == [table.numbers[0], table.numbers[2]]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_without_a_page_inventory_no_page_counts_as_released(version: tuple[int, int]) -> None:
    data, table = made(version)
    free(data, version[0], table.numbers[1])
    data[SIZE] = 0
    assert data_numbers(scanned(data)) == table.numbers


def test_a_page_without_the_checksum_of_its_time_is_not_believed() -> None:
    data, table = made((10, 1))
    at = table.numbers[0] * SIZE
    data[at + 2 : at + 4] = b"\0\0"
    assert data_numbers(scanned(data)) == table.numbers[1:]


def test_from_ods_12_on_a_page_at_another_place_is_not_believed() -> None:
    data, table = made((12, 0))
    at = table.numbers[0] * SIZE
    data[at + 12 : at + 16] = pack("<I", 77)
    assert data_numbers(scanned(data)) == table.numbers[1:]


def test_a_page_of_middle_parts_belongs_to_no_pointer_page() -> None:
    data, table = made((10, 1))
    data[table.numbers[2] * SIZE + 1] |= 1
    assert data_numbers(scanned(data)) == table.numbers[:2]


def test_half_a_page_at_the_end_is_none() -> None:
    data, table = made((10, 1))
    whole = len(data)
    last = data[table.numbers[0] * SIZE :][:SIZE]
    assert scanned(data + last[: SIZE // 2]).data_pages == scanned(data[:whole]).data_pages


def inventory_page(following: int, major: int = 10) -> bytes:
    return (page_header(TIP, major, 0) + pack("<I", following)).ljust(SIZE, b"\0")


@pytest.mark.parametrize(
    ("followers", "order"),
    [
        ((0,), [0]),
        ((1, 2, 0), [0, 1, 2]),
        ((0, 0, 1), [0, 2, 1]),
        ((2, 0, 1), [0, 2, 1]),
        ((9,), [0]),
    ],
)
def test_transaction_inventory_pages_come_in_the_order_of_their_chain(
    followers: tuple[int, ...], order: list[int]
) -> None:
    """Places in `followers` are counted from the first of the pages that are added; 0 ends."""
    data, _ = made((10, 1))
    first = len(data) // SIZE
    data[2 * SIZE] = 0
    for one in followers:
        data += inventory_page(first + one if one else 0)
    assert scanned(data).inventory == [first + place for place in order]


def test_a_circle_of_transaction_inventory_pages_ends() -> None:
    data, _ = made((10, 1))
    first = len(data) // SIZE
    data[2 * SIZE] = 0
    data += inventory_page(first + 1) + inventory_page(first)
    assert scanned(data).inventory == [first, first + 1]


def test_further_inventory_pages_are_asked_for_their_own_pages() -> None:
    pages, major = pages_of(made((10, 1))[0])
    asked = FreePages(pages, major)
    per_page = (SIZE - 20) * 8
    assert not asked.is_free(per_page + 5)
    assert not asked.is_free(3)
