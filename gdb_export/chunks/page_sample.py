"""Estimates of a table from a sample of its data pages."""

from array import array
from collections.abc import Callable
from itertools import compress, count, islice
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype, RecordFlag
from gdb_export.firebird.database import Database
from gdb_export.firebird.records.blobs import BlobHeader
from gdb_export.firebird.records.records import Records, parse_record_header
from gdb_export.firebird.records.transactions import TransactionState

_SAMPLE_PAGES = 3  # each may cost a request to a bucket
# Rows are only counted to be shown, so more pages may be read than for a plan
_ROW_SAMPLE_PAGES = 100
_ROW_SAMPLE_PAGES_OF_BUCKETS = 10
# The pages that are read for the rows of many tables together
_ALL_ROW_SAMPLE_PAGES = 6000
# Flags of records whose header has more than its first part
_LONGER_HEADER = RecordFlag.INCOMPLETE | RecordFlag.LONG_TRANSACTION


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

    def rows(self, tables: int) -> int:
        """The estimated number of rows that a new transaction sees; `tables` is the number of
        tables whose rows are estimated: the more tables, the smaller is the sample of each."""
        is_bucket = self.database.pages.coalescing_window > 0
        max_pages = _ROW_SAMPLE_PAGES_OF_BUCKETS if is_bucket else _ROW_SAMPLE_PAGES
        max_pages = min(max_pages, max(_SAMPLE_PAGES, _ALL_ROW_SAMPLE_PAGES // tables))
        return self._scaled(_RowTest(self.database), max_pages)

    def blob_pages(self) -> int:
        """The estimated number of blob pages, which are separate from the data pages."""
        if not has_blobs(self.table):
            return 0
        return min(self._scaled(self._pages_of_blob, _SAMPLE_PAGES), self.database.page_count)

    def _scaled(self, count_item: Callable[[bytes], int], max_pages: int) -> int:
        """The sum of `count_item` over the items of the sample, scaled up to all pages."""
        sample = self._sample(max_pages)
        total = sum(self._page_total(sequence, number, count_item) for sequence, number in sample)
        return round(total * self.pages / len(sample)) if sample else 0

    def _sample(self, max_pages: int) -> list[tuple[int, int]]:
        """Sequence and page number of the pages of the sample."""
        page_numbers = self.page_numbers
        present = zip(compress(count(), page_numbers), filter(None, page_numbers), strict=True)
        step = max(1, self.pages // max_pages)
        return list(islice(islice(present, step // 2, None, step), max_pages))

    def _page_total(
        self, sequence: int, page_number: int, count_item: Callable[[bytes], int]
    ) -> int:
        """The sum of `count_item` over the items of a page; 0 for a damaged page."""
        try:
            data = self.database.pages.page(page_number)
            page = self.database.data_page(self.table.relation, sequence, page_number, data)
            items = [item for item in map(page.item, range(page.slots)) if item is not None]
            return sum(map(count_item, items))
        except Damage:
            return 0

    def _pages_of_blob(self, item: bytes) -> int:
        """The number of pages of a blob; 0 for items that are not blobs and for level-0 blobs."""
        major = self.database.header.layout_major
        header = parse_record_header(item, major)
        if not header.flags & RecordFlag.BLOB:
            return 0
        blob = BlobHeader.parse(item, major)
        return blob.last_sequence + 1 if blob.level else 0


class _RowTest:
    """Tells the rows among the items of data pages."""

    def __init__(self, database: Database) -> None:
        self._major = database.header.layout_major
        # a separate read budget and log, because an export reads these rows again
        transactions = database.records.transactions
        self._records = Records(database.pages, database.ods, transactions, DamageLog())
        self._states: dict[int, TransactionState] = {}

    def __call__(self, item: bytes) -> bool:
        """Whether the item is the newest version of a row that a new transaction sees. Raises
        Damage if the item is shorter than its header."""
        if len(item) < ods.RECORD_HEADER_SIZE:
            raise Damage(f"a record of {len(item)} bytes is shorter than its header")
        transaction, back_page, _, flags, _ = ods.RECORD_HEADER.unpack_from(item)
        if flags & _LONGER_HEADER:
            transaction = parse_record_header(item, self._major).transaction
        if flags & ods.SECONDARY_ITEM:
            return False
        try:
            if self._state(transaction) is TransactionState.COMMITTED:
                return not flags & RecordFlag.DELETED
            return back_page != 0 and self._records.visible(item) is not None
        except Damage:
            return False

    def _state(self, transaction: int) -> TransactionState:
        """The state of a transaction; each is read once."""
        state = self._states.get(transaction)
        if state is None:
            state = self._states[transaction] = self._records.transactions.state(transaction)
        return state
