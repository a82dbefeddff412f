"""Decoding of text columns by character set; undecodable bytes are replaced and counted."""

from collections.abc import Callable

from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.charsets import ASCII, DYNAMIC, NONE, OCTETS, UNICODE_FSS

Decode = Callable[[bytes], tuple[str, int]]


class TextDecoder:
    """Decodes text by charset id; NONE, ASCII, DYNAMIC and unknown ids use `fallback`."""

    def __init__(self, fallback: int) -> None:
        self._fallback = fallback
        self._decoders: dict[int, Decode] = {}

    def effective(self, charset: int) -> int:
        """The charset id that is used to decode text of `charset`."""
        if charset in (NONE, ASCII, DYNAMIC) or charset not in charsets.CHARSETS:
            return self._fallback
        return charset

    def decode(self, data: bytes, charset: int) -> tuple[str, int]:
        """The text, and the number of its characters that replace undecodable bytes."""
        decoder = self._decoders.get(charset)
        if decoder is None:
            decoder = self._decoders[charset] = _decoder(self.effective(charset))
        return decoder(data)

    def encode(self, text: str, charset: int) -> bytes:
        """The bytes of a text; characters that the set lacks become `?`."""
        effective = self.effective(charset)
        table = charsets.single_byte_table(effective)
        if table is None:
            return text.encode(charsets.CHARSETS[effective].codec, "replace")
        byte_of = {character: byte for byte, character in reversed(list(enumerate(table)))}
        return bytes(byte_of.get(character, ord("?")) for character in text)

    def decode_char(self, data: bytes, charset: int) -> tuple[str, int]:
        """Decode a CHAR; in a multi-byte set, cut it to its declared number of characters."""
        text, replaced = self.decode(data, charset)
        width = charsets.max_character_bytes(charset)
        if width > 1 and charset != UNICODE_FSS and len(text) > len(data) // width:
            text = text[: len(data) // width]
        return text, replaced


def is_binary(charset: int) -> bool:
    return charset == OCTETS


def _decoder(charset: int) -> Decode:
    table = charsets.single_byte_table(charset)
    if table is None:
        codec = charsets.CHARSETS[charset].codec
        return lambda data: charsets.decode_multi_byte(data, codec)
    if all(table[byte] == chr(byte) for byte in range(128)):
        return lambda data: _decode_by_table(data, table)
    return lambda data: _translate(data, table)


def _decode_by_table(data: bytes, table: tuple[str, ...]) -> tuple[str, int]:
    return (data.decode("ascii"), 0) if data.isascii() else _translate(data, table)


def _translate(data: bytes, table: tuple[str, ...]) -> tuple[str, int]:
    text = "".join([table[byte] for byte in data])
    return text, text.count(charsets.REPLACEMENT)
