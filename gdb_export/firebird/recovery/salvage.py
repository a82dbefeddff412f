"""What the pages themselves tell, when the lists of pages are damaged: one pass over the file.

Released pages keep their old content, so the page inventory is asked which pages are in use.
"""

from array import array
from dataclasses import dataclass, field

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.page_file import PageFile

_RUN_BYTES = 1 << 20
_ORPHAN = 1  # data page flag: holds middle parts of long records, belongs to no pointer page


@dataclass(slots=True)
class FoundPages:
    """Sequence in the table and page number, side by side, in file order."""

    sequences: "array[int]" = field(default_factory=lambda: array("I"))
    numbers: "array[int]" = field(default_factory=lambda: array("I"))

    def add(self, sequence: int, number: int) -> None:
        self.sequences.append(sequence)
        self.numbers.append(number)


@dataclass(slots=True)
class Scan:
    """Pages in use that bear a table's number, and the transaction inventory pages."""

    pointer_pages: dict[int, FoundPages] = field(default_factory=dict)
    data_pages: dict[int, FoundPages] = field(default_factory=dict)
    inventory: list[int] = field(default_factory=list)


def scan_pages(pages: PageFile, major: int) -> Scan:
    """Look at every page once."""
    scan = Scan()
    free = FreePages(pages, major)
    followers: dict[int, int] = {}
    for first, run in pages.runs(max(1, _RUN_BYTES // pages.page_size)):
        for place in range(0, len(run) - pages.page_size + 1, pages.page_size):
            number = first + place // pages.page_size
            if _is_sound(run, place, number, major) and not free.is_free(number):
                _note(scan, run, place, number, followers)
    scan.inventory = _in_chain_order(followers)
    return scan


def _is_sound(run: bytes, place: int, number: int, major: int) -> bool:
    """Does the page header agree with itself? Most pages of other content fail here."""
    _, _, checksum, _, _, own = ods.PAGE_HEADER.unpack_from(run, place)
    return checksum == ods.PAGE_CHECKSUM if major < 12 else own in (0, number)


def _note(scan: Scan, run: bytes, place: int, number: int, followers: dict[int, int]) -> None:
    kind = run[place]
    if kind == PageType.POINTER:
        sequence, _, _, relation = ods.POINTER_PAGE.unpack_from(run, place + 16)
        scan.pointer_pages.setdefault(relation, FoundPages()).add(sequence, number)
    elif kind == PageType.DATA and not run[place + 1] & _ORPHAN:
        sequence, relation, _ = ods.DATA_PAGE.unpack_from(run, place + 16)
        scan.data_pages.setdefault(relation, FoundPages()).add(sequence, number)
    elif kind == PageType.TRANSACTION_INVENTORY:
        at = place + ods.TIP_NEXT
        followers[number] = int.from_bytes(run[at : at + 4], "little")


def _in_chain_order(followers: dict[int, int]) -> list[int]:
    """Chains of pages, each from the page that none points to on, in file order of these; pages
    that only a circle holds come last."""
    targets = set(followers.values())
    order = [*(number for number in followers if number not in targets), *followers]
    chain: dict[int, None] = {}
    for head in order:
        number = head
        while number in followers and number not in chain:
            chain[number] = None
            number = followers[number]
    return list(chain)


class FreePages:
    """The page inventory: a bit a page, set where the page is free.

    Page 1 is the first inventory page, then every multiple of the bits of a page less one.
    """

    def __init__(self, pages: PageFile, major: int) -> None:
        self._pages = pages
        self._bits_at = 20 if major < 12 else 28
        self._per_page = (pages.page_size - (20 if major < 12 else 28)) * 8
        self._inventory: dict[int, bytes | None] = {}

    def is_free(self, number: int) -> bool:
        """False too where the inventory page is lost."""
        sequence, place = divmod(number, self._per_page)
        if sequence not in self._inventory:
            self._inventory = {sequence: self._load(sequence)}
        page = self._inventory[sequence]
        if page is None:
            return False
        return bool(page[self._bits_at + place // 8] & 1 << place % 8)

    def _load(self, sequence: int) -> bytes | None:
        number = 1 if sequence == 0 else sequence * self._per_page - 1
        page = self._pages.run(number, 1)
        is_whole = len(page) == self._pages.page_size
        return page if is_whole and page[0] == PageType.PAGE_INVENTORY else None
