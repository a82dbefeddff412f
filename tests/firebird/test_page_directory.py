"""Data pages of tables: by their pointer pages, and by a scan where these are lost."""

from array import array

import pytest

from job.firebird.damage import DamageLog
from job.firebird.header import parse_header
from job.firebird.page_directory import PageDirectory
from job.firebird.page_file import PageFile
from job.firebird.salvage import FreePages, scan_pages
from tests.firebird.made_database import MadeDatabase, MadeTable, longs, record
from tests.firebird.memory_source import MemorySource

SIZE = 1024
VERSIONS = [(10, 1), (11, 2), (12, 0)]


def made(version: tuple[int, int], count: int = 300) -> tuple[bytes, MadeTable]:
    database = MadeDatabase(version, SIZE)
    table = MadeTable("T", 128, pages=[[record(longs(n, n))] for n in range(count)])
    database.tables.append(table)
    return database.build(), table


def pages_of(data: bytes) -> tuple[PageFile, int]:
    header = parse_header(data)
    return PageFile(MemorySource(data), header, DamageLog()), header.family


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
    pages, family = pages_of(data)
    directory, log = PageDirectory(pages, family), DamageLog()
    for _ in range(10_000):
        directory.data_pages(128, table.pointer_pages[0], log)
    assert log.count > 0


def test_a_table_that_has_no_page_at_all_is_empty() -> None:
    numbers, log = listed(made((10, 1), 5)[0], None, relation=999)
    assert (len(numbers), log.count) == (0, 1)


def test_a_scan_finds_pages_of_each_kind() -> None:
    data, table = made((12, 0), 5)
    found = scan_pages(*pages_of(data))
    assert list(found.data_pages[128].numbers) == table.numbers
    assert list(found.data_pages[128].sequences) == [0, 1, 2, 3, 4]
    assert list(found.pointer_pages[128].numbers) == table.pointer_pages
    assert found.inventory == [2]


def test_a_scan_leaves_out_pages_that_are_free() -> None:
    """Released pages keep their content: only the page inventory tells."""
    data, table = made((10, 1), 5)
    free = table.numbers[1]
    data = put(data, 1, 20 + free // 8, bytes([1 << free % 8]))
    pages, family = pages_of(data)
    assert [FreePages(pages, family).is_free(number) for number in table.numbers] == [
        False,
        True,
        False,
        False,
        False,
    ]
    assert free not in scan_pages(pages, family).data_pages[128].numbers


def test_without_a_page_inventory_no_page_is_free() -> None:
    data, table = made((10, 1), 5)
    found = scan_pages(*pages_of(put(data, 1, 0, bytes(SIZE))))
    assert list(found.data_pages[128].numbers) == table.numbers


def test_a_scan_leaves_out_pages_that_bear_another_number() -> None:
    data, table = made((12, 0), 5)
    wrong = put(data, table.numbers[2], 12, b"\x63")
    assert table.numbers[2] not in scan_pages(*pages_of(wrong)).data_pages[128].numbers


def test_chains_of_inventory_pages_are_put_in_order() -> None:
    head = b"\x03\0\x39\x30" + bytes(12)
    pages = [made((10, 1), 1)[0][:SIZE], *[bytes(SIZE)] * 9]
    for number, follower in ((4, 7), (7, 5), (5, 0), (8, 9), (9, 8)):
        pages[number] = (head + follower.to_bytes(4, "little")).ljust(SIZE, b"\0")
    assert scan_pages(*pages_of(b"".join(pages))).inventory == [4, 7, 5, 8, 9]
