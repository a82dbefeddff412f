"""A bounded reader of the bytes of a BLR."""

from gdb_export.firebird.core.errors import Damage


class Code:
    def __init__(self, blob: bytes) -> None:
        self._blob = blob
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes; Damage where there are fewer."""
        if count > len(self._blob) - self._at:
            raise Damage("an expression that ends too early")
        self._at += count
        return self._blob[self._at - count : self._at]

    def u8(self) -> int:
        return self.take(1)[0]

    def s8(self) -> int:
        return int.from_bytes(self.take(1), "little", signed=True)

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def name(self) -> str:
        """u8 length and the name; names are UTF-8, or whatever bytes an old client sent."""
        raw = self.take(self.u8())
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")
