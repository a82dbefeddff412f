"""Which pages hold which table: pointer pages, and what stands in for them when they are lost."""

from array import array
from collections.abc import Iterator
from functools import cached_property

from job.firebird import ods
from job.firebird.damage import DamageLog
from job.firebird.errors import Damage
from job.firebird.page_file import PageFile
from job.firebird.pages import PointerPage
from job.firebird.salvage import Scan, scan_pages


class PageDirectory:
    """Data pages of tables by sequence number. What it returned never changes."""

    def __init__(self, pages: PageFile, major: int) -> None:
        self.pages = pages
        self.major = major
        self.per_pointer_page = ods.data_pages_per_pointer_page(pages.page_size, major)
        # a table never had more data pages than the file has pages, for a file never shrinks
        self._most_slots = 2 * (pages.page_count + self.per_pointer_page)

    @cached_property
    def scan(self) -> Scan:
        """What the pages themselves tell: one pass over the file, made only when needed."""
        return scan_pages(self.pages, self.major)

    def data_pages(self, relation: int, first: int | None, log: DamageLog) -> "array[int]":
        """Page numbers of a table by sequence, 0 where there is none, from its first pointer page.

        Damage on the way is logged; what the lost pointer pages listed is taken from the data
        pages that bear the table's number.
        """
        numbers = array("I")
        try:
            for page in self._chain(relation, first):
                start = page.sequence * self.per_pointer_page
                if start + len(page.slots) > self._most_slots:
                    raise Damage("more slots than data pages fit the file", page=page.number)
                numbers.extend([0] * (start - len(numbers)))
                numbers.frombytes(page.slots.cast("B"))
        except Damage as damage:
            log.add(damage)
            return self._rebuilt(relation, numbers)
        return numbers

    def _chain(self, relation: int, first: int | None) -> Iterator[PointerPage]:
        """Pointer pages in order; the sequence numbers keep a chain from running in a circle."""
        if first is None:
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
            sequence, number = sequence + 1, page.next

    def _rebuilt(self, relation: int, sound: "array[int]") -> "array[int]":
        """The sound pointer pages, those that a scan finds, and for the rest the data pages."""
        known = set(range(-(-len(sound) // self.per_pointer_page)))
        listed = dict(enumerate(sound))
        for page in self._found_pointer_pages(relation):
            if page.sequence not in known:
                known.add(page.sequence)
                listed.update(enumerate(page.slots, page.sequence * self.per_pointer_page))
        found = self.scan.data_pages.get(relation)
        for sequence, number in found.by_sequence().items() if found else ():
            if sequence // self.per_pointer_page not in known:
                listed[sequence] = number
        kept = {sequence: n for sequence, n in listed.items() if sequence < self._most_slots}
        numbers = array("I", bytes(4 * (max(kept, default=-1) + 1)))
        for sequence, number in kept.items():
            numbers[sequence] = number
        return numbers

    def _found_pointer_pages(self, relation: int) -> Iterator[PointerPage]:
        found = self.scan.pointer_pages.get(relation)
        for number in found.numbers if found else ():
            try:
                yield PointerPage.parse(self.pages.page(number), number, self.major)
            except Damage:
                continue
