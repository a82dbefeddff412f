"""Callbacks of the kernel of columns: formats, and the values and rows of the reference
implementation."""

from collections.abc import Sequence

from gdb_export.arrow.reference import StoredRows
from gdb_export.chunks.row_images import RowImage, page_images, slot_image
from gdb_export.csv_rows.kernel_cells import KernelCells
from gdb_export.csv_rows.kernel_fields import LocatesRows
from gdb_export.csv_rows.kernel_pages import KernelPages
from gdb_export.csv_rows.row_formatter import Cell
from gdb_export.firebird.catalogue.columns import Column, Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.core.errors import Damage, OutOfRange
from gdb_export.firebird.database import Database
from gdb_export.firebird.python_values import cell_content
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.text_counts import TextCounts
from gdb_export.firebird.values.values import Constant


class ColumnFields:
    """Implements `ColumnFieldHelper` of _columns.pyi."""

    def __init__(
        self,
        reader: DatabaseReader,
        table: Table,
        decoder: TextDecoder,
        rows: StoredRows,
        locator: LocatesRows,
    ) -> None:
        self._reader = reader
        self._table = table
        self._rows = rows
        self._locator = locator
        # the format of the last field; the database bounds the memory of all formats
        self._layout: tuple[int, Format] | None = None
        # backups have no pages on which the kernel would find blobs
        has_blobs = isinstance(locator, KernelPages)
        self._cells = KernelCells(table, decoder, bytes.hex, has_blobs, is_quoted=False)
        self.character_tables = self._cells.character_tables

    def compile_format(
        self, format_number: int
    ) -> tuple[Sequence[Sequence[int]], bytes, int] | None:
        """The cells of a format, its constants (there are none), and the length of its images.

        None if the format is damaged: the reference implementation reports how.
        """
        try:
            layout = self._reader.format(self._table, format_number)
            cells, constants = self._cells.compile(
                layout, lambda column: self._cell(column, format_number, layout)
            )
        except Damage:
            return None
        return cells, constants, layout.length

    def _cell(self, column: Column, format_number: int, layout: Format) -> Cell:
        """The constant NULL, or a placeholder: the kernel then calls `value` for each row."""
        if self._rows.is_null(column, format_number, layout):
            return Constant(None)
        return lambda image: None

    def value(
        self, format_number: int, column_index: int, image: bytes, page_index: int, slot: int
    ) -> object:
        """The stored value of a field."""
        layout = self._layout_of(format_number)
        location = self._locator.location(page_index, slot)
        return self._rows.field(column_index, RowImage(format_number, layout, image, location))

    def _layout_of(self, format_number: int) -> Format:
        if self._layout is None or self._layout[0] != format_number:
            self._layout = format_number, self._reader.format(self._table, format_number)
        return self._layout[1]

    def count_rows(self, count: int) -> None:
        self._rows.stats.rows += count

    def count_text(self, column_index: int, counts: tuple[int, int, int, int, int]) -> None:
        self._rows.count_text(self._table.columns[column_index], TextCounts(*counts))


class ColumnPages(KernelPages):
    """Implements `ColumnRowHelper` and `ColumnPageHelper` of _columns.pyi for pages."""

    def __init__(
        self, database: Database, table: Table, rows: StoredRows, decoder: TextDecoder
    ) -> None:
        super().__init__(database, table)
        self._rows = rows
        self._decoder = decoder

    def slot_row(self, page_index: int, slot: int) -> list[object] | None:
        log = self._rows.stats.damage
        image = slot_image(self._database, self.table, self.page(page_index), slot, log)
        return None if image is None else list(self._rows.row(image))

    def page_rows(self, page_index: int) -> list[list[object]]:
        log = self._rows.stats.damage
        images = page_images(self._database, self.table, self.page_batch, page_index, log)
        return [list(self._rows.row(image)) for image in images]

    def blob_content(
        self, column_index: int, blob_id: bytes, page_index: int, slot: int
    ) -> bytes | None:
        """The content of a blob. None if it is damaged or too large, which is counted."""
        column, location = self.table.columns[column_index], self.location(page_index, slot)
        try:
            return cell_content(self._database.open_blob(blob_id))
        except Damage as damage:
            self._rows.add_field_damage(damage, column, location)
        except OutOfRange as error:
            self._rows.stats.count_out_of_range(column.name, str(error), location)
        return None

    def blob_value(self, column_index: int, content: bytes) -> bytes:
        """The text of a blob whose content is not valid in its character set."""
        column = self.table.columns[column_index]
        decoder = self._decoder.of_column(self.table.name, column.name)
        text, counts = decoder.decode(content, column.charset)
        self._rows.count_text(column, counts)
        return text.encode("utf-8", "replace")


class ColumnImages:
    """Implements `ColumnRowHelper` of _columns.pyi for images: a slot is the index of an image."""

    def __init__(self, rows: StoredRows) -> None:
        self._rows = rows
        self.begin(0, Format(()), b"", ())

    def begin(
        self, format_number: int, layout: Format, images: bytes, offsets: Sequence[int]
    ) -> None:
        """Set the images that slots refer to."""
        self._format_number, self._layout = format_number, layout
        self._images, self._offsets = images, offsets

    def location(self, page_index: int, slot: int) -> RowLocation:
        return RowLocation(offset=self._offsets[slot])

    def slot_row(self, page_index: int, slot: int) -> list[object] | None:
        length = len(self._images) // len(self._offsets)
        data = self._images[slot * length : (slot + 1) * length]
        location = self.location(page_index, slot)
        image = RowImage(self._format_number, self._layout, data, location)
        return list(self._rows.row(image))

    def page_rows(self, page_index: int) -> list[list[object]]:
        raise AssertionError("images lie on no page")
