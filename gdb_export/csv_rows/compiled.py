"""The Python side of the compiled twin: compiles cells for it, and does what is not ordinary."""

from array import array
from collections.abc import Iterator
from weakref import proxy

from gdb_export.csv_rows import quoting
from gdb_export.csv_rows.kernel._compiled import Kernel
from gdb_export.csv_rows.kernel_cells import KernelCells
from gdb_export.csv_rows.reference import ReferenceRows
from gdb_export.csv_rows.row_lines import BinaryText
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.database import Database
from gdb_export.firebird.pages.page_views import DataPage
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.table_pages.page_runs import PageBatch, page_batches, stretch_of
from gdb_export.firebird.values.text import TextDecoder


class CompiledRows(ReferenceRows):
    """The rows of one table as CSV: as PlainRows gives them, ordinary ones by the kernel."""

    def __init__(
        self,
        database: Database,
        table: Table,
        text: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        super().__init__(database, table, text, binary_text)
        self._layouts: dict[int, Format] = {}
        self._stretch = stretch_of([], database.page_size)
        self._page: tuple[int, DataPage] | None = None
        self._kernel_cells = KernelCells(table, text, binary_text, has_blobs=True)
        transactions = database.records.transactions
        # a kernel is half a megabyte: it is freed as soon as these rows are
        self._kernel = Kernel(
            proxy(self),
            database.page_size,
            ods.records_per_page(database.page_size),
            table.relation,
            database.ods,
            transactions.committed_below,
            transactions.last,
            len(table.columns),
            self._kernel_cells.characters,
        )

    def rebind(self, table: Table) -> bool:
        if not super().rebind(table):
            return False
        self._kernel.rebind(table.relation)
        return True

    def lines(self, page_batch: PageBatch) -> Iterator[bytes | memoryview]:
        self._stretch, self._page = page_batch, None
        sequences = array("I", [sequence for sequence, _ in page_batch.parts])
        self._kernel.begin(page_batch.data, sequences, page_batch.offsets, page_batch.extents)
        while (piece := self._kernel.next_piece()) is not None:
            yield piece

    # ------------------------------------------------------------ asked by the kernel
    def page_lines(self, place: int) -> bytes:
        return self.page_at(place, self._stretch)

    def pages_behind(self, first: int, most: int) -> tuple["array[int]", "array[int]", bytes]:
        """Of the table's `most` pages from sequence `first` on those that are there: their
        sequences, where in the bytes each lies, and the bytes."""
        numbers = self._database.data_pages(self._table, DamageLog())[first : first + most]
        parts = [(sequence, number) for sequence, number in enumerate(numbers, first) if number]
        nothing = stretch_of([], self._database.page_size)
        found = next(page_batches(self._database.pages, parts), nothing)
        return array("I", [sequence for sequence, _ in found.parts]), found.offsets, found.data

    def slot_line(self, place: int, slot: int) -> bytes:
        if self._page is None or self._page[0] != place:
            number = self._stretch.parts[place][1]
            self._page = place, DataPage(self._stretch.page(place), number)
        return self.slot(self._page[1], slot)

    def field(self, number: int, column: int, image: bytes) -> bytes:
        """The field of a record image as CSV; raises Damage."""
        text = self._lines.cells(number, self._layouts[number])[column](image)
        return b"" if text is None else quoting.quoted(text).encode("utf-8", "replace")

    def blob(self, blob_id: bytes) -> bytes:
        """The content of a blob; raises Damage."""
        return self._database.blob(blob_id)

    def blob_field(self, column: int, content: bytes) -> bytes:
        """The field of a blob whose content is not valid in its character set."""
        text = self._lines.content_text(self._table.columns[column], content)
        return quoting.quoted(text).encode("utf-8", "replace")

    def add_damage(self, damage: Damage, place: int, slot: int) -> None:
        self.account.damage.add(damage.at(self._stretch.parts[place][1], slot))

    def states(self, transaction: int) -> tuple[int, bytes]:
        return self._database.records.transactions.states_around(transaction)

    def blob_allowance(self) -> int:
        return self._database.blobs.bytes_left

    def spend_blob_bytes(self, count: int) -> None:
        self._database.blobs.bytes_left -= count

    def count_rows(self, count: int) -> None:
        self.account.rows += count

    def count_replaced_in(self, column: int, count: int) -> None:
        self.account.count_replaced(self._table.columns[column].name, count)

    # ------------------------------------------------------------ cells
    def compiled(self, number: int) -> tuple[list[list[int]], bytes, int] | None:
        """Cells of a format, their constants and the length of its images; None if the plain twin
        must say what is wrong with it."""
        try:
            layout = self._layouts[number] = self._database.format(self._table, number)
            cells, constants = self._kernel_cells.compiled(
                layout, lambda column: self._lines.cell(column, number, layout)
            )
        except Damage:
            return None
        return cells, constants, layout.length
