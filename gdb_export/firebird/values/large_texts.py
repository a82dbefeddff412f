"""Decoding of texts that are read in parts, to the same characters and counts as by TextDecoder.

A text is read once or twice to find how all of it is decoded, because one invalid byte may decide
that, and once more to convert it.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gdb_export.firebird.core import charsets
from gdb_export.firebird.core.charsets import UNICODE_FSS, UTF8
from gdb_export.firebird.values.text import ByteTable, DecodingRule, byte_table
from gdb_export.firebird.values.text_counts import (
    MISREAD_VALUE,
    NOTHING,
    OTHER_VALUE,
    UTF8_VALUE,
    TextCounts,
)

_STORED_REPLACEMENT = charsets.REPLACEMENT.encode()

ReadParts = Callable[[], Iterable[bytes]]
Inspect = Callable[[str], None]


class LargeDecoding(NamedTuple):
    """How a large text is decoded: by the codec and its error handler, or by the table of a
    single-byte set. `counts` are those of the text."""

    codec: str
    errors: str
    table: ByteTable | None
    counts: TextCounts

    def texts(self, parts: Iterable[bytes]) -> Iterator[str]:
        """The decoded parts."""
        if self.table is not None:
            for part in parts:
                yield self.table.decode(part)[0]
        else:
            decoder = codecs.getincrementaldecoder(self.codec)(self.errors)
            for part in parts:
                yield decoder.decode(part)
            yield decoder.decode(b"", final=True)


def large_decoding(read_parts: ReadParts, rule: DecodingRule, inspect: Inspect) -> LargeDecoding:
    """The decoding of the text that `read_parts` reads from its start on. `inspect` gets all
    decoded parts of it. Raises what `read_parts` raises."""
    table = byte_table(rule.charset)
    if table is not None:
        return _by_table(read_parts, table, rule.counts_utf8, inspect)
    codec = charsets.CHARSETS[rule.charset].codec
    try:
        return _strictly(read_parts, codec, rule, inspect)
    except UnicodeDecodeError:
        if rule.charset not in (UTF8, UNICODE_FSS) or rule.otherwise is None:
            return _with_replacements(read_parts, codec, inspect)
    otherwise = large_decoding(read_parts, DecodingRule(rule.otherwise, None, False), inspect)
    return otherwise._replace(counts=otherwise.counts.plus(OTHER_VALUE))


def _strictly(
    read_parts: ReadParts, codec: str, rule: DecodingRule, inspect: Inspect
) -> LargeDecoding:
    """The decoding without errors; raises UnicodeDecodeError if there are any."""
    decoding = LargeDecoding(codec, "strict", None, NOTHING)
    is_ascii = True
    for text in decoding.texts(read_parts()):
        is_ascii = is_ascii and text.isascii()
        inspect(text)
    is_counted = rule.otherwise is not None and rule.counts_utf8 and not is_ascii
    return decoding._replace(counts=UTF8_VALUE) if is_counted else decoding


def _with_replacements(read_parts: ReadParts, codec: str, inspect: Inspect) -> LargeDecoding:
    """The decoding that replaces invalid bytes; see charsets.decode_multi_byte."""
    wider_codec, errors = charsets.replacing_codec(codec)
    decoding = LargeDecoding(wider_codec, errors, None, NOTHING)
    stored = _Counted(read_parts(), _STORED_REPLACEMENT if codec == "utf-8" else b"")
    replaced = 0
    for text in decoding.texts(stored.parts()):
        replaced += text.count(charsets.REPLACEMENT)
        inspect(text)
    min_replaced = 1 if wider_codec == codec else 0
    count = max(replaced - stored.count, min_replaced)
    return decoding._replace(counts=TextCounts(count) if count else NOTHING)


def _by_table(
    read_parts: ReadParts, table: ByteTable, counts_utf8: bool, inspect: Inspect
) -> LargeDecoding:
    """The decoding by the table of a single-byte set."""
    utf8 = _Utf8Check()
    counts = NOTHING
    for part in read_parts():
        text, counts_of_part = table.decode(part)
        counts = counts.plus(counts_of_part)
        inspect(text)
        utf8.add(part)
    utf8.add(b"", is_last=True)
    if table.has_ascii and counts_utf8 and utf8.is_valid and not utf8.is_ascii:
        counts = counts.plus(MISREAD_VALUE)
    return LargeDecoding("", "", table, counts)


class _Counted:
    """Parts of bytes, in which a sequence is counted, also where it crosses parts."""

    def __init__(self, parts: Iterable[bytes], sequence: bytes) -> None:
        self.count = 0
        self._parts = parts
        self._sequence = sequence

    def parts(self) -> Iterator[bytes]:
        end = b""
        for part in self._parts:
            if self._sequence:
                data = end + part
                self.count += data.count(self._sequence)
                end = data[len(data) - len(self._sequence) + 1 :]
            yield part


class _Utf8Check:
    """Checks the parts of a text for valid UTF-8."""

    def __init__(self) -> None:
        self.is_valid = self.is_ascii = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, part: bytes, is_last: bool = False) -> None:
        self.is_ascii = self.is_ascii and part.isascii()
        if self.is_valid:
            try:
                self._decoder.decode(part, is_last)
            except UnicodeDecodeError:
                self.is_valid = False
