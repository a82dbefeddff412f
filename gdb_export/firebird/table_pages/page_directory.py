"""PageDirectory: the data pages of each table, from pointer pages or, if they are lost, a scan."""

from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import PointerPage

if TYPE_CHECKING:
    from gdb_export.firebird.recovery.salvage import FoundPages, Scan

# Limit of the slots of all pointer pages, per page of the file. Slots of released pages stay empty,
# but released pages are reused, so undamaged files stay far below it
_SLOTS_PER_PAGE = 8


class PageDirectory:
    """Finds the data pages of tables. Returned arrays never change.

    `reserved_pages` are the data pages of the tables asked for so far that an unfinished insert of
    many rows has reserved: the engine's scans skip them.

    `page_type` is the type of the pointer pages: InterBase has another type for the pages of blobs.
    The scan leaves out data pages with one of `excluded_flags`.
    """

    def __init__(
        self,
        pages: PageFile,
        major: int,
        page_type: PageType = PageType.POINTER,
        excluded_flags: int = 0,
    ) -> None:
        self.pages = pages
        self.major = major
        self.reserved_pages: set[int] = set()
        self._page_type = page_type
        self._excluded_flags = excluded_flags
        self.per_pointer_page = ods.data_pages_per_pointer_page(pages.page_size, major)
        # a table never had more data pages than the file has pages, because files never shrink
        self._max_slots = 2 * (pages.page_count + self.per_pointer_page)
        # positions of the scanned data pages by table and sequence
        self._positions: dict[int, dict[int, int]] = {}
        self._slots_left = _SLOTS_PER_PAGE * (pages.page_count + self.per_pointer_page)

    @cached_property
    def scan(self) -> "Scan":
        """The salvage scan: one pass over the file when it is first needed."""
        # imported late: few databases are damaged
        from gdb_export.firebird.recovery.salvage import scan_pages

        return scan_pages(self.pages, self.major, self._excluded_flags)

    @property
    def _found_pointer_pages(self) -> "Mapping[int, FoundPages]":
        return self.scan.pages_of_type(self._page_type) or {}

    @property
    def _found_data_pages(self) -> "Mapping[int, FoundPages]":
        is_blob = self._page_type is PageType.BLOB_POINTER
        return self.scan.pages_of_type(PageType.BLOB_DATA if is_blob else PageType.DATA) or {}

    def found_first_pages(self) -> Iterator[tuple[int, int]]:
        """Yield table number and first pointer page of the tables that the scan finds."""
        for relation, found in self._found_pointer_pages.items():
            for sequence, page_number in zip(found.sequences, found.numbers, strict=True):
                if sequence == 0:
                    yield relation, page_number
                    break

    def data_pages(self, relation: int, first: int | None, log: DamageLog) -> "array[int]":
        """Numbers of a table's data pages by sequence, 0 for missing ones.

        `first` is the first pointer page. Damage is logged; the scan replaces lost pointer pages.
        """
        page_numbers = array("I")
        try:
            for page in self._chain(relation, first):
                self._copy_slots(page_numbers, page)
        except Damage as damage:
            log.add(damage)
            self._add_scanned(relation, page_numbers, log)
        return page_numbers

    def _chain(self, relation: int, first: int | None) -> Iterator[PointerPage]:
        """Pointer pages in order. The check of sequence numbers ends chains that form a cycle."""
        if not first:
            raise Damage("the first pointer page of the table is not known")
        sequence, page_number = 0, first
        while page_number:
            page = self._pointer_page(page_number)
            if page.relation != relation:
                raise Damage(f"a pointer page of table {page.relation} is here", page=page_number)
            if page.sequence != sequence:
                reason = f"pointer page {page.sequence} is here instead of {sequence}"
                raise Damage(reason, page=page_number)
            yield page
            if not page.next and not page.is_last:
                reason = "names no further pointer page, but is not the last"
                raise Damage(reason, page=page_number)
            sequence, page_number = sequence + 1, page.next

    def _pointer_page(self, page_number: int) -> PointerPage:
        data = self.pages.page(page_number)
        return PointerPage.parse(data, page_number, self.major, self._page_type)

    def _copy_slots(self, page_numbers: "array[int]", page: PointerPage) -> None:
        start = page.sequence * self.per_pointer_page
        self._extend(page_numbers, start + len(page.slots), page.number)
        page_numbers[start : start + len(page.slots)] = array("I", page.slots)
        self.reserved_pages |= page.reserved

    def _extend(self, page_numbers: "array[int]", length: int, page_number: int) -> None:
        """Extend the array to `length` with zeros; raises Damage beyond the limits of slots."""
        added = length - len(page_numbers)
        if added <= 0:
            return
        if length > self._max_slots or added > self._slots_left:
            raise Damage("more slots than data pages fit the file", page=page_number)
        self._slots_left -= added
        page_numbers.frombytes(bytes(page_numbers.itemsize * added))

    def moved_data_page(self, relation: int, sequence: int, page_number: int) -> int:
        """The position in which the scan finds a data page that is not at its page number; 0 if
        there is none, or more than one.

        From ODS 12 on, a page holds its number; before, its table and its sequence identify it.
        """
        if self.major >= 12:
            return self.scan.moved_pages.get(page_number, 0)
        if relation not in self._positions:
            positions: dict[int, int] = {}
            for found_sequence, found_number in self._scanned_data_pages(relation):
                is_first = found_sequence not in positions
                positions[found_sequence] = found_number if is_first else 0
            self._positions[relation] = positions
        return self._positions[relation].get(sequence, 0)

    def _add_scanned(self, relation: int, page_numbers: "array[int]", log: DamageLog) -> None:
        """Add the pointer pages that the scan finds and, for lost ones, the data pages.

        A page with a sequence that the file can't contain costs only itself.
        """
        known = set(range(-(-len(page_numbers) // self.per_pointer_page)))
        for page in self._scanned_pointer_pages(relation):
            if page.sequence not in known:
                with _logged(log):
                    self._copy_slots(page_numbers, page)
                    known.add(page.sequence)
        for sequence, page_number in self._scanned_data_pages(relation):
            if sequence // self.per_pointer_page not in known:
                with _logged(log):
                    self._extend(page_numbers, sequence + 1, page_number)
                    page_numbers[sequence] = page_numbers[sequence] or page_number

    def _scanned_data_pages(self, relation: int) -> Iterator[tuple[int, int]]:
        """Sequence and page number of the table's data pages."""
        found = self._found_data_pages.get(relation)
        return zip(found.sequences, found.numbers, strict=True) if found else iter(())

    def _scanned_pointer_pages(self, relation: int) -> Iterator[PointerPage]:
        found = self._found_pointer_pages.get(relation)
        for page_number in found.numbers if found else ():
            try:
                yield self._pointer_page(page_number)
            except Damage:
                continue


@contextmanager
def _logged(log: DamageLog) -> Iterator[None]:
    """Adds Damage to the log instead of raising it."""
    try:
        yield
    except Damage as damage:
        log.add(damage)
