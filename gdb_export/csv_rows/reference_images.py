"""Record images that lie in no page, as a backup gives them, as CSV: the plain twin."""

from collections.abc import Iterator, Sequence

from gdb_export.csv_rows.made_by import MadeBy
from gdb_export.csv_rows.row_lines import BinaryText, RowLines
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.values.text import TextDecoder


class ReferenceImages(MadeBy):
    """The rows of one table as CSV. Counts into the account that it has at the moment; one
    thread at a time."""

    def __init__(
        self,
        contents: DatabaseReader,
        table: Table,
        text: TextDecoder,
        binary_text: BinaryText = bytes.hex,
    ) -> None:
        self._contents = contents
        self._table = table
        self._lines = RowLines(contents, table, text, binary_text)
        super().__init__(self._lines)

    def lines(
        self, number: int, images: bytes, offsets: Sequence[int]
    ) -> Iterator[bytes | memoryview]:
        """The lines of images of format `number`, joined, all of one length; `offsets` are where
        their rows lie in the file. A piece is only good until the next one is asked for."""
        length = len(images) // max(1, len(offsets))
        for place, offset in enumerate(offsets):
            yield self.line(number, images[place * length : (place + 1) * length], offset)

    def line(self, number: int, image: bytes, offset: int) -> bytes:
        """b"" if it is damaged: damage costs only this row."""
        try:
            line = self._lines.line(number, self._contents.format(self._table, number), image)
        except Damage as damage:
            self.add_row_damage(damage, offset)
            return b""
        self.account.rows += 1
        return line

    def add_row_damage(self, damage: Damage, offset: int) -> None:
        self.account.damage.add(Damage(f"row at byte {offset}: {damage}"))
