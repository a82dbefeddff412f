"""PageList: first pointer pages and transaction inventory pages (TIP), from RDB$PAGES."""

from collections.abc import Iterable
from typing import NamedTuple

from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import require_type


class PageList(NamedTuple):
    """First pointer pages by table number, TIPs by sequence, and first blob pointer pages by table
    number (InterBase)."""

    first_pages: dict[int, int]
    inventory: dict[int, int]
    first_blob_pages: dict[int, int]

    @classmethod
    def of(cls, rows: Iterable[CatalogueRow]) -> "PageList":
        page_list = cls({}, {}, {})
        for row in rows:
            sequence, page_number = row["PAGE_SEQUENCE"] or 0, row["PAGE_NUMBER"]
            if not page_number:
                continue
            if row["PAGE_TYPE"] == PageType.TRANSACTION_INVENTORY:
                page_list.inventory[sequence] = page_number
            elif sequence == 0 and (relation := row["RELATION_ID"]) is not None:
                if row["PAGE_TYPE"] == PageType.POINTER:
                    page_list.first_pages.setdefault(relation, page_number)
                elif row["PAGE_TYPE"] == PageType.BLOB_POINTER:
                    page_list.first_blob_pages.setdefault(relation, page_number)
        return page_list

    def inventory_pages(self, pages: PageFile, needed: int) -> list[int]:
        """Page numbers of the TIPs by sequence, 0 for lost ones; at least `needed` of them.

        RDB$PAGES in a copy of a running database may not list the last ones; each TIP names the
        next one.
        """
        listed = max(self.inventory, default=-1) + 1
        page_numbers: list[int] = []
        for sequence in range(min(max(needed, listed), pages.page_count)):
            page_number = self.inventory.get(sequence, 0)
            if not page_number and page_numbers and page_numbers[-1]:
                page_number = _next_inventory_page(pages, page_numbers[-1])
            page_numbers.append(page_number)
        return page_numbers

    def reused_inventory_pages(self, pages: PageFile, last: int) -> dict[int, int]:
        """Page numbers of the TIPs by sequence; InterBase releases the first TIPs.

        If the TIP of sequence `last` is not listed, its number is taken from the TIP before it.
        """
        tips = {sequence: number for sequence, number in self.inventory.items() if sequence >= 0}
        if last not in tips and last - 1 in tips:
            tips[last] = _next_inventory_page(pages, tips[last - 1])
        return tips


def _next_inventory_page(pages: PageFile, page_number: int) -> int:
    """The number of the next TIP that a TIP names, 0 if the page is not readable."""
    try:
        page = pages.page(page_number)
        require_type(page, page_number, PageType.TRANSACTION_INVENTORY)
    except Damage:
        return 0
    return int.from_bytes(page[ods.TIP_NEXT : ods.TIP_NEXT + 4], "little")
