"""Salvage scan: finds pages by their own headers when the lists of pages are damaged.

One pass over the file. Released pages keep their old content; the page inventory tells which pages
are in use.
"""

from array import array
from dataclasses import dataclass, field

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.page_file import PageFile

_RUN_BYTES = 1 << 20
_ORPHAN = 1  # flag of data pages with middle fragments, which no pointer page lists


@dataclass(slots=True)
class FoundPages:
    """Sequence numbers in the table and page numbers, as parallel arrays in file order."""

    sequences: "array[int]" = field(default_factory=lambda: array("I"))
    numbers: "array[int]" = field(default_factory=lambda: array("I"))

    def add(self, sequence: int, page_number: int) -> None:
        self.sequences.append(sequence)
        self.numbers.append(page_number)


@dataclass(slots=True)
class Scan:
    """Pages in use: pointer pages and data pages by table number, and TIPs in order. InterBase has
    pages of the same layout for the blobs of a table.

    Data pages with one of `excluded_flags` are not part of the sequence of their table.
    `moved_pages` has the positions of data pages by the page number that they hold, where the two
    differ (ODS 12+); 0 if several pages hold the number.
    """

    excluded_flags: int = _ORPHAN
    pointer_pages: dict[int, FoundPages] = field(default_factory=dict)
    data_pages: dict[int, FoundPages] = field(default_factory=dict)
    blob_pointer_pages: dict[int, FoundPages] = field(default_factory=dict)
    blob_data_pages: dict[int, FoundPages] = field(default_factory=dict)
    inventory: list[int] = field(default_factory=list)
    moved_pages: dict[int, int] = field(default_factory=dict)

    def pages_of_type(self, page_type: int) -> dict[int, FoundPages] | None:
        """The found pages of a type by table number; None for types that are not collected."""
        if page_type == PageType.POINTER:
            return self.pointer_pages
        if page_type == PageType.DATA:
            return self.data_pages
        if page_type == PageType.BLOB_POINTER:
            return self.blob_pointer_pages
        return self.blob_data_pages if page_type == PageType.BLOB_DATA else None


def scan_pages(pages: PageFile, major: int, excluded_flags: int = 0) -> Scan:
    """Read every page once and collect the pages whose headers are valid."""
    scan = Scan(excluded_flags | _ORPHAN)
    free_pages = FreePages(pages, major)
    next_tips: dict[int, int] = {}
    for first, run in pages.runs(max(1, _RUN_BYTES // pages.page_size)):
        for offset in range(0, len(run) - pages.page_size + 1, pages.page_size):
            page_number = first + offset // pages.page_size
            if _has_valid_header(run, offset, page_number, major):
                if not free_pages.is_free(page_number):
                    _add_page(scan, run, offset, page_number, next_tips)
            elif major >= 12 and run[offset] == PageType.DATA:
                _add_moved_page(scan, run, offset, page_number, free_pages)
    scan.inventory = _in_chain_order(next_tips)
    return scan


def _has_valid_header(run: bytes, offset: int, page_number: int, major: int) -> bool:
    """Whether checksum or page number are right, which excludes most pages of other content."""
    _, _, checksum, _, _, stored_number = ods.PAGE_HEADER.unpack_from(run, offset)
    return checksum == ods.PAGE_CHECKSUM if major < 12 else stored_number in (0, page_number)


def _add_page(
    scan: Scan, run: bytes, offset: int, page_number: int, next_tips: dict[int, int]
) -> None:
    """Add the page at `offset` of the run to the scan, or its successor to `next_tips`."""
    page_type = run[offset]
    if page_type == PageType.TRANSACTION_INVENTORY:
        next_offset = offset + ods.TIP_NEXT
        next_tips[page_number] = int.from_bytes(run[next_offset : next_offset + 4], "little")
        return
    pages = scan.pages_of_type(page_type)
    if pages is None or (page_type == PageType.DATA and run[offset + 1] & scan.excluded_flags):
        return
    if page_type in (PageType.POINTER, PageType.BLOB_POINTER):
        sequence, _, _, relation = ods.POINTER_PAGE.unpack_from(run, offset + 16)
    else:
        sequence, relation, _ = ods.DATA_PAGE.unpack_from(run, offset + 16)
    pages.setdefault(relation, FoundPages()).add(sequence, page_number)


def _add_moved_page(
    scan: Scan, run: bytes, offset: int, page_number: int, free_pages: "FreePages"
) -> None:
    """Add a data page that holds another page number than that of its position."""
    own_number = ods.PAGE_HEADER.unpack_from(run, offset)[5]
    if not free_pages.is_free(own_number):
        scan.moved_pages[own_number] = 0 if own_number in scan.moved_pages else page_number


def _in_chain_order(next_tips: dict[int, int]) -> list[int]:
    """TIPs in the order of their chains. Chains begin at TIPs that no other TIP names, in file
    order; TIPs that are only part of a cycle come last."""
    targets = set(next_tips.values())
    heads = [*(tip for tip in next_tips if tip not in targets), *next_tips]
    ordered: dict[int, None] = {}
    for head in heads:
        tip = head
        while tip in next_tips and tip not in ordered:
            ordered[tip] = None
            tip = next_tips[tip]
    return list(ordered)


class FreePages:
    """The page inventory: one bit per page, set if the page is free.

    With n bits per inventory page, the inventory pages are page 1 and pages n - 1, 2n - 1, … .
    """

    def __init__(self, pages: PageFile, major: int) -> None:
        self._pages = pages
        self._major = major
        self._bits_at = 20 if major < 12 else 28
        self._per_page = (pages.page_size - self._bits_at) * 8
        self._inventory: dict[int, bytes | None] = {}

    def is_free(self, page_number: int) -> bool:
        """Whether the page is free; False if its inventory page is lost."""
        sequence, index = divmod(page_number, self._per_page)
        if sequence not in self._inventory:  # only the page used last is kept
            self._inventory = {sequence: self._load(sequence)}
        page = self._inventory[sequence]
        if page is None:
            return False
        return bool(page[self._bits_at + index // 8] & 1 << index % 8)

    def _load(self, sequence: int) -> bytes | None:
        page_number = 1 if sequence == 0 else sequence * self._per_page - 1
        page = self._pages.run(page_number, 1)
        if len(page) < self._pages.page_size or page[0] != PageType.PAGE_INVENTORY:
            return None
        # a page of noise may have the right type
        return page if _has_valid_header(page, 0, page_number, self._major) else None
