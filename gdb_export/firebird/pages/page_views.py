"""Checked views on pages: counts, offsets and lengths are compared with the size before use."""

from typing import NamedTuple

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import PageType

_TYPE_NAMES: dict[int, str] = {
    PageType.TRANSACTION_INVENTORY: "transaction inventory page",
    PageType.PAGE_INVENTORY: "page inventory page",
    PageType.POINTER: "pointer page",
    PageType.DATA: "data page",
    PageType.BLOB: "blob page",
    PageType.BLOB_POINTER: "blob pointer page",
    PageType.BLOB_DATA: "page of blobs",
}
_EXPECTED_NAMES: dict[int, str] = {
    **_TYPE_NAMES,
    PageType.INDEX_ROOT: "index root page",
    PageType.INDEX: "index page",
}


def require_type(page: bytes, page_number: int, expected: PageType) -> None:
    """Raise Damage unless the page has the expected type."""
    if page[0] != expected:
        found = _TYPE_NAMES.get(page[0], f"type {page[0]}") if page[0] else "an unformatted page"
        name = _EXPECTED_NAMES[expected]
        article = "an" if name[0] in "aeiou" else "a"
        raise Damage(f"{article} {name} is expected here, found {found}", page=page_number)


def require_number(page: bytes, page_number: int) -> None:
    """Raise Damage unless a page of ODS 12+ holds its own number, or zero as in upgraded files."""
    stored = int.from_bytes(page[12:16], "little")
    if stored not in (0, page_number):
        raise Damage(f"the page says that it is page {stored}", page=page_number)


class PointerPage(NamedTuple):
    """A pointer page: numbers of a table's data pages in `slots`, 0 for empty slots; `reserved`
    are those that an unfinished insert of many rows has reserved."""

    number: int
    sequence: int
    next: int
    relation: int
    is_last: bool
    slots: "memoryview[int]"
    reserved: frozenset[int] = frozenset()

    @classmethod
    def parse(
        cls, page: bytes, number: int, major: int, page_type: PageType = PageType.POINTER
    ) -> "PointerPage":
        require_type(page, number, page_type)
        if major >= 12:
            require_number(page, number)
        sequence, next_page, count, relation = ods.POINTER_PAGE.unpack_from(page, 16)
        max_slots = ods.data_pages_per_pointer_page(len(page), major)
        if count > max_slots:
            raise Damage(f"{count} slots where {max_slots} fit", page=number)
        vector = memoryview(page)[ods.POINTER_SLOTS : ods.POINTER_SLOTS + 4 * count].cast("I")
        is_last = bool(page[1] & ods.LAST_POINTER_PAGE)
        flags = page[ods.POINTER_SLOTS + 4 * max_slots :]
        reserved = _flagged(vector, flags, ods.SLOT_RESERVED.get(major, 0))
        return cls(number, sequence, next_page, relation, is_last, vector, reserved)


def _flagged(slots: "memoryview[int]", flags: bytes, mask: int) -> frozenset[int]:
    """The page numbers of the slots whose byte of flags has a bit of `mask`."""
    if not mask:
        return frozenset()
    return frozenset(
        number for number, slot_flags in zip(slots, flags, strict=False) if slot_flags & mask
    )


class DataPage:
    """A data page: items (records and blobs) of a table in slots that are numbered from 0."""

    __slots__ = ("data", "number", "relation", "sequence", "slots")

    def __init__(self, data: bytes, number: int, page_type: PageType = PageType.DATA) -> None:
        require_type(data, number, page_type)
        self.data = data
        self.number = number
        self.sequence, self.relation, self.slots = ods.DATA_PAGE.unpack_from(data, 16)
        max_slots = ods.records_per_page(len(data))
        if self.slots > max_slots:
            raise Damage(f"{self.slots} slots where {max_slots} fit", page=number)

    def item(self, slot: int) -> bytes | None:
        """The bytes in a slot, None if it is free; raises Damage if they exceed the page."""
        if slot >= self.slots:
            return None
        offset, length = ods.SLOT.unpack_from(self.data, ods.DATA_SLOTS + 4 * slot)
        if offset == 0:
            return None
        if offset < ods.DATA_SLOTS + 4 * self.slots or offset + length > len(self.data):
            raise Damage(f"{length} bytes at {offset} of the page", page=self.number, slot=slot)
        return self.data[offset : offset + length]


class BlobPage:
    """A blob page: part of a blob's content, or of the list of its pages (`has_pointers`)."""

    __slots__ = ("content", "has_pointers", "lead", "sequence")

    def __init__(self, data: bytes, number: int) -> None:
        require_type(data, number, PageType.BLOB)
        self.lead, self.sequence, used = ods.BLOB_PAGE.unpack_from(data, 16)
        if ods.BLOB_PAGE_DATA + used > len(data):
            raise Damage(f"{used} bytes used of a blob page", page=number)
        self.has_pointers = bool(data[1] & ods.BLOB_POINTERS)
        self.content = data[ods.BLOB_PAGE_DATA : ods.BLOB_PAGE_DATA + used]
