"""What RDB$PAGES says: where each table begins, and the transaction inventory pages (TIP)."""

from collections.abc import Iterable
from typing import NamedTuple

from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import require_type


class PageList(NamedTuple):
    """First pointer pages by table number, TIPs by sequence."""

    first_pages: dict[int, int]
    inventory: dict[int, int]

    @classmethod
    def of(cls, rows: Iterable[CatalogueRow]) -> "PageList":
        found = cls({}, {})
        for row in rows:
            sequence, number = row["PAGE_SEQUENCE"] or 0, row["PAGE_NUMBER"]
            if not number:
                continue
            if row["PAGE_TYPE"] == PageType.TRANSACTION_INVENTORY:
                found.inventory[sequence] = number
            elif row["PAGE_TYPE"] == PageType.POINTER and sequence == 0:
                if (relation := row["RELATION_ID"]) is not None:
                    found.first_pages.setdefault(relation, number)
        return found

    def inventory_pages(self, pages: PageFile, needed: int) -> list[int]:
        """TIPs by sequence, 0 where one is lost; `needed` is how many there should be.

        A copy of a database at work may list fewer than there are: each names its follower.
        """
        listed = max(self.inventory, default=-1) + 1
        numbers: list[int] = []
        for sequence in range(min(max(needed, listed), pages.page_count)):
            number = self.inventory.get(sequence, 0)
            if not number and numbers and numbers[-1]:
                number = _follower(pages, numbers[-1])
            numbers.append(number)
        return numbers


def _follower(pages: PageFile, number: int) -> int:
    """The TIP that follows one, 0 if it is not known."""
    try:
        page = pages.page(number)
        require_type(page, number, PageType.TRANSACTION_INVENTORY)
    except Damage:
        return 0
    return int.from_bytes(page[ods.TIP_NEXT : ods.TIP_NEXT + 4], "little")
