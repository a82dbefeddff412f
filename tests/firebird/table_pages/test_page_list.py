"""PageList: first pointer pages and transaction inventory pages from RDB$PAGES."""

from struct import pack

from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.table_pages.page_list import PageList
from tests.firebird.database_builder import DatabaseBuilder, page_header
from tests.firebird.memory_source import MemorySource


def row(
    page_type: int, number: int | None, sequence: int | None = 0, relation: int = 0
) -> CatalogueRow:
    return {
        "PAGE_TYPE": page_type,
        "PAGE_NUMBER": number,
        "PAGE_SEQUENCE": sequence,
        "RELATION_ID": relation,
    }


def pages_of(next_pages: dict[int, int], count: int = 20) -> PageFile:
    """A file with TIPs: page number -> number of the next TIP."""
    pages = [DatabaseBuilder().build()[:1024]] + [bytes(1024)] * (count - 1)
    for number, next_page in next_pages.items():
        head = page_header(PageType.TRANSACTION_INVENTORY, 10, number)
        pages[number] = (head + pack("<I", next_page)).ljust(1024, b"\0")
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
    page_list = PageList.of(rows)
    assert page_list.first_pages == {128: 10, 129: 12}
    assert page_list.inventory == {0: 4, 1: 5}


def test_a_page_that_is_not_listed_is_found_by_the_previous_one() -> None:
    pages = pages_of({4: 7, 7: 9, 9: 0})
    assert PageList({}, {0: 4}).inventory_pages(pages, 3) == [4, 7, 9]
    assert PageList({}, {0: 4}).inventory_pages(pages, 1) == [4]
    assert PageList({}, {0: 4, 2: 9}).inventory_pages(pages, 1) == [4, 7, 9]


def test_a_page_that_no_other_names_is_lost() -> None:
    pages = pages_of({9: 0})
    assert PageList({}, {1: 9}).inventory_pages(pages, 3) == [0, 9, 0]
    assert PageList({}, {0: 8}).inventory_pages(pages, 3) == [8, 0, 0]


def test_the_list_is_no_longer_than_the_file() -> None:
    pages = pages_of({4: 4})
    assert len(PageList({}, {0: 4, 2_000_000_000: 5}).inventory_pages(pages, 1 << 40)) == 20
    assert PageList({}, {-5: 4}).inventory_pages(pages, 0) == []
