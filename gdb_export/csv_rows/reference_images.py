"""The reference implementation for record images without pages: rows of backups as CSV."""

from collections.abc import Iterator, Sequence

from gdb_export.csv_rows.field_texts import BinaryText
from gdb_export.csv_rows.lines import Written, parts_of
from gdb_export.csv_rows.row_formatter import RowFormatter
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import RowLocation
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.values.text import TextDecoder


class ReferenceImages:
    """Formats the rows of one table. Not safe for use by several threads at once."""

    def __init__(
        self,
        reader: DatabaseReader,
        table: Table,
        decoder: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self.formatter = RowFormatter(reader, table, decoder, binary_text)
        self._reader = reader
        self._table = table

    def lines(
        self, format_number: int, images: bytes, offsets: Sequence[int], stats: TableStats
    ) -> Iterator[bytes | memoryview]:
        """The lines of record images of one format; damage is added to `stats`.

        `images` is the concatenation of images of the same length; `offsets` are the offsets of
        their rows in the file. Each item is valid only until the next one is requested.
        """
        self.formatter.count_into(stats)
        length = len(images) // max(1, len(offsets))
        for index, offset in enumerate(offsets):
            image = images[index * length : (index + 1) * length]
            yield from parts_of(self.image_line(format_number, image, offset))

    def image_line(self, format_number: int, image: bytes, offset: int) -> Written:
        """The line of one image, b"" if its format is damaged."""
        stats = self.formatter.stats
        location = RowLocation(offset=offset)
        try:
            layout = self._reader.format(self._table, format_number)
            line = self.formatter.line(format_number, layout, image, location)
        except Damage as damage:
            stats.damage.add(location.locate(damage))
            return b""
        stats.rows += 1
        return line
