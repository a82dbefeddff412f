"""Estimates of a table from a sample of its data pages."""

from array import array
from collections.abc import Callable
from itertools import compress, count, islice
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype, RecordFlag
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.blobs import BlobHeader
from gdb_export.firebird.records.records import parse_record_header

_SAMPLE_PAGES = 3  # each may cost a request to a bucket


def has_blobs(table: Table) -> bool:
    """Whether the table has columns of blobs or of arrays, which are stored as blobs."""
    return any(column.descriptor.dtype in (Dtype.BLOB, Dtype.ARRAY) for column in table.columns)


class PageSample(NamedTuple):
    """Evenly distributed data pages of a table, read for each estimate.

    `page_numbers` are all its data pages by sequence, 0 for missing ones; `pages` is their number.
    """

    database: Database
    table: Table
    page_numbers: "array[int]"
    pages: int

    def rows(self) -> int:
        """The estimated number of primary records."""
        return self._scaled(self._is_row)

    def blob_pages(self) -> int:
        """The estimated number of blob pages, which are separate from the data pages."""
        if not has_blobs(self.table):
            return 0
        return min(self._scaled(self._pages_of_blob), self.database.page_count)

    def _scaled(self, count: Callable[[bytes], int]) -> int:
        """The sum of a count over the items of the sample, scaled up to all pages."""
        sample = self._sample()
        total = sum(self._count(sequence, number, count) for sequence, number in sample)
        return round(total * self.pages / len(sample)) if sample else 0

    def _sample(self) -> list[tuple[int, int]]:
        page_numbers = self.page_numbers
        present = zip(compress(count(), page_numbers), filter(None, page_numbers), strict=True)
        step = max(1, self.pages // _SAMPLE_PAGES)
        return list(islice(islice(present, step // 2, None, step), _SAMPLE_PAGES))

    def _count(self, sequence: int, page_number: int, count: Callable[[bytes], int]) -> int:
        try:
            data = self.database.pages.page(page_number)
            page = self.database.data_page(self.table.relation, sequence, page_number, data)
            items = [item for item in map(page.item, range(page.slots)) if item is not None]
            return sum(map(count, items))
        except Damage:
            return 0

    @staticmethod
    def _is_row(item: bytes) -> bool:
        if len(item) < ods.RECORD_HEADER_SIZE:
            return False
        return not item[ods.RECORD_FLAGS] & ods.SECONDARY_ITEM

    def _pages_of_blob(self, item: bytes) -> int:
        """0 for items that are not blobs and for level-0 blobs."""
        header = parse_record_header(item, self.database.header.layout_major)
        if not header.flags & RecordFlag.BLOB:
            return 0
        blob = BlobHeader.parse(item)
        return blob.last_sequence + 1 if blob.level else 0
