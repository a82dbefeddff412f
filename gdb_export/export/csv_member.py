"""The CSV of a single table: its deflated ZIP member, inflated while it is written."""

from collections.abc import Callable

from gdb_export.zip.deflate import Inflater


class CsvMember:
    """Writes an inflated member; takes the place of a ZipStream. `offset`: bytes of CSV so far."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._inflater = Inflater()
        self.offset = 0

    def begin(self, name: str, is_large: bool) -> None:
        """Does nothing: the CSV has no header of its own."""

    def write(self, deflated: bytes) -> None:
        data = self._inflater.inflate(deflated)
        self.offset += len(data)
        self._write(data)

    def end(self, crc: int, size: int) -> None:
        """Does nothing: the member's bytes are complete."""
