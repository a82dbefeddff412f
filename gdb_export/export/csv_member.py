"""The CSV of a single table: the members that a ZIP would get, inflated as they come."""

from collections.abc import Callable

from gdb_export.zip.deflate import Inflater


class CsvMember:
    """Takes the one member that a MemberWriter writes. `offset` is the length of the CSV so far."""

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
