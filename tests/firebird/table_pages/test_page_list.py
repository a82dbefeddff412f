"""RDB$PAGES: where tables begin, and transaction inventory pages by number."""

from struct import pack

from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.table_pages.page_list import PageList
from tests.firebird.database_builder import DatabaseBuilder, page_header
from tests.firebird.memory_source import MemorySource


def row(kind: int, number: int | None, sequence: int | None = 0, relation: int = 0) -> CatalogueRow:
    return {
        "PAGE_TYPE": kind,
        "PAGE_NUMBER": number,
        "PAGE_SEQUENCE": sequence,
        "RELATION_ID": relation,
    }


def pages_of(followers: dict[int, int], count: int = 20) -> PageFile:
    """A file whose pages of these numbers are TIPs that name the next one."""
    pages = [DatabaseBuilder().build()[:1024]] + [bytes(1024)] * (count - 1)
    for number, follower in followers.items():
        head = page_header(PageType.TRANSACTION_INVENTORY, 10, number)
        pages[number] = (head + pack("<I", follower)).ljust(1024, b"\0")
    data = b"".join(pages)
    return PageFile(MemorySource(data), parse_header(data), DamageLog())


def test_first_pages_and_inventory() -> None:
    rows = [
        row(4, 10, 0, 128),
        row(4, 11, 1, 128),
        row(4, 12, None, 129),
        row(4, 13, 0, 128),
        row(3, 5, 1),
        row(3, 4, None),
        row(6, 9, 0, 128),
        row(4, None, 0, 130),
        row(4, 0, 0, 131),
    ]
    found = PageList.of(rows)
    assert found.first_pages == {128: 10, 129: 12}
    assert found.inventory == {0: 4, 1: 5}


def test_pages_that_are_not_listed_are_named_by_the_one_before() -> None:
    pages = pages_of({4: 7, 7: 9, 9: 0})
    assert PageList({}, {0: 4}).inventory_pages(pages, 3) == [4, 7, 9]
    assert PageList({}, {0: 4}).inventory_pages(pages, 1) == [4]
    assert PageList({}, {0: 4, 2: 9}).inventory_pages(pages, 1) == [4, 7, 9]


def test_what_nobody_names_is_lost() -> None:
    pages = pages_of({9: 0})
    assert PageList({}, {1: 9}).inventory_pages(pages, 3) == [0, 9, 0]
    assert PageList({}, {0: 8}).inventory_pages(pages, 3) == [8, 0, 0]


def test_absurd_numbers_cost_no_more_than_the_file_has_pages() -> None:
    pages = pages_of({4: 4})
    assert len(PageList({}, {0: 4, 2_000_000_000: 5}).inventory_pages(pages, 1 << 40)) == 20
    assert PageList({}, {-5: 4}).inventory_pages(pages, 0) == []
