"""Which pages hold which table: pointer pages, and what stands in for them when they are lost."""

from array import array
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import PointerPage

if TYPE_CHECKING:
    from gdb_export.firebird.recovery.salvage import Scan

# Slots of pointer pages, of all tables together, for each page of the file: an honest file has
# emptied tables, but pages that it released are used again
_SLOTS_PER_PAGE = 8


class PageDirectory:
    """Data pages of tables by sequence number. What it returned never changes."""

    def __init__(self, pages: PageFile, major: int) -> None:
        self.pages = pages
        self.major = major
        self.per_pointer_page = ods.data_pages_per_pointer_page(pages.page_size, major)
        # a table never had more data pages than the file has pages, for a file never shrinks
        self._max_slots = 2 * (pages.page_count + self.per_pointer_page)
        self._slots_left = _SLOTS_PER_PAGE * (pages.page_count + self.per_pointer_page)

    @cached_property
    def scan(self) -> "Scan":
        """What the pages themselves tell: one pass over the file, made only when needed."""
        # only here: few databases are damaged
        from gdb_export.firebird.recovery.salvage import scan_pages

        return scan_pages(self.pages, self.major)

    def found_first_pages(self) -> Iterator[tuple[int, int]]:
        """Tables and their first pointer pages, as a scan finds them."""
        for relation, found in self.scan.pointer_pages.items():
            for sequence, number in zip(found.sequences, found.numbers, strict=True):
                if sequence == 0:
                    yield relation, number
                    break

    def data_pages(self, relation: int, first: int | None, log: DamageLog) -> "array[int]":
        """Page numbers of a table by sequence, 0 where there is none, from its first pointer page.

        Damage on the way is logged; what the lost pointer pages listed is taken from the data
        pages that bear the table's number.
        """
        numbers = array("I")
        try:
            for page in self._chain(relation, first):
                self._put(numbers, page.sequence * self.per_pointer_page, page)
        except Damage as damage:
            log.add(damage)
            self._rebuild(relation, numbers, log)
        return numbers

    def _chain(self, relation: int, first: int | None) -> Iterator[PointerPage]:
        """Pointer pages in order; the sequence numbers keep a chain from running in a circle."""
        if not first:
            raise Damage("the first pointer page of the table is not known")
        sequence, number = 0, first
        while number:
            page = PointerPage.parse(self.pages.page(number), number, self.major)
            if page.relation != relation:
                raise Damage(f"a pointer page of table {page.relation} is here", page=number)
            if page.sequence != sequence:
                raise Damage(
                    f"pointer page {page.sequence} is here instead of {sequence}", page=number
                )
            yield page
            if not page.next and not page.is_last:
                raise Damage("names no further pointer page, but is not the last", page=number)
            sequence, number = sequence + 1, page.next

    def _put(self, numbers: "array[int]", start: int, page: PointerPage) -> None:
        self._grow(numbers, start + len(page.slots), page.number)
        numbers[start : start + len(page.slots)] = array("I", page.slots)

    def _grow(self, numbers: "array[int]", length: int, page: int) -> None:
        """Make room for `length` numbers; raises Damage if no honest file has so many."""
        more = length - len(numbers)
        if more <= 0:
            return
        if length > self._max_slots or more > self._slots_left:
            raise Damage("more slots than data pages fit the file", page=page)
        self._slots_left -= more
        numbers.frombytes(bytes(numbers.itemsize * more))

    def _rebuild(self, relation: int, numbers: "array[int]", log: DamageLog) -> None:
        """To the sound pointer pages add those that a scan finds, for the rest the data pages."""
        known = set(range(-(-len(numbers) // self.per_pointer_page)))
        try:
            for page in self._found_pointer_pages(relation):
                if page.sequence not in known:
                    self._put(numbers, page.sequence * self.per_pointer_page, page)
                    known.add(page.sequence)
            for sequence, number in self._found_data_pages(relation):
                if sequence // self.per_pointer_page not in known:
                    self._grow(numbers, sequence + 1, number)
                    numbers[sequence] = numbers[sequence] or number
        except Damage as damage:
            log.add(damage)

    def _found_data_pages(self, relation: int) -> Iterator[tuple[int, int]]:
        """Sequence and number of the data pages that bear the table's number."""
        found = self.scan.data_pages.get(relation)
        return zip(found.sequences, found.numbers, strict=True) if found else iter(())

    def _found_pointer_pages(self, relation: int) -> Iterator[PointerPage]:
        found = self.scan.pointer_pages.get(relation)
        for number in found.numbers if found else ():
            try:
                yield PointerPage.parse(self.pages.page(number), number, self.major)
            except Damage:
                continue
