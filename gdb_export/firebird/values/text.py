"""Decoding of text columns by character set; undecodable bytes are replaced and counted."""

import codecs
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.charsets import (
    ASCII,
    AUTO,
    DYNAMIC,
    NONE,
    OCTETS,
    UNICODE_FSS,
    UTF8,
    WIN1252,
)
from gdb_export.firebird.values.text_counts import (
    MISREAD_VALUE,
    NOTHING,
    OTHER_VALUE,
    UTF8_VALUE,
    TextCounts,
)

Decode = Callable[[bytes], tuple[str, TextCounts]]
ColumnName = tuple[str, str]  # the table's name and the column's


class DecodingRule(NamedTuple):
    """The decoding of a declared character set.

    `charset` is the id of the set that decodes the text. If it is UTF-8, `otherwise` is the set for
    values that are not valid UTF-8; None: their invalid bytes are replaced. `counts_utf8`: values
    that are valid UTF-8 and not ASCII are counted, because the column does not declare a set.
    """

    charset: int
    otherwise: int | None
    counts_utf8: bool


class ByteTable(NamedTuple):
    """The characters of a single-byte set by byte, and the bytes whose characters are counted.

    `has_ascii`: the lower half is ASCII.
    """

    characters: str
    replacements: bytes
    controls: bytes
    has_ascii: bool

    def decode(self, data: bytes) -> tuple[str, TextCounts]:
        """The text and its counts."""
        text: str = codecs.charmap_decode(data, "strict", self.characters)[0]
        if self.has_ascii and data.isascii():
            return text, NOTHING
        replaced = len(data) - len(data.translate(None, self.replacements))
        controls = len(data) - len(data.translate(None, self.controls))
        return text, TextCounts(replaced, controls) if replaced or controls else NOTHING


@cache
def byte_table(charset: int) -> ByteTable | None:
    """The table of a single-byte set; None for other sets."""
    table = charsets.single_byte_table(charset)
    if table is None:
        return None
    return ByteTable(
        "".join(table),
        bytes(byte for byte in range(256) if table[byte] == charsets.REPLACEMENT),
        bytes(byte for byte in range(256) if "\x80" <= table[byte] <= "\x9f"),
        all(table[byte] == chr(byte) for byte in range(128)),
    )


class TextDecoder:
    """Decodes text by charset id; NONE, ASCII, DYNAMIC and unknown ids use `fallback`.

    `fallback` may be AUTO. `fix_utf8` is the set for values of UTF8 and UNICODE_FSS that are not
    valid UTF-8. `overrides` has the sets of columns whose declared sets are not effective: see
    `of_column`. `override` is the set for all text.
    """

    def __init__(
        self,
        fallback: int,
        fix_utf8: int | None = None,
        overrides: Mapping[ColumnName, int] = MappingProxyType({}),
        override: int | None = None,
    ) -> None:
        self._fallback = fallback
        self._fix_utf8 = fix_utf8
        self._overrides = overrides
        self._override = override
        self._decoders: dict[int, Decode] = {}

    def of_column(self, table: str, column: str) -> "TextDecoder":
        """The decoder of a column: this one, or one that uses another set for all its text."""
        override = self._overrides.get((table, column))
        if override is None:
            return self
        return TextDecoder(self._fallback, self._fix_utf8, override=override)

    def overrides_any(self, *tables: str) -> bool:
        """Whether a column of one of these tables has a decoder of its own."""
        return any(table in tables for table, _ in self._overrides)

    def rule(self, charset: int) -> DecodingRule:
        """The decoding of text of the declared set `charset`."""
        is_undeclared = charset in (NONE, ASCII, DYNAMIC) or charset not in charsets.CHARSETS
        effective = self._fallback if is_undeclared else charset
        if self._override is not None:
            effective, is_undeclared = self._override, False
        if effective == AUTO:
            return DecodingRule(UTF8, WIN1252, True)
        if effective in (UTF8, UNICODE_FSS):
            return DecodingRule(effective, self._fix_utf8, False)
        return DecodingRule(effective, None, is_undeclared)

    def decode(self, data: bytes, charset: int) -> tuple[str, TextCounts]:
        """The text, and its counts for warnings."""
        decoder = self._decoders.get(charset)
        if decoder is None:
            decoder = self._decoders[charset] = _decoder(self.rule(charset))
        return decoder(data)

    def encode(self, text: str, charset: int) -> bytes:
        """The bytes of a text; characters that the set lacks become `?`."""
        effective = self.rule(charset).charset
        table = charsets.single_byte_table(effective)
        if table is None:
            return text.encode(charsets.CHARSETS[effective].codec, "replace")
        byte_of = {character: byte for byte, character in reversed(list(enumerate(table)))}
        return bytes(byte_of.get(character, ord("?")) for character in text)

    def decode_char(self, data: bytes, charset: int) -> tuple[str, TextCounts]:
        """A CHAR, cut to its declared number of characters, and its counts.

        Bytes of another set than the declared one may hold more characters: from them only blanks
        are cut.
        """
        text, counts = self.decode(data, charset)
        limit = len(data) // charsets.max_character_bytes(charset)
        if limit == len(data) or charset == UNICODE_FSS or len(text) <= limit:
            return text, counts
        if (counts.otherwise or not self.cuts(charset)) and text[limit:].strip(" "):
            return text, counts
        return text[:limit], counts

    def cuts(self, charset: int) -> bool:
        """Whether a CHAR of this declared set is cut to its declared number of characters."""
        is_wide = charsets.max_character_bytes(charset) > 1 and charset != UNICODE_FSS
        return is_wide and self.rule(charset).charset == charset


def is_binary(charset: int) -> bool:
    return charset == OCTETS


def _decoder(rule: DecodingRule) -> Decode:
    """The function that decodes by the rule."""
    if rule.charset in (UTF8, UNICODE_FSS) and rule.otherwise is not None:
        return _utf8_or(_decoder(DecodingRule(rule.otherwise, None, False)), rule.counts_utf8)
    table = byte_table(rule.charset)
    if table is None:
        codec = charsets.CHARSETS[rule.charset].codec
        return lambda data: _decode_multi_byte(data, codec)
    if table.has_ascii:
        return lambda data: _decode_by_table(data, table, rule.counts_utf8)
    return table.decode


def _utf8_or(otherwise: Decode, counts_utf8: bool) -> Decode:
    """A function that decodes values as UTF-8, or by `otherwise` if they are not valid UTF-8."""

    def decode(data: bytes) -> tuple[str, TextCounts]:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text, counts = otherwise(data)
            return text, counts.plus(OTHER_VALUE)
        return text, UTF8_VALUE if counts_utf8 and len(text) < len(data) else NOTHING

    return decode


def _decode_multi_byte(data: bytes, codec: str) -> tuple[str, TextCounts]:
    text, replaced = charsets.decode_multi_byte(data, codec)
    return text, TextCounts(replaced) if replaced else NOTHING


def _decode_by_table(data: bytes, table: ByteTable, counts_utf8: bool) -> tuple[str, TextCounts]:
    if data.isascii():
        return data.decode("ascii"), NOTHING
    text, counts = table.decode(data)
    return text, counts.plus(MISREAD_VALUE) if counts_utf8 and _is_utf8(data) else counts


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
