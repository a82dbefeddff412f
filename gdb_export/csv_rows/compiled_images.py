"""Record images that lie in no page, as a backup gives them, as CSV: the compiled twin."""

from array import array
from collections.abc import Iterator, Sequence
from weakref import proxy

from gdb_export.csv_rows import quoting
from gdb_export.csv_rows.kernel._compiled import Kernel
from gdb_export.csv_rows.kernel_cells import KernelCells
from gdb_export.csv_rows.reference_images import ReferenceImages
from gdb_export.csv_rows.row_lines import BinaryText
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder

_NO_PAGES = 1024  # a page size for the kernel, which meets no page


class CompiledImages(ReferenceImages):
    """The rows of one table as CSV: as PlainImages gives them, ordinary ones by the kernel."""

    def __init__(
        self,
        contents: DatabaseReader,
        table: Table,
        text: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        super().__init__(contents, table, text, binary_text)
        self._layouts: dict[int, Format] = {}
        self._number = 0
        self._images = b""
        self._offsets: Sequence[int] = ()
        self._kernel_cells = KernelCells(table, text, binary_text, has_blobs=False)
        columns, characters = len(table.columns), self._kernel_cells.characters
        self._kernel = Kernel(proxy(self), _NO_PAGES, 0, 0, contents.ods, 0, 0, columns, characters)

    def lines(
        self, number: int, images: bytes, offsets: Sequence[int]
    ) -> Iterator[bytes | memoryview]:
        self._number, self._images, self._offsets = number, images, offsets
        self._kernel.begin_images(images, len(offsets), number)
        while (piece := self._kernel.next_piece()) is not None:
            yield piece

    # ------------------------------------------------------------ asked by the kernel
    def compiled(self, number: int) -> tuple[list[list[int]], bytes, int] | None:
        try:
            layout = self._layouts[number] = self._contents.format(self._table, number)
            cells, constants = self._kernel_cells.compiled(
                layout, lambda column: self._lines.cell(column, number, layout)
            )
        except Damage:
            return None
        return cells, constants, layout.length

    def slot_line(self, place: int, slot: int) -> bytes:
        length = len(self._images) // len(self._offsets)
        image = self._images[slot * length : (slot + 1) * length]
        return self.line(self._number, image, self._offsets[slot])

    def field(self, number: int, column: int, image: bytes) -> bytes:
        """The field of a record image as CSV; raises Damage."""
        text = self._lines.cells(number, self._layouts[number])[column](image)
        return b"" if text is None else quoting.quoted(text).encode("utf-8", "replace")

    def add_damage(self, damage: Damage, place: int, slot: int) -> None:
        self.add_row_damage(damage, self._offsets[slot])

    def count_rows(self, count: int) -> None:
        self.account.rows += count

    def count_replaced_in(self, column: int, count: int) -> None:
        self.account.count_replaced(self._table.columns[column].name, count)

    # ------------------------------------------------------------ of pages, which there are none
    def page_lines(self, place: int) -> bytes:
        raise Damage("an image is in no page")

    def states(self, transaction: int) -> tuple[int, bytes]:
        raise Damage("an image has no transaction")

    def pages_behind(self, first: int, most: int) -> tuple["array[int]", "array[int]", bytes]:
        raise Damage("an image is in no page")

    def blob(self, blob_id: bytes) -> bytes:
        raise Damage("an image has no blobs")

    def blob_field(self, column: int, content: bytes) -> bytes:
        raise Damage("an image has no blobs")

    def blob_allowance(self) -> int:
        return 0

    def spend_blob_bytes(self, count: int) -> None:
        """The kernel reads no blob."""
