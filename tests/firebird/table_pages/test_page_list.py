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
    page_type: int, page_number: int | None, sequence: int | None = 0, relation: int = 0
) -> CatalogueRow:
    return {
        "PAGE_TYPE": page_type,
        "PAGE_NUMBER": page_number,
        "PAGE_SEQUENCE": sequence,
        "RELATION_ID": relation,
    }


def file_with_tips(next_pages: dict[int, int], count: int = 20) -> PageFile:
    """A file of `count` pages. `next_pages`: page number of each TIP -> page number of the next."""
    pages = [DatabaseBuilder().build()[:1024]] + [bytes(1024)] * (count - 1)
    for page_number, next_page in next_pages.items():
        head = page_header(PageType.TRANSACTION_INVENTORY, 10, page_number)
        pages[page_number] = (head + pack("<I", next_page)).ljust(1024, b"\0")
    data = b"".join(pages)
    return PageFile(MemorySource(data), parse_header(data), DamageLog())


def test_first_pages_and_inventory() -> None:
    rows = [
        row(PageType.POINTER, 10, 0, 128),
        row(PageType.POINTER, 11, 1, 128),
        row(PageType.POINTER, 12, None, 129),
        row(PageType.POINTER, 13, 0, 128),
        row(PageType.TRANSACTION_INVENTORY, 5, 1),
        row(PageType.TRANSACTION_INVENTORY, 4, None),
        row(PageType.INDEX_ROOT, 9, 0, 128),
        row(PageType.POINTER, None, 0, 130),
        row(PageType.POINTER, 0, 0, 131),
    ]
    page_list = PageList.of(rows)
    assert page_list.first_pages == {128: 10, 129: 12}
    assert page_list.inventory == {0: 4, 1: 5}


def test_an_unlisted_page_is_found_by_the_pointer_of_the_previous_page() -> None:
    pages = file_with_tips({4: 7, 7: 9, 9: 0})
    assert PageList({}, {0: 4}, {}).inventory_pages(pages, 3) == [4, 7, 9]
    assert PageList({}, {0: 4}, {}).inventory_pages(pages, 1) == [4]
    assert PageList({}, {0: 4, 2: 9}, {}).inventory_pages(pages, 1) == [4, 7, 9]


def test_a_page_is_lost_without_a_row_and_without_a_pointer_to_it() -> None:
    pages = file_with_tips({9: 0})
    assert PageList({}, {1: 9}, {}).inventory_pages(pages, 3) == [0, 9, 0]
    assert PageList({}, {0: 8}, {}).inventory_pages(pages, 3) == [8, 0, 0]


def test_the_list_is_no_longer_than_the_file() -> None:
    pages = file_with_tips({4: 4})
    assert len(PageList({}, {0: 4, 2_000_000_000: 5}, {}).inventory_pages(pages, 1 << 40)) == 20
    assert PageList({}, {-5: 4}, {}).inventory_pages(pages, 0) == []
