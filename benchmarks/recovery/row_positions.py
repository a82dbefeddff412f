"""The bytes that each row of an undamaged database consists of.

A row is made of: the slot and the item of its newest version; those of older versions and fragments
that lead to the visible version; those of its blobs and the pages of larger blobs; and of each page
the page header, which tells type, table, sequence and number of slots. Page lists, the catalogue
and the transaction inventory are not part of a row. This module follows the pointers by itself and
uses none of the code that salvages.
"""

from collections.abc import Iterator
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.ods import Dtype, RecordFlag
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.records import parse_record_header
from gdb_export.firebird.records.transactions import TransactionState


class ByteRange(NamedTuple):
    """Bytes of a page, from `start` to before `end`."""

    page: int
    start: int
    end: int


class RowPositions:
    """Yields the byte ranges of each row of a table, in the order of its CSV."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._major = database.header.layout_major
        self._per_page = ods.records_per_page(database.page_size)

    def rows(self, table: Table) -> Iterator[list[ByteRange]]:
        if table.kind is not TableKind.TABLE:
            return
        pages = self._database.data_pages(table, DamageLog())
        for page_number in pages:
            if page_number:
                page = self._database.pages.page(page_number)
                for slot in range(ods.DATA_PAGE.unpack_from(page, 16)[2]):
                    ranges = self._row(table, page_number, slot)
                    if ranges is not None:
                        yield ranges

    def _slot(self, page_number: int, slot: int) -> tuple[bytes, list[ByteRange]]:
        """The item in a slot, and the ranges of page header, slot and item."""
        page = self._database.pages.page(page_number)
        slot_at = ods.DATA_SLOTS + ods.SLOT.size * slot
        offset, length = ods.SLOT.unpack_from(page, slot_at)
        ranges = [
            ByteRange(page_number, 0, 1),
            ByteRange(page_number, 16, ods.DATA_SLOTS),
            ByteRange(page_number, slot_at, slot_at + ods.SLOT.size),
            ByteRange(page_number, offset, offset + length),
        ]
        return page[offset : offset + length] if offset else b"", ranges

    def _row(self, table: Table, page_number: int, slot: int) -> list[ByteRange] | None:
        """The ranges of the row; None if no row is visible in the slot."""
        item, ranges = self._slot(page_number, slot)
        version = self._database.records.visible(item) if item else None
        if version is None:
            return None
        while True:
            header = parse_record_header(item, self._major)
            is_committed = (
                self._database.records.transactions.state(header.transaction)
                is TransactionState.COMMITTED
            )
            if is_committed or header.flags & RecordFlag.DELTA:
                ranges += self._fragments(item)
            if is_committed:
                break
            item, older_ranges = self._slot(header.back_page, header.back_slot)
            ranges += older_ranges
        layout, image = self._database.image(table, version)
        for field_id, field in enumerate(layout.descriptors):
            is_null = image[field_id >> 3] >> (field_id & 7) & 1
            if field.dtype in (Dtype.BLOB, Dtype.ARRAY) and field.is_stored and not is_null:
                ranges += self._blob(image[field.offset : field.offset + 8])
        return ranges

    def _fragments(self, item: bytes) -> list[ByteRange]:
        """The ranges of the fragments that continue the item."""
        ranges = []
        header = parse_record_header(item, self._major)
        while header.flags & RecordFlag.INCOMPLETE:
            item, fragment_ranges = self._slot(header.next_page, header.next_slot)
            ranges += fragment_ranges
            header = parse_record_header(item, self._major)
        return ranges

    def _blob(self, blob_id: bytes) -> list[ByteRange]:
        low = int.from_bytes(blob_id[4:8], "little")
        if self._major < 11:
            relation, record = int.from_bytes(blob_id[:4], "little"), low
        else:
            relation, record = int.from_bytes(blob_id[:2], "little"), blob_id[3] << 32 | low
        if not relation:
            return []
        sequence, slot = divmod(record, self._per_page)
        page_number = self._database.relation_pages(relation)[sequence]
        item, ranges = self._slot(page_number, slot)
        level = item[ods.BLOB_HEADERS[self._major].level]
        pages = [] if level == 0 else _page_numbers(item[ods.BLOB_HEADER_SIZE :])
        for _ in range(level):
            below: list[int] = []
            for number in pages:
                page = self._database.pages.page(number)
                used = ods.BLOB_PAGE.unpack_from(page, 16)[2]
                ranges.append(ByteRange(number, 0, 2))
                ranges.append(ByteRange(number, 16, ods.BLOB_PAGE_DATA + used))
                below += _page_numbers(page[ods.BLOB_PAGE_DATA : ods.BLOB_PAGE_DATA + used])
            pages = below
        return ranges


def _page_numbers(content: bytes) -> list[int]:
    length = len(content) // 4 * 4
    return list(memoryview(content)[:length].cast("I"))
