"""The compiled implementation for record images without pages, as backups hold them."""

from collections.abc import Iterator, Sequence

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.implementation import BackupReader
from gdb_export.csv_rows.kernel._compiled import Kernel
from gdb_export.csv_rows.kernel_fields import KernelFields
from gdb_export.csv_rows.lines import Written
from gdb_export.csv_rows.reference_images import ReferenceImages
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.values.text import TextDecoder


class CompiledImages:
    """Formats the rows of one table as ReferenceImages does, most of them by the kernel."""

    def __init__(
        self,
        reader: BackupReader,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        reference = ReferenceImages(reader, table, decoder, binary_text)
        self.formatter = reference.formatter
        self._reader = reader
        self._images = _KernelImages(reference)
        fields = KernelFields(reader, table, decoder, binary_text, self.formatter, self._images)
        self._kernel = Kernel(
            fields,
            self._images,
            None,
            ods=reader.ods,
            columns=len(table.columns),
            character_tables=fields.character_tables,
        )

    def lines(
        self, format_number: int, images: bytes, offsets: Sequence[int], stats: TableStats
    ) -> Iterator[bytes | memoryview]:
        """The lines of record images: see ReferenceImages."""
        self.formatter.count_into(stats)
        self._images.begin(format_number, images, offsets)
        stream, begin = self._reader.row_bytes()
        self._kernel.begin_images(images, len(offsets), format_number, stream, begin)
        while (lines := self._kernel.next_lines()) is not None:
            yield lines


class _KernelImages:
    """Implements `RowHelper` of _compiled.pyi for images: a slot is the index of an image."""

    def __init__(self, reference: ReferenceImages) -> None:
        self._reference = reference
        self.begin(0, b"", ())

    def begin(self, format_number: int, images: bytes, offsets: Sequence[int]) -> None:
        """Set the images that slots refer to."""
        self._format_number, self._images, self._offsets = format_number, images, offsets

    def slot_line(self, page_index: int, slot: int) -> Written:
        length = len(self._images) // len(self._offsets)
        image = self._images[slot * length : (slot + 1) * length]
        return self._reference.image_line(self._format_number, image, self._offsets[slot])

    def location(self, page_index: int, slot: int) -> RowLocation:
        return RowLocation(offset=self._offsets[slot])
