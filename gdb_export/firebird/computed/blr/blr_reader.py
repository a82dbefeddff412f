"""A bounds-checked reader of BLR."""

from gdb_export.firebird.core import interbase
from gdb_export.firebird.core.errors import Damage


class BlrReader:
    """Reads the bytes of an expression in order; integers are little-endian.

    The message of a Damage continues "its expression …".
    """

    def __init__(self, blob: bytes, is_interbase: bool = False) -> None:
        self._blob = blob
        self.is_interbase = is_interbase
        self._offset = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes. Raises Damage if fewer remain."""
        if count > len(self._blob) - self._offset:
            raise Damage("ends too early")
        self._offset += count
        return self._blob[self._offset - count : self._offset]

    def u8(self) -> int:
        return self.take(1)[0]

    def peek(self) -> int:
        """The next byte, which remains to be read; -1 at the end."""
        return self._blob[self._offset] if self._offset < len(self._blob) else -1

    def s8(self) -> int:
        return int.from_bytes(self.take(1), "little", signed=True)

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def charset_id(self) -> int:
        """Charset + 256 * collation, with the charset's id in charsets.py."""
        sub_type = self.u16()
        if self.is_interbase:
            return sub_type & ~0xFF | interbase.charset_of(sub_type & 0xFF)
        return sub_type

    def name(self) -> str:
        """A name with a u8 length prefix: UTF-8, or Windows-1252 from old clients."""
        raw = self.take(self.u8())
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")
