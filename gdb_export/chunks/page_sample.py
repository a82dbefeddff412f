"""Some data pages of a table, by which the whole of it is estimated."""

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

# Each may cost a request to a bucket.
_MOST = 3


def has_blobs(table: Table) -> bool:
    """Arrays are stored as blobs too."""
    return any(one.descriptor.dtype in (Dtype.BLOB, Dtype.ARRAY) for one in table.columns)


class PageSample(NamedTuple):
    """Pages from all along a table that has `pages`; `numbers` are theirs by sequence, 0 where
    there is none. They are read when something is asked."""

    database: Database
    table: Table
    numbers: "array[int]"
    pages: int

    def rows(self) -> int:
        """Primary records."""
        return self._scaled(self._is_row)

    def blob_pages(self) -> int:
        """Pages that blobs have for themselves, those of the record images aside."""
        if not has_blobs(self.table):
            return 0
        return min(self._scaled(self._pages_of_blob), self.database.page_count)

    def _scaled(self, count: Callable[[bytes], int]) -> int:
        """A count over the items of the sample, scaled up to all pages."""
        sample = self._chosen()
        counted = sum(self._counted(sequence, number, count) for sequence, number in sample)
        return round(counted * self.pages / len(sample)) if sample else 0

    def _chosen(self) -> list[tuple[int, int]]:
        present = zip(compress(count(), self.numbers), filter(None, self.numbers), strict=True)
        step = max(1, self.pages // _MOST)
        return list(islice(islice(present, step // 2, None, step), _MOST))

    def _counted(self, sequence: int, number: int, count: Callable[[bytes], int]) -> int:
        try:
            data = self.database.pages.page(number)
            page = self.database.data_page(self.table.relation, sequence, number, data)
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
        """0 of what is no blob, or lies beside the records as a whole."""
        header = parse_record_header(item, self.database.header.layout_major)
        if not header.flags & RecordFlag.BLOB:
            return 0
        blob = BlobHeader.parse(item)
        return blob.last_sequence + 1 if blob.level else 0
