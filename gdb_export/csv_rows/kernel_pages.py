"""The kernels' access to the pages of a table: a batch, the pages after it, and blobs."""

from array import array

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog, RowLocation
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.table_pages.page_runs import PageBatch, build_page_batch, page_batches


class KernelPages:
    """Implements `PageHelper` of _record_kernel.pyi for the pages of one table."""

    def __init__(self, database: Database, table: Table) -> None:
        self.table = table
        self.page_batch = build_page_batch([], database.page_size)
        self._database = database
        self._page: tuple[int, DataPage] | None = None

    def begin(self, page_batch: PageBatch) -> None:
        """Set the batch that page indexes refer to."""
        self.page_batch, self._page = page_batch, None

    def page_number(self, page_index: int) -> int:
        """The number of a page of the batch."""
        return self.page_batch.page_refs[page_index][1]

    def location(self, page_index: int, slot: int) -> RowLocation:
        """The location of a row of the batch."""
        return RowLocation(self.page_number(page_index), slot)

    def page(self, page_index: int) -> DataPage:
        """A page of the batch; the last one is kept."""
        if self._page is None or self._page[0] != page_index:
            data = self.page_batch.page(page_index)
            self._page = page_index, DataPage(data, self.page_number(page_index))
        return self._page[1]

    def following_pages(self, first: int, count: int) -> tuple["array[int]", "array[int]", bytes]:
        """The sequences of pages, their offsets in the bytes, and the bytes.

        The pages are those that exist among the table's `count` pages from sequence `first` on.
        """
        page_numbers = self._database.data_pages(self.table, DamageLog())[first : first + count]
        parts = [
            (sequence, number) for sequence, number in enumerate(page_numbers, first) if number
        ]
        empty = build_page_batch([], self._database.page_size)
        batch = next(page_batches(self._database.pages, parts), empty)
        return array("I", [sequence for sequence, _ in batch.page_refs]), batch.offsets, batch.data

    def states(self, transaction: int) -> tuple[int, bytes]:
        """The states of the transactions on the inventory page of `transaction`: the number of the
        first one, and two bits for each."""
        return self._database.records.transactions.inventory_states(transaction)

    def blob_allowance(self) -> int:
        """The bytes that may still be read for blobs of this database."""
        return self._database.blobs.bytes_left

    def spend_blob_bytes(self, count: int) -> None:
        self._database.blobs.bytes_left -= count
